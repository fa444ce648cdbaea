/** Longest step that is believed to be time that passed; also the largest disorder of callers' times that is ignored. */
const LONGEST_STEP_MS = 10_000

/**
 * Time that has passed, from a wall clock that may jump: backward steps count nothing, forward steps count at most ten
 * seconds. Rates, loops and reservations run on it, so that neither a clock set back freezes a limit for an hour nor a
 * clock set forward lets every reservation expire at once. It must be advanced at least every ten seconds (the
 * admission's timer does, every second), else it runs slow, which only makes limits stricter.
 */
export class SteadyClock {
  #wall: number | null = null
  #elapsed = 0

  /** Milliseconds since the first reading. A time that is no number changes nothing. */
  advance(now: number): number {
    if (!Number.isFinite(now)) return this.#elapsed
    if (this.#wall === null) this.#wall = now
    const step = now - this.#wall
    if (step > 0) {
      this.#elapsed += Math.min(step, LONGEST_STEP_MS)
      this.#wall = now
    } else if (step < -LONGEST_STEP_MS) this.#wall = now
    return this.#elapsed
  }
}
