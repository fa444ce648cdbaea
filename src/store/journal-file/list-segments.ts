import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { segmentName, segmentsOf } from './segment.ts'

/** Positions at which reading may start, ascending: the beginnings of the segments. Empty where there is no journal. */
export async function segmentStarts(folder: string): Promise<number[]> {
  try {
    return segmentsOf(await readdir(folder)).map(({ base }) => base)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The position after the last byte of the journal, whole records or not; 0 where there is none. */
export async function journalEnd(folder: string): Promise<number> {
  const last = (await segmentStarts(folder)).at(-1)
  return last === undefined ? 0 : last + (await stat(join(folder, segmentName(last)))).size
}
