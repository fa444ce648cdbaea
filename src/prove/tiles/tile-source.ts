import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'

/** Where the files of a log are read from, by their path in it. Null where there is none. */
export interface TileSource {
  readonly read: (path: string) => Promise<Buffer | null>
}

export function directorySource(folder: string): TileSource {
  return {
    read: async (path) => {
      try {
        return await readFile(join(folder, path))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return null
        throw new SpillwayError('FILE_NOT_READABLE', `a file of the log cannot be read (${code ?? 'unknown'})`, 'Check the folder and its permissions', { file: join(folder, path) }, { cause: error })
      }
    },
  }
}
