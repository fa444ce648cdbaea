import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { lockFile } from '../file-lock.ts'

export interface JournalLock {
  /** The last writer did not close the journal: it crashed or was killed. */
  readonly unclean: boolean
  /** `clean`: all that was appended is on disk, so that the next to open it need not look for a loss. */
  readonly release: (clean: boolean) => void
}

/**
 * One writer a folder, by the lock on the file `lock`. A second file, `open`, is there while the journal is open. Throws
 * JOURNAL_LOCKED.
 */
export function lockJournal(folder: string): JournalLock {
  let unlock: () => void
  try {
    unlock = lockFile(join(folder, 'lock'))
  } catch (error) {
    throw new SpillwayError('JOURNAL_LOCKED', 'another Spillway writes to this journal', 'Stop it, or give this one a data folder of its own (SPILLWAY_DATA)', { file: folder }, { cause: error })
  }
  const marker = join(folder, 'open')
  const unclean = existsSync(marker)
  writeFileSync(marker, '')
  return {
    unclean,
    release: (clean) => {
      if (clean) rmSync(marker, { force: true })
      unlock()
    },
  }
}
