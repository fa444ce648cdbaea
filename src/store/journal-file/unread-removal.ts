import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The last time that segments were removed which somebody still had to read. Kept beside the journal, for `spillway doctor`. */
export interface UnreadRemoval {
  /** Unix ms. */
  readonly at: number
  readonly readers: readonly string[]
  /** When what was removed had been written, Unix ms; null = unknown. */
  readonly from: number | null
  readonly until: number
  readonly bytes: number
}

export const UNREAD_FILE = 'removed-unread.json'

/** Null where it has never happened, or the file is no more as it was written. */
export function lastUnreadRemoval(folder: string): UnreadRemoval | null {
  try {
    const { at, readers, from, until, bytes } = JSON.parse(readFileSync(join(folder, UNREAD_FILE), 'utf8')) as UnreadRemoval
    return Number.isFinite(at) && Array.isArray(readers) ? { at, readers, from, until, bytes } : null
  } catch {
    return null
  }
}
