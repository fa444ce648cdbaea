import { fail, ok, warn, type Finding } from './finding.ts'

const NOTICEABLE_MS = 5000
/** Signed requests are refused beyond five minutes (AWS); budgets and records are wrong long before. */
const WRONG_MS = 60_000

/** The clock of this machine against that of an upstream. */
export function checkClock(skewMs: number | null): Finding {
  if (skewMs === null) return warn('clock', 'no upstream said what time it is', 'Run it again with a pool that answers')
  const seconds = Math.abs(skewMs / 1000).toFixed(0)
  const words = `this machine is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} an upstream`
  if (Math.abs(skewMs) >= WRONG_MS) return fail('clock', words, 'Set the clock, and run NTP or chrony')
  return Math.abs(skewMs) >= NOTICEABLE_MS ? warn('clock', words, 'Run NTP or chrony') : ok('clock', 'agrees with an upstream')
}
