/**
 * What stands in a journal where records are missing: the loss itself is on record. It is written as soon as there is room.
 */
export interface GapRecord {
  readonly kind: 'gap'
  readonly schemaVersion: 1
  /**
   * `queue-full`: more came than the disk took; `too-large`, `not-json`: a record that cannot be kept; `crash`: the writer
   * before did not close, and what it had not yet written is unknown; `damage`: whole records behind a broken one were cut off;
   * `removed`: what a reader had still to read was removed meanwhile. It stands in no file: the reader finds it where it goes on.
   */
  readonly reason: 'queue-full' | 'too-large' | 'not-json' | 'crash' | 'damage' | 'removed'
  /** Records; null = unknown. */
  readonly lost: number | null
  /** Unix ms: the first loss, or the last write before a crash; null = unknown. */
  readonly from: number | null
  readonly until: number
  /** The file that keeps what was cut off, for `damage`. */
  readonly kept?: string
}
