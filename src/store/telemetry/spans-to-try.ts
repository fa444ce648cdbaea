import type { CallQuery } from '../telemetry.ts'
import { readCursor } from './cursor.ts'

const FIRST_SPAN_MS = 6 * 3_600_000
const LONGEST_SPAN_MS = 4000 * 86_400_000

/** The newest calls are wanted: ever earlier starts to ask from until a page is full, the last one that of the query. */
export function* startsToTry({ from, until, cursor }: CallQuery): Generator<number, void, undefined> {
  const end = cursor === undefined ? until : Math.min(until, readCursor(cursor).startedAt)
  for (let span = FIRST_SPAN_MS; span < LONGEST_SPAN_MS && end - span > from; span *= 8) yield end - span
  yield from
}

/** The same the other way, for who reads from the oldest on: ever later ends, the last one `until`. */
export function* endsToTry(from: number, until: number): Generator<number, void, undefined> {
  for (let span = FIRST_SPAN_MS; span < LONGEST_SPAN_MS && from + span < until; span *= 8) yield from + span
  yield until
}
