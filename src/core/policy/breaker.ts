import type { BreakerSpec } from './types.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Which half-open phase a probe belongs to; null = an ordinary call. */
export type Probe = number | null

/** An upstream that asks for a longer pause is tried again after this time all the same: one bad header must not lose it for good. */
const LONGEST_RETRY_AFTER_MS = 3_600_000
const SLOTS = 8

/**
 * Circuit breaker of one endpoint. Closed: outcomes are counted in a window of eight slots, and it opens at a share of
 * failures, after some in a row, or when the upstream asks for a pause. Open: nothing goes there. Half-open, once the
 * time is over: a few probes; the first token of one closes it, a failure opens it again for twice as long. Calls
 * that were under way when it opened change nothing, except that a longer Retry-After is kept.
 */
export class Breaker {
  readonly #spec: BreakerSpec
  readonly #slotMs: number
  readonly #slots = Array.from({ length: SLOTS }, () => ({ number: Number.NaN, ok: 0, failed: 0 }))
  #consecutive = 0
  /** Null = closed. */
  #openUntil: number | null = null
  #failedProbes = 0
  /** Counts half-open phases, so that a late probe of an earlier one is told apart. */
  #phase = 0
  #probing = 0

  constructor(spec: BreakerSpec) {
    this.#spec = spec
    this.#slotMs = Math.max(1, spec.windowMs / SLOTS)
  }

  state(now: number): BreakerState {
    if (this.#openUntil === null) return 'closed'
    return now < this.#openUntil ? 'open' : 'half-open'
  }

  /** When probes may go; null = closed. */
  get openUntil(): number | null {
    return this.#openUntil
  }

  mayProbe(now: number): boolean {
    return this.state(now) === 'half-open' && this.#probing < this.#spec.probes
  }

  startProbe(): Probe {
    this.#probing++
    return this.#phase
  }

  success(at: number, probe: Probe): void {
    if (this.#openUntil === null) {
      this.#slot(at).ok++
      this.#consecutive = 0
    } else if (probe === this.#phase) this.#close()
  }

  failure(at: number, probe: Probe, retryAfterMs: number | null): void {
    const pause = Math.min(retryAfterMs !== null && retryAfterMs > 0 ? retryAfterMs : 0, LONGEST_RETRY_AFTER_MS)
    if (this.#openUntil !== null) {
      if (probe === this.#phase) {
        this.#failedProbes++
        this.#open(at, Math.max(this.#openMs(), pause))
      } else if (pause > 0) this.#openUntil = Math.max(this.#openUntil, at + pause)
      return
    }
    this.#slot(at).failed++
    this.#consecutive++
    if (this.#trips(at)) this.#open(at, Math.max(this.#openMs(), pause))
    else if (pause > 0) this.#open(at, pause)
  }

  /** The call ended without telling anything about the endpoint. */
  release(probe: Probe): void {
    if (probe !== null && probe === this.#phase && this.#openUntil !== null) this.#probing--
  }

  #trips(at: number): boolean {
    if (this.#consecutive >= this.#spec.consecutive) return true
    const last = Math.floor(at / this.#slotMs)
    let [ok, failed] = [0, 0]
    for (const slot of this.#slots) {
      if (!(slot.number > last - SLOTS && slot.number <= last)) continue
      ok += slot.ok
      failed += slot.failed
    }
    return ok + failed >= this.#spec.minimum && failed >= this.#spec.failureShare * (ok + failed)
  }

  #openMs(): number {
    return Math.min(this.#spec.openMs * 2 ** this.#failedProbes, this.#spec.maxOpenMs)
  }

  #open(at: number, forMs: number): void {
    this.#openUntil = at + forMs
    this.#nextPhase()
  }

  #close(): void {
    this.#openUntil = null
    this.#failedProbes = 0
    this.#consecutive = 0
    for (const slot of this.#slots) slot.number = Number.NaN
    this.#nextPhase()
  }

  #nextPhase(): void {
    this.#phase++
    this.#probing = 0
  }

  #slot(at: number): { number: number; ok: number; failed: number } {
    const number = Math.floor(at / this.#slotMs)
    const slot = this.#slots[((number % SLOTS) + SLOTS) % SLOTS]!
    if (slot.number !== number) {
      slot.number = number
      slot.ok = 0
      slot.failed = 0
    }
    return slot
  }
}
