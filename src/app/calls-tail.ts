import { setTimeout as pause } from 'node:timers/promises'
import type { CallRecord } from '../core/call.ts'
import type { JournalEntry } from '../store/journal.ts'
import type { GapRecord } from '../store/journal-file/gap-record.ts'
import { segmentStarts } from '../store/journal-file/list-segments.ts'
import { journalReader } from '../store/journal-file/read-journal.ts'

export interface TailOptions {
  readonly folder: string
  /** Records before those to come. */
  readonly lines: number
  readonly follow: boolean
  readonly pool?: string
  readonly outcome?: string
  /** Ends following. */
  readonly signal: AbortSignal
  readonly pollMs?: number
}

export type Tailed = CallRecord | GapRecord

const POLL_MS = 250

/** The last calls of a journal (gaps are shown with them, whatever the filter), then those to come while it is followed. */
export async function* tailCalls(options: TailOptions): AsyncGenerator<Tailed, void, undefined> {
  const reader = journalReader(options.folder)
  const wanted = (record: unknown): record is Tailed => isTailed(record) && (record.kind === 'gap' || ((options.pool === undefined || record.pool === options.pool) && (options.outcome === undefined || record.outcome === options.outcome)))
  const { last, end } = await lastRecords(options, wanted)
  yield* last
  let position = end
  while (options.follow && !options.signal.aborted) {
    for await (const { record, next } of reader.read(position)) {
      position = next
      if (wanted(record)) yield record
      if (options.signal.aborted) return
    }
    await pause(options.pollMs ?? POLL_MS, undefined, { signal: options.signal }).catch(() => {})
  }
}

/** Reads segments from the last one backward until there are enough, each forward: frames cannot be read from behind. */
async function lastRecords({ folder, lines }: TailOptions, wanted: (record: unknown) => record is Tailed): Promise<{ last: Tailed[]; end: number }> {
  const reader = journalReader(folder)
  const starts = await segmentStarts(folder)
  let last: Tailed[] = []
  let position = 0
  let before = Infinity
  for (const start of starts.toReversed()) {
    const found: Tailed[] = []
    for await (const entry of until(reader.read(start), before)) {
      if (before === Infinity) position = entry.next
      if (!wanted(entry.record)) continue
      found.push(entry.record)
      if (found.length > lines) found.shift()
    }
    last = lines === 0 ? [] : [...found, ...last].slice(-lines)
    before = start
    position = Math.max(position, start)
    if (last.length >= lines) break
  }
  return { last, end: position }
}

async function* until(entries: AsyncIterable<JournalEntry>, end: number): AsyncGenerator<JournalEntry, void, undefined> {
  for await (const entry of entries) {
    if (entry.position >= end) return
    yield entry
  }
}

function isTailed(record: unknown): record is Tailed {
  return typeof record === 'object' && record !== null && 'kind' in record && (record.kind === 'call' || record.kind === 'gap')
}
