import type { PoolState } from './endpoint-state.ts'

/** Starts pools from zero: asks once, and again only when two typical cold starts have passed in vain. */
export class Waking {
  readonly #askedAt = new Map<PoolState, number>()

  /** The pool's id if it should be woken now, null if that is under way. */
  ask(pool: PoolState, now: number): string | null {
    const asked = this.#askedAt.get(pool)
    if (asked !== undefined && now >= asked && now - asked < patienceMs(pool)) return null
    this.#askedAt.set(pool, now)
    return pool.spec.id
  }

  /** It serves. */
  awake(pool: PoolState): void {
    this.#askedAt.delete(pool)
  }
}

/** How long to wait for a start: twice the typical time, at least a second. */
export function patienceMs(pool: PoolState): number {
  return Math.max(1000, 2 * pool.spec.coldStartSeconds * 1000)
}
