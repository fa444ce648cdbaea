import { readdir } from 'node:fs/promises'
import { segmentsOf } from './segment.ts'

/** Positions at which reading may start, ascending: the beginnings of the segments. Empty where there is no journal. */
export async function segmentStarts(folder: string): Promise<number[]> {
  try {
    return segmentsOf(await readdir(folder)).map(({ base }) => base)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
