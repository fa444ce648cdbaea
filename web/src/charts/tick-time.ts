import type { Formats } from '../format/formats.ts'

const MINUTE_MS = 60_000
const DAYS_MS = 2 * 86_400_000

/** How a moment on a time axis is written: no finer than the axis can tell apart, and without the year. */
export function tickTime(formats: Formats, spanMs: number, bucketMs: number): (at: number) => string {
  if (spanMs > DAYS_MS) return (at) => formats.date(at).replace(/,? \d{4}$/u, '')
  return bucketMs < MINUTE_MS || spanMs < 10 * MINUTE_MS ? formats.clock : formats.time
}
