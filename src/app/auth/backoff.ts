interface Entry {
  failures: number
  /** Unix ms: not before. */
  until: number
  last: number
}

export interface BackoffLimits {
  /** So many go through without a wait. */
  readonly free: number
  /** The first wait; each further one is twice as long, */
  readonly firstMs: number
  /** up to this. */
  readonly mostMs: number
}

/** Names that are remembered; beyond it the one that was heard of longest ago is forgotten. */
const MOST_NAMES = 10_000
/** Who has not tried for so long begins anew. */
const FORGIVEN_MS = 3_600_000

/** Attempts by name, with a wait that grows. What is counted is the attempt, not its failure: parallel ones do not slip through. */
export class Backoff {
  readonly #limits: BackoffLimits
  readonly #entries = new Map<string, Entry>()

  constructor(limits: BackoffLimits) {
    this.#limits = limits
  }

  /** Milliseconds to wait; 0 = go, and it is counted. */
  attempt(name: string, now: number): number {
    const known = this.#entries.get(name)
    const entry = known === undefined || now - known.last > FORGIVEN_MS ? { failures: 0, until: 0, last: now } : known
    if (entry.until > now) return entry.until - now
    const { free, firstMs, mostMs } = this.#limits
    entry.failures++
    entry.last = now
    if (entry.failures >= free) entry.until = now + Math.min(mostMs, firstMs * 2 ** Math.min(40, entry.failures - free))
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    if (this.#entries.size > MOST_NAMES) this.#entries.delete(this.#entries.keys().next().value!)
    return 0
  }

  /** It was the right one. */
  clear(name: string): void {
    this.#entries.delete(name)
  }
}
