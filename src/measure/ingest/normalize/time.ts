/** 2015-01-01: nobody paid for inference by the token before. */
const FIRST = Date.UTC(2015, 0, 1)
const AHEAD_MS = 24 * 3_600_000

/** Why a time cannot be when something began; null = it can. A clock may run ahead by a day. */
export function timeFault(ms: number, now: number): string | null {
  if (!Number.isFinite(ms) || ms < FIRST) return 'started before 2015: check the clock, and that times are in nanoseconds'
  return ms > now + AHEAD_MS ? 'starts more than a day in the future: check the clock' : null
}
