import type { Probe } from './breaker.ts'
import type { EndpointState } from './endpoint-state.ts'

/** A call that was sent somewhere and has not ended. */
export interface SentCall {
  readonly endpoint: EndpointState
  readonly sentAt: number
  readonly probe: Probe
  /** In-flight / capacity of the endpoint before it. */
  readonly load: number
  /** Prompt tokens that the endpoint probably does not hold. */
  readonly uncached: number
  firstToken: boolean
}

/** Most calls under way; beyond it the oldest counts as gone. Far above what one gateway process can hold open. */
const MOST_CALLS = 262_144
const HOUR_MS = 3_600_000

/**
 * The calls under way, by id, in the order in which they were sent. Every way out of it gives the place at the endpoint
 * back, exactly once; ids of ended calls are forgotten.
 */
export class Ledger {
  readonly #calls = new Map<string, SentCall>()
  readonly #reclaimAfterMs: number
  readonly #limit: number

  constructor(reclaimAfterMs: number = HOUR_MS, limit: number = MOST_CALLS) {
    this.#reclaimAfterMs = reclaimAfterMs
    this.#limit = limit
  }

  get size(): number {
    return this.#calls.size
  }

  get(id: string): SentCall | undefined {
    return this.#calls.get(id)
  }

  send(id: string, call: SentCall): void {
    this.drop(id)
    if (this.#calls.size >= this.#limit) this.#dropOldest()
    this.#calls.set(id, call)
    call.endpoint.begin()
  }

  /** Takes a call out; undefined = unknown or ended before. */
  end(id: string): SentCall | undefined {
    const call = this.#calls.get(id)
    if (call === undefined) return undefined
    this.#calls.delete(id)
    call.endpoint.end()
    return call
  }

  /** Takes a call out without any verdict on its endpoint. */
  drop(id: string): boolean {
    const call = this.end(id)
    call?.endpoint.breaker.release(call.probe)
    return call !== undefined
  }

  /** Drops the calls whose end was never told. */
  reclaim(now: number): void {
    for (const [id, { sentAt }] of this.#calls) {
      if (now - sentAt < this.#reclaimAfterMs) return
      this.drop(id)
    }
  }

  #dropOldest(): void {
    for (const id of this.#calls.keys()) {
      this.drop(id)
      return
    }
  }
}
