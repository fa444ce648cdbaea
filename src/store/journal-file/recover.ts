import { join } from 'node:path'
import { decodeFrame, FRAME_HEADER } from './frame.ts'
import type { JournalFs } from './journal-fs.ts'
import { checkHeader, SEGMENT_HEADER, segmentsOf, type Segment } from './segment.ts'

export interface Recovered {
  /** The segment to go on writing; null = none is there. */
  readonly segment: Segment | null
  /** End of the last whole record. */
  readonly position: number
  /** Bytes cut off behind it. */
  readonly cutBytes: number
  /** A copy of the whole segment, kept where whole records follow a broken one: that is damage and no torn tail. */
  readonly kept: string | null
  /** Unix ms of the last write. */
  readonly lastWriteAt: number | null
}

/**
 * Finds the end of the journal and cuts the last segment there, so that what a crash left half-written is gone. Reads the last
 * segment only. Throws JOURNAL_VERSION_UNKNOWN, JOURNAL_DAMAGED, or the disk's own error.
 */
export function recover(fs: JournalFs, folder: string): Recovered {
  for (;;) {
    const segment = segmentsOf(fs.list(folder)).at(-1)
    if (segment === undefined) return { segment: null, position: 0, cutBytes: 0, kept: null, lastWriteAt: null }
    const file = join(folder, segment.file)
    const fd = fs.open(file, 'r+')
    try {
      const { size, mtimeMs } = fs.stat(fd)
      const bytes = readAll(fs, fd, size)
      if (size >= SEGMENT_HEADER) return { segment, ...cut(fs, fd, file, segment, bytes), lastWriteAt: mtimeMs }
    } finally {
      fs.close(fd)
    }
    // It was created and never written: the one before it is the last.
    fs.remove(file)
  }
}

function cut(fs: JournalFs, fd: number, file: string, segment: Segment, bytes: Buffer): { position: number; cutBytes: number; kept: string | null } {
  checkHeader(bytes, segment)
  let end = SEGMENT_HEADER
  for (let frame = decodeFrame(bytes, end); typeof frame !== 'string'; frame = decodeFrame(bytes, end)) end = frame.next
  const cutBytes = bytes.length - end
  const kept = cutBytes > 0 && wholeRecordFollows(bytes, end) ? `${file}.damaged-${end}` : null
  if (kept !== null) fs.copy(file, kept)
  if (cutBytes > 0) {
    fs.truncate(fd, end)
    fs.sync(fd)
  }
  return { position: segment.base + end, cutBytes, kept }
}

/** A torn write leaves nothing whole behind it; a flipped bit in the middle does. */
function wholeRecordFollows(bytes: Buffer, after: number): boolean {
  for (let at = after + 1; at <= bytes.length - FRAME_HEADER; at++) {
    if (typeof decodeFrame(bytes, at) !== 'string') return true
  }
  return false
}

function readAll(fs: JournalFs, fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  while (at < size) {
    const read = fs.read(fd, bytes.subarray(at), at)
    if (read === 0) break
    at += read
  }
  return bytes.subarray(0, at)
}
