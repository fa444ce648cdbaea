import type { ReplicaLife } from '../../core/billing/rate-card.ts'
import { Batch } from './engine.ts'
import type { PoolRun } from './fleet-run.ts'
import { IndexedHeap } from './indexed-heap.ts'

const NONE: number[] = []

export class Replica {
  readonly id: number
  readonly pool: Pool
  readonly batch: Batch
  readonly startedAt: number
  readonly readyAt: number
  /** Requests that wait for this very replica to come up. */
  claims: number[] = NONE
  up = false
  gone = false
  /** Rank of the last time that it took a request or came up. */
  lastUse = 0
  /** When its present state (starting, busy, idle) began, and how long it was busy before. */
  since: number
  busy = false
  busySeconds = 0

  constructor(id: number, pool: Pool, batch: Batch, startedAt: number, readyAt: number) {
    this.id = id
    this.pool = pool
    this.batch = batch
    this.startedAt = startedAt
    this.readyAt = readyAt
    this.since = startedAt
  }
}

/** The replicas of one kind and the account of their time: every state they leave is booked as cold start, busy or idle. */
export class Pool {
  /** Ids of replicas that are up and have a free slot, the next to be taken on top. */
  readonly free = new IndexedHeap()
  readonly concurrency: number
  live = 0
  readonly #gpus: number
  readonly #stepSeconds: Float64Array
  readonly #from: number
  readonly #lives: ReplicaLife[] = []
  #coldStart = 0
  #busy = 0
  #idle = 0
  #useful = 0
  #starts = 0
  #peak = 0

  /** Time before `from` is not booked. */
  constructor(gpus: number, stepSeconds: Float64Array, from: number) {
    this.#gpus = gpus
    this.#stepSeconds = stepSeconds
    this.#from = from
    this.concurrency = stepSeconds.length - 1
  }

  /** A new replica; `before` had the same id and is gone, so that its batch can be used again. */
  add(id: number, before: Replica | undefined, startedAt: number, readyAt: number): Replica {
    this.#count(this.live + 1, startedAt)
    if (startedAt >= this.#from) this.#starts++
    return new Replica(id, this, before?.batch ?? new Batch(this.#stepSeconds), startedAt, readyAt)
  }

  /** The request waits for this very replica. */
  claim(replica: Replica, request: number): void {
    if (replica.claims === NONE) replica.claims = []
    replica.claims.push(request)
  }

  up(replica: Replica, now: number): void {
    this.#coldStart += this.#measured(replica.since, now)
    replica.up = true
    replica.since = now
  }

  admit(replica: Replica, request: number, now: number, steps: number, prefillSeconds: number): number {
    if (now >= this.#from) this.#useful += prefillSeconds + (steps * this.#stepSeconds[this.concurrency]!) / this.concurrency
    if (!replica.busy) {
      this.#idle += this.#measured(replica.since, now)
      replica.busy = true
      replica.since = now
    }
    return replica.batch.admit(now, request, steps, prefillSeconds)
  }

  /** Its last request has ended. */
  rest(replica: Replica, now: number): void {
    if (!replica.busy) return
    this.#busy += this.#measured(replica.since, now)
    replica.busySeconds += now - replica.since
    replica.busy = false
    replica.since = now
  }

  /** Stops it, or cuts its account where the simulation ends. */
  close(replica: Replica, now: number): void {
    if (!replica.up) this.#coldStart += this.#measured(replica.since, now)
    else if (replica.busy) this.rest(replica, now)
    else this.#idle += this.#measured(replica.since, now)
    replica.gone = true
    this.free.remove(replica.id)
    this.#count(this.live - 1, now)
    this.#lives.push({ gpus: this.#gpus, startedAt: replica.startedAt, readyAt: replica.readyAt, stoppedAt: now, busySeconds: replica.busySeconds, egressGb: 0 })
  }

  result(): PoolRun {
    return { coldStart: this.#coldStart, busy: this.#busy, idle: this.#idle, useful: this.#useful, starts: this.#starts, peak: this.#peak, lives: this.#lives }
  }

  /** Those that are up when the measured time begins count towards its peak. */
  #count(live: number, now: number): void {
    this.live = live
    this.#peak = now < this.#from ? live : Math.max(this.#peak, live)
  }

  #measured(since: number, now: number): number {
    return Math.max(0, now - Math.max(since, this.#from))
  }
}
