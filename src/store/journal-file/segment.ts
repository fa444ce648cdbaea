import { SpillwayError } from '../../core/errors.ts'

/**
 * A segment is a file of frames after a header. Its name is its base, the position of its first byte in the whole journal, so
 * position = base + offset in the file. A segment is valid up to the base of the next one, whatever follows in the file.
 */
export interface Segment {
  readonly file: string
  readonly base: number
}

export const SEGMENT_HEADER = 16
const MAGIC = Buffer.from('SPWJNL2\n', 'latin1')
const NAME = /^(\d{20})\.journal$/u

export function segmentName(base: number): string {
  return `${String(base).padStart(20, '0')}.journal`
}

/** The segments among the names of a folder, by base. */
export function segmentsOf(names: readonly string[]): Segment[] {
  return names
    .flatMap((file) => {
      const base = NAME.exec(file)?.[1]
      return base === undefined ? [] : [{ file, base: Number(base) }]
    })
    .toSorted((a, b) => a.base - b.base)
}

export function encodeHeader(base: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER)
  MAGIC.copy(header)
  header.writeBigUInt64LE(BigInt(base), 8)
  return header
}

/** Throws JOURNAL_VERSION_UNKNOWN for a file of another kind or format, JOURNAL_DAMAGED for one under a wrong name. */
export function checkHeader(header: Buffer, { file, base }: Segment): void {
  if (!header.subarray(0, 8).equals(MAGIC)) {
    throw new SpillwayError('JOURNAL_VERSION_UNKNOWN', 'is no segment of a journal that this version reads', 'Use the version of Spillway that wrote it, or move the file away', { file })
  }
  if (header.readBigUInt64LE(8) !== BigInt(base)) throw new SpillwayError('JOURNAL_DAMAGED', 'has the name of another segment', 'Give the files of the journal their names back', { file })
}
