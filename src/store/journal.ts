/**
 * The journal: every record in order, appended and synced in groups. The audit tree and the telemetry store read it
 * later. One writer; readers see whole records only.
 */
export interface Journal {
  /** Takes a record (plain JSON) and returns at once. Throws JOURNAL_CLOSED after `close`. */
  readonly append: (record: object) => void
  /** Resolves when all that was appended before is on disk. Rejects JOURNAL_FAILED where the disk refuses. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
  readonly stats: () => JournalStats
}

export interface JournalStats {
  readonly appended: number
  readonly durable: number
  /** Records that were not written, since the queue was full or the disk refused: a gap record says how many. */
  readonly lost: number
  readonly bytes: number
}

/** Reads from `position` (0 = the beginning) on; a torn tail ends the reading and is no error. */
export interface JournalReader {
  readonly read: (position: number) => AsyncIterable<JournalEntry>
}

export interface JournalEntry {
  readonly position: number
  readonly next: number
  readonly record: unknown
}
