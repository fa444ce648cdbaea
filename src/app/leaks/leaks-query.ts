import { SpillwayError } from '../../core/errors.ts'
import type { Finding, LeakReport } from '../../measure/insight/finding.ts'
import type { Window } from '../../measure/insight/insights-of.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 14
/** A longer window is another question, and costs a reading of all of it. */
const MOST_DAYS = 92

/** `from` and `until` in Unix ms; either may be left out. */
interface LeaksQuery {
  readonly from?: number
  readonly until?: number
}

/** The window of a question: the last 14 days by default. Throws TELEMETRY_QUERY_INVALID. */
export function leaksWindow({ from, until }: LeaksQuery, now: number): Window {
  const end = until ?? now
  const start = from ?? end - DEFAULT_DAYS * DAY_MS
  if (!(Number.isFinite(start) && Number.isFinite(end) && start < end)) throw new SpillwayError('TELEMETRY_QUERY_INVALID', `the time from ${start} until ${end}`, 'Give a start before the end, in milliseconds since 1970')
  if (end - start > MOST_DAYS * DAY_MS) throw new SpillwayError('TELEMETRY_QUERY_INVALID', `a window of ${Math.ceil((end - start) / DAY_MS)} days`, `Ask for at most ${MOST_DAYS} days`)
  return { from: start, until: end }
}

/** By its id or the beginning of it. Throws LEAK_UNKNOWN. */
export function findingOf({ findings }: LeakReport, id: string): Finding {
  const found = findings.filter((finding) => finding.id.startsWith(id))
  if (found.length === 1) return found[0]!
  throw new SpillwayError('LEAK_UNKNOWN', found.length === 0 ? `no leak of this time has the id "${id}"` : `${found.length} leaks begin with "${id}"`, 'List them with "spillway leaks"; another time has other leaks')
}
