/** Reads the records of one format; each format is one file beside this one. */
export interface RowReader {
  /** Records taken. */
  readonly rows: number
  /** One record: the bytes from `start` to `end`, good during the call only. */
  record(bytes: Uint8Array, start: number, end: number, row: number): void
  /** After the last record. */
  finish(): void
}
