import { SpillwayError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { ColdStartSampler } from '../../core/billing/cold-start.ts'
import type { Engine } from './engine.ts'
import { stepTable } from './engine.ts'
import { OUTCOME } from './fleet-run.ts'
import type { FleetRun } from './fleet-run.ts'
import { IndexedHeap } from './indexed-heap.ts'
import { Pool, Replica } from './pool.ts'
import type { FleetRules } from './rules.ts'
import type { Workload } from './workload.ts'
import { requireWorkload } from './workload.ts'

/** Replicas that are up all the time; they are tried first, since their next token is free. */
export interface DedicatedPool {
  readonly replicas: number
  readonly gpus: number
  readonly engine: Engine
}

/** Replicas that start when requests wait and stop after an idle window. */
export interface ServerlessPool {
  readonly gpus: number
  readonly engine: Engine
  readonly idleWindowSeconds: number
  readonly coldStart: ColdStartSampler
  /** Most replicas at once, starting ones included; null = no limit. */
  readonly replicaCap: number | null
  /** A request for which the cap leaves no slot, free or coming, waits or is turned away. */
  readonly atCap: 'queue' | 'reject'
  readonly rules: FleetRules
  /** Replicas that are up and idle at the beginning. Absent = 0. */
  readonly warmReplicas?: number
}

export interface FleetOptions {
  readonly workload: Workload
  readonly dedicated: DedicatedPool | null
  readonly serverless: ServerlessPool | null
  /** Used for the cold starts only. */
  readonly random: Random
  /** Results are about what happens from here on. Absent = 0. */
  readonly measureFrom?: number
  /** Everything stops here. Absent: when all requests are served and the idle windows have closed. */
  readonly until?: number
}

const NO_ENGINE: Engine = { concurrency: 1 }

/**
 * Plays requests against a fleet in virtual time and returns what happened; the same options and seed give the same
 * run. Events are arrivals, and per replica the one thing that happens to it next: it comes up, a request ends, its
 * idle window closes. O(log replicas + log concurrency) an event. Requests wait in one queue, served in order of
 * arrival. At equal times replicas come before arrivals. Throws PLAN_INFEASIBLE where nothing can ever serve.
 */
export function simulateFleet(options: FleetOptions): FleetRun {
  requireWorkload(options.workload)
  const { dedicated, serverless } = options
  const slots = (dedicated?.replicas ?? 0) * (dedicated?.engine.concurrency ?? 0) + (serverless === null ? 0 : (serverless.replicaCap ?? 1) * serverless.engine.concurrency)
  if (!(slots >= 1)) throw new SpillwayError('PLAN_INFEASIBLE', 'the fleet has no replica that could serve a request', 'Give at least one dedicated or serverless replica')
  return new FleetSimulation(options).run()
}

class FleetSimulation {
  readonly #workload: Workload
  readonly #options: FleetOptions
  readonly #serverlessPool: ServerlessPool | null
  readonly #from: number
  readonly #dedicated: Pool
  readonly #serverless: Pool
  readonly #replicas: Replica[] = []
  /** Ids of serverless replicas that are gone, to be used again (dedicated ones are never gone). */
  readonly #unused: number[] = []
  /** When each replica's next event is. */
  readonly #events = new IndexedHeap()
  /** Requests that wait for any slot; each is in it once at most. */
  readonly #queue: Int32Array
  #queueHead = 0
  #queueTail = 0
  /** Replicas that are starting, in the order in which they were asked for. */
  readonly #starting = new Set<Replica>()
  #uses = 0
  readonly #outcome: Uint8Array
  readonly #waited: Float64Array
  readonly #firstToken: Float64Array
  readonly #total: Float64Array

  constructor(options: FleetOptions) {
    const count = options.workload.at.length
    this.#options = options
    this.#workload = options.workload
    this.#serverlessPool = options.serverless
    this.#from = options.measureFrom ?? 0
    this.#dedicated = new Pool(options.dedicated?.gpus ?? 1, stepTable(options.dedicated?.engine ?? NO_ENGINE), this.#from)
    this.#serverless = new Pool(options.serverless?.gpus ?? 1, stepTable(options.serverless?.engine ?? NO_ENGINE), this.#from)
    this.#queue = new Int32Array(count)
    this.#outcome = new Uint8Array(count)
    this.#waited = new Float64Array(count).fill(Number.NaN)
    this.#firstToken = new Float64Array(count).fill(Number.NaN)
    this.#total = new Float64Array(count).fill(Number.NaN)
    for (let i = 0; i < (options.dedicated?.replicas ?? 0); i++) this.#comeUp(this.#newReplica(this.#dedicated, 0, 0), 0)
    for (let i = 0; i < (options.serverless?.warmReplicas ?? 0); i++) this.#comeUp(this.#newReplica(this.#serverless, 0, 0), 0)
  }

  run(): FleetRun {
    const { at } = this.#workload
    const until = this.#options.until ?? Number.POSITIVE_INFINITY
    let next = 0
    let now = 0
    for (;;) {
      const arrival = next < at.length ? at[next]! : Number.POSITIVE_INFINITY
      const event = this.#events.topKey()
      const time = Math.min(arrival, event)
      if (time > until || time === Number.POSITIVE_INFINITY) break
      now = time
      if (event <= arrival) this.#replicaEvent(this.#replicas[this.#events.top()]!, now)
      else this.#arrive(next++, now)
    }
    const end = Number.isFinite(until) ? until : now
    for (const replica of this.#replicas) if (!replica.gone) replica.pool.close(replica, end)
    const firstRequest = firstAtOrAfter(at, this.#from)
    const columns = { outcome: this.#outcome.subarray(0, next), waited: this.#waited.subarray(0, next), firstToken: this.#firstToken.subarray(0, next), total: this.#total.subarray(0, next) }
    return { dedicated: this.#dedicated.result(), serverless: this.#serverless.result(), from: this.#from, until: end, firstRequest: Math.min(firstRequest, next), ...columns }
  }

  #arrive(request: number, now: number): void {
    const id = this.#dedicated.free.top()
    if (id !== -1) return this.#admit(this.#replicas[id]!, request, now, OUTCOME.warm)
    const overflow = this.#serverless.free.top()
    if (overflow !== -1) return this.#admit(this.#replicas[overflow]!, request, now, OUTCOME.warm)
    this.#wait(request, now)
  }

  /** No slot is free: start a replica, wait, or be turned away. */
  #wait(request: number, now: number): void {
    const pool = this.#serverlessPool
    if (pool === null) return this.#enqueue(request)
    const { rules } = pool
    const claimable = rules.owner === 'starter' ? this.#claimable(pool.engine.concurrency) : undefined
    if (claimable !== undefined) {
      claimable.pool.claim(claimable, request)
      return
    }
    const coming = rules.owner === 'starter' ? 0 : this.#starting.size * pool.engine.concurrency
    const uncovered = this.#queueTail - this.#queueHead + 1 - coming
    const live = this.#serverless.live
    const limit = rules.start === 'always' || (live === 0 && this.#dedicated.live === 0) ? 0 : rules.queueLimit
    if (uncovered > limit && live < (pool.replicaCap ?? Number.POSITIVE_INFINITY)) {
      const replica = this.#start(pool, now)
      if (rules.owner === 'starter') replica.pool.claim(replica, request)
      else this.#enqueue(request)
    } else if (uncovered > limit && pool.atCap === 'reject') this.#outcome[request] = OUTCOME.rejected
    else this.#enqueue(request)
  }

  #claimable(concurrency: number): Replica | undefined {
    if (concurrency === 1) return undefined
    for (const replica of this.#starting) if (replica.claims.length < concurrency) return replica
    return undefined
  }

  #enqueue(request: number): void {
    this.#queue[this.#queueTail++] = request
  }

  #start(pool: ServerlessPool, now: number): Replica {
    const replica = this.#newReplica(this.#serverless, now, now + pool.coldStart(this.#options.random()))
    this.#starting.add(replica)
    this.#events.set(replica.id, replica.readyAt)
    return replica
  }

  #newReplica(pool: Pool, startedAt: number, readyAt: number): Replica {
    const id = this.#unused.pop() ?? this.#replicas.length
    const replica = pool.add(id, this.#replicas[id], startedAt, readyAt)
    this.#replicas[id] = replica
    return replica
  }

  #replicaEvent(replica: Replica, now: number): void {
    if (!replica.up) {
      this.#starting.delete(replica)
      this.#comeUp(replica, now)
    } else if (replica.batch.running > 0) {
      const request = replica.batch.end(now)
      this.#total[request] = now - this.#workload.at[request]!
      if (this.#queueHead < this.#queueTail) this.#admit(replica, this.#queue[this.#queueHead++]!, now, OUTCOME.warm)
      else this.#settle(replica, now)
    } else {
      replica.pool.close(replica, now)
      this.#events.remove(replica.id)
      this.#unused.push(replica.id)
    }
  }

  #comeUp(replica: Replica, now: number): void {
    replica.pool.up(replica, now)
    replica.lastUse = ++this.#uses
    for (const request of replica.claims) this.#admit(replica, request, now, OUTCOME.cold)
    while (replica.batch.running < replica.pool.concurrency && this.#queueHead < this.#queueTail) this.#admit(replica, this.#queue[this.#queueHead++]!, now, OUTCOME.cold)
    if (replica.batch.running === 0) this.#settle(replica, now)
  }

  #admit(replica: Replica, request: number, now: number, outcome: number): void {
    const { at, steps, prefillSeconds } = this.#workload
    const prefill = prefillSeconds === null ? 0 : prefillSeconds[request]!
    const firstTokenAt = replica.pool.admit(replica, request, now, steps[request]!, prefill)
    replica.lastUse = ++this.#uses
    this.#outcome[request] = outcome
    this.#waited[request] = now - at[request]!
    this.#firstToken[request] = firstTokenAt - at[request]!
    this.#settle(replica, now)
  }

  /** Sets the replica's next event and its place among those with a free slot, after anything happened to it. */
  #settle(replica: Replica, now: number): void {
    const { pool, batch, id } = replica
    const dedicated = pool === this.#dedicated
    if (batch.running > 0) this.#events.set(id, batch.nextEnd())
    else {
      pool.rest(replica, now)
      if (dedicated) this.#events.remove(id)
      else this.#events.set(id, now + this.#serverlessPool!.idleWindowSeconds)
    }
    if (batch.running === pool.concurrency) pool.free.remove(id)
    else if (dedicated) pool.free.set(id, batch.running)
    else pool.free.set(id, this.#serverlessPool!.rules.take === 'most-recently-used' ? -replica.lastUse : replica.lastUse)
  }
}

function firstAtOrAfter(at: Float64Array, time: number): number {
  const found = at.findIndex((value) => value >= time)
  return found === -1 ? at.length : found
}
