/** The longest step between two readings that is believed. The gateway reads at every tick, so a longer one is a jump, or a stall in which nothing could have come anyway. */
const LONGEST_STEP_MS = 2000

/**
 * Time that has passed since the first reading, ms, from a wall clock that may jump: a step back counts nothing, a leap
 * counts two seconds. Timeouts run on it, so that setting the clock neither ends all calls at once nor keeps dead ones.
 */
export function steadyTime(wall: () => number): () => number {
  let last = wall()
  let passed = 0
  return () => {
    const now = wall()
    passed += Math.min(LONGEST_STEP_MS, Math.max(0, now - last))
    last = now
    return passed
  }
}
