import { SpillwayError } from '../../core/errors.ts'
import { isTime } from './check-query.ts'

/** Where a page of calls ended: the start and id of its last call. */
export interface Cursor {
  readonly startedAt: number
  readonly id: string
}

export function writeCursor({ startedAt, id }: Cursor): string {
  return Buffer.from(JSON.stringify([startedAt, id])).toString('base64url')
}

/** Throws TELEMETRY_QUERY_INVALID for anything that `writeCursor` did not make. It only says where to go on: it opens nothing. */
export function readCursor(text: string): Cursor {
  try {
    const [startedAt, id, ...more] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]
    if (isTime(startedAt) && typeof id === 'string' && more.length === 0) return { startedAt, id }
  } catch {
    // Said below.
  }
  throw new SpillwayError('TELEMETRY_QUERY_INVALID', 'the cursor is none that Spillway gave', 'Begin at the first page')
}
