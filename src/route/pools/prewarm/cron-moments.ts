import { Cron } from 'croner'

/** Moments, in Unix ms, at which something should be warm. Strictly after `after`; null = never again. */
export type NextMoment = (after: number) => number | null

/**
 * The moments of a cron expression of five fields in an IANA time zone. Where the clock is put forward over a moment, it comes at
 * the first minute after the jump; where the clock is put back, a time of day that comes twice counts once, the first time.
 */
export function cronMoments(pattern: string, timeZone: string): NextMoment {
  const cron = new Cron(pattern, { mode: '5-part', timezone: timeZone, paused: true })
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? null
}
