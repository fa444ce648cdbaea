import type { Stats } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { JournalEntry, JournalReader } from '../journal.ts'
import { decodeFrame } from './frame.ts'
import type { GapRecord } from './gap-record.ts'
import { checkHeader, SEGMENT_HEADER, segmentsOf, type Segment } from './segment.ts'

const CHUNK = 256 * 1024

/** A reader of a journal that another process may be writing. It holds no lock and sees whole records only. */
export function journalReader(folder: string): JournalReader {
  return { read: (position) => readJournal(folder, position, () => Infinity) }
}

/**
 * The records from `position` (0, or `next` of an earlier entry) up to `limit()`. Ends at the end of what is written. Throws
 * JOURNAL_DAMAGED where a record is broken although later segments follow, and JOURNAL_VERSION_UNKNOWN. Where `position` has been
 * removed, a gap record comes first.
 */
export async function* readJournal(folder: string, position: number, limit: () => number): AsyncGenerator<JournalEntry, void, undefined> {
  let at = position
  for (;;) {
    const cap = limit()
    if (at >= cap) return
    const segments = await list(folder)
    const known = segments.findLastIndex(({ base }) => base <= at)
    const index = Math.max(0, known)
    const segment = segments[index]
    if (segment === undefined) return
    const next = segments[index + 1]
    const end = Math.min(cap, next?.base ?? Infinity)
    const file = await openSegment(folder, segment)
    // It was removed meanwhile, as the oldest ones are: what follows it is there.
    if (file === null) continue
    try {
      // Who begins at the beginning takes what is there; who had been further misses what lay between.
      if (known < 0 && at > 0) yield { position: at, next: segment.base, record: removedBefore(await file.stat()) }
      at = Math.max(at, segment.base + SEGMENT_HEADER)
      for await (const entry of readSegment(file, segment, at, end)) {
        yield entry
        at = entry.next
      }
    } finally {
      await file.close()
    }
    if (at >= end) continue
    if (next !== undefined) throw damaged(segment, at)
    // The end of what is written, unless the writer has begun another segment meanwhile.
    if (!(await list(folder)).some(({ base }) => base > segment.base)) return
  }
}

async function list(folder: string): Promise<Segment[]> {
  try {
    return segmentsOf(await readdir(folder))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new SpillwayError('FILE_NOT_READABLE', `the journal cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, 'Check the data folder and its permissions', { file: folder }, { cause: error })
  }
}

/** `birthtimeMs` is 0 where the file system does not know it. */
function removedBefore({ birthtimeMs, mtimeMs }: Pick<Stats, 'birthtimeMs' | 'mtimeMs'>): GapRecord {
  return { kind: 'gap', schemaVersion: 1, reason: 'removed', lost: null, from: null, until: Math.floor(birthtimeMs > 0 ? birthtimeMs : mtimeMs) }
}

async function openSegment(folder: string, { file }: Segment): Promise<FileHandle | null> {
  try {
    return await open(join(folder, file), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function* readSegment(file: FileHandle, segment: Segment, position: number, end: number): AsyncGenerator<JournalEntry, void, undefined> {
  const header = await readMore(file, Buffer.alloc(0), 0, SEGMENT_HEADER)
  if (header.length < SEGMENT_HEADER) return
  checkHeader(header, segment)
  let offset = position - segment.base
  let buffer: Buffer = Buffer.alloc(0)
  let want = CHUNK
  for (;;) {
    const before = buffer.length
    buffer = await readMore(file, buffer, offset + buffer.length, want)
    let used = 0
    for (let frame = decodeFrame(buffer, used); typeof frame !== 'string'; frame = decodeFrame(buffer, used)) {
      const next = segment.base + offset + frame.next
      if (next > end) return
      yield { position: segment.base + offset + used, next, record: parse(frame.payload, segment, offset + used) }
      used = frame.next
    }
    // Nothing new to read, or nothing whole where a record should begin.
    if (buffer.length === before || decodeFrame(buffer, used) === 'bad') return
    offset += used
    buffer = buffer.subarray(used)
    want = Math.max(CHUNK, buffer.length)
  }
}

async function readMore(file: FileHandle, have: Buffer, at: number, want: number): Promise<Buffer> {
  const more = Buffer.allocUnsafe(want)
  const { bytesRead } = await file.read(more, 0, want, at)
  return have.length === 0 ? more.subarray(0, bytesRead) : Buffer.concat([have, more.subarray(0, bytesRead)])
}

function parse(payload: Buffer, segment: Segment, offset: number): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    throw damaged(segment, segment.base + offset)
  }
}

function damaged({ file }: Segment, position: number): SpillwayError {
  return new SpillwayError('JOURNAL_DAMAGED', `the record at position ${position} is broken`, 'Restore the file from a copy; to read on without it, start at the position of the next segment', { file })
}
