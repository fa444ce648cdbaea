/** How far back a page looks, and how wide its time buckets are: some 50 to 170 of them, so that a picture has a shape. */
export const WINDOWS = {
  '1h': { label: 'last hour', ms: 3_600_000, bucket: '1m', bucketMs: 60_000 },
  '24h': { label: 'last 24 hours', ms: 86_400_000, bucket: '15m', bucketMs: 900_000 },
  '7d': { label: 'last 7 days', ms: 604_800_000, bucket: '1h', bucketMs: 3_600_000 },
  '30d': { label: 'last 30 days', ms: 2_592_000_000, bucket: '6h', bucketMs: 21_600_000 },
} as const
export type WindowName = keyof typeof WINDOWS

const BUCKETS = [['1m', 60_000], ['15m', 900_000], ['1h', 3_600_000], ['6h', 21_600_000], ['1d', 86_400_000], ['1w', 604_800_000]] as const
const MOST_BUCKETS = 170
const MOST_DAYS = 1100
const DAY_MS = 86_400_000
const DAYS = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/u

export interface TimeWindow {
  /** As it stands in the address: one of WINDOWS, or `2026-11-01..2026-11-07`, both days in it. */
  readonly name: string
  readonly label: string
  readonly ms: number
  readonly bucket: string
  readonly bucketMs: number
  /** As the questions of the API take it. */
  readonly query: { readonly from: string; readonly to?: string }
  /** First and last day of one that was chosen by days. */
  readonly days: { readonly first: string; readonly last: string } | null
}

export const isRelative = (name: string): name is WindowName => Object.hasOwn(WINDOWS, name)

/** Reads a window from an address; null = it is none, or none of it is past. Days begin at midnight in the reader's time zone. */
export function readWindow(name: string, timeZone: string, now: number): TimeWindow | null {
  if (isRelative(name)) return { name, ...WINDOWS[name], query: { from: name }, days: null }
  const [, first = '', last = ''] = DAYS.exec(name) ?? []
  const from = startOfDay(first, timeZone)
  const end = startOfDay(last, timeZone, 1)
  if (from === null || end === null) return null
  const to = Math.min(end, now)
  if (from >= to || to - from > MOST_DAYS * DAY_MS) return null
  const [bucket, bucketMs] = BUCKETS.find(([, width]) => (to - from) / width <= MOST_BUCKETS) ?? BUCKETS.at(-1)!
  return { name, label: first === last ? `day ${first}` : `days from ${first} to ${last}`, ms: to - from, bucket, bucketMs, query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() }, days: { first, last } }
}

/** The time before a window, as long as it. */
export function windowBefore({ ms, query }: TimeWindow, now: number): { readonly from: string; readonly to: string } {
  const end = query.to === undefined ? now - ms : Date.parse(query.from)
  return { from: new Date(end - ms).toISOString(), to: new Date(end).toISOString() }
}

/** `2026-11-25`, of a moment in a time zone. */
export function dayOf(ms: number, timeZone: string): string {
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 10)
}

/** A day as midnight UTC; null = there is no such day. */
function utcOf(day: string): number | null {
  const at = Date.parse(day)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? null : at
}

/** Midnight of a day in a time zone, Unix ms; null where there is no such day. `days`: so many days later. */
function startOfDay(day: string, timeZone: string, days = 0): number | null {
  const named = utcOf(day)
  if (named === null) return null
  const utc = named + days * DAY_MS
  // The offset at the guess may be that of before or after a change of the clocks: the second look is right on either side.
  return utc - offsetMs(utc - offsetMs(utc, timeZone), timeZone)
}

/** By how much a zone's clocks are ahead of UTC at a moment. */
function offsetMs(ms: number, timeZone: string): number {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const seconds = Math.floor(ms / 1000) * 1000
  return Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute'], parts['second']) - seconds
}
