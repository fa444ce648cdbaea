import type { ReplicaLife } from '../core/billing/rate-card.ts'
import type { Counters } from './counters.ts'
import type { EngineLimits } from './engine.ts'
import { Engine } from './engine.ts'
import type { Timeline } from './timeline.ts'
import type { EngineTiming } from './timing.ts'

export interface ReplicaSpec {
  readonly gpus: number
  readonly limits: EngineLimits
  readonly timing: EngineTiming
}

/** One engine instance from the request for it to its stop, with the account that a meter bills. */
export class Replica {
  readonly id: number
  readonly engine: Engine
  readonly startedAt: number
  readonly readyAt: number
  stoppedAt: number | null = null
  /** Requests given to it and not ended. */
  inFlight = 0
  /** When it last had nothing to do, or came up. */
  idleSince: number
  bytesSent = 0
  readonly #timeline: Timeline
  readonly #gpus: number
  #busySeconds = 0
  #busySince = Number.NaN

  constructor(id: number, timeline: Timeline, spec: ReplicaSpec, counters: Counters, coldStartSeconds: number) {
    this.id = id
    this.engine = new Engine(timeline, spec.limits, spec.timing, counters)
    this.startedAt = timeline.now
    this.readyAt = timeline.now + coldStartSeconds
    this.idleSince = this.readyAt
    this.#timeline = timeline
    this.#gpus = spec.gpus
  }

  get ready(): boolean {
    return this.stoppedAt === null && this.#timeline.now >= this.readyAt
  }

  take(): void {
    if (this.inFlight++ === 0) this.#busySince = this.#timeline.now
  }

  give(): void {
    if (--this.inFlight > 0) return
    this.#busySeconds += this.#timeline.now - this.#busySince
    this.idleSince = this.#timeline.now
  }

  /** Its life so far; `stoppedAt` is now where it goes on. */
  life(): ReplicaLife {
    const { now } = this.#timeline
    const busy = this.inFlight > 0 ? now - this.#busySince : 0
    return { gpus: this.#gpus, startedAt: this.startedAt, readyAt: this.readyAt, stoppedAt: this.stoppedAt ?? now, busySeconds: this.#busySeconds + busy, egressGb: this.bytesSent / 1e9 }
  }
}
