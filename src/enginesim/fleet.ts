import type { ReplicaLife } from '../core/billing/rate-card.ts'
import type { Random } from '../core/random.ts'
import { Counters } from './counters.ts'
import type { ReplicaSpec } from './replica.ts'
import { Replica } from './replica.ts'
import type { EngineRequest, Sequence } from './sequence.ts'
import type { Timeline } from './timeline.ts'
import { WaitingLine } from './waiting-line.ts'

/** When replicas come and go. A dedicated server is one that is always there. */
export interface FleetRules {
  readonly minReplicas: number
  readonly maxReplicas: number
  /** Requests that a replica is given at once; more wait in front of the replicas, or start another. */
  readonly concurrency: number
  /** Seconds of a cold start for a uniform number in [0, 1). Those of `minReplicas` at the start are up at once. */
  readonly coldStartSeconds: (uniform: number) => number
  /** A replica above the minimum stops after so long without work. */
  readonly idleWindowSeconds: number
  /** Requests that may wait in front of the replicas; null = any number. */
  readonly maxWaiting: number | null
}

/** The line in front of the replicas is full. */
export class LineFull extends Error {
  override readonly name = 'LineFull'
}

/** A request and where it is. */
export interface Job {
  readonly request: EngineRequest
  replica: Replica | null
  sequence: Sequence | null
  ended: boolean
}

/**
 * Replicas behind one address, as serverless platforms run them, by the planner's default rules: the most recently used
 * replica with a free slot takes a request; a request that finds none starts a replica, unless a slot on one that is
 * starting is left for it; whoever waits longest gets the next free slot, whatever started it.
 */
export class Fleet {
  readonly counters = new Counters()
  readonly timeline: Timeline
  readonly #spec: ReplicaSpec
  readonly #rules: FleetRules
  readonly #random: Random
  readonly #line = new WaitingLine<Job>()
  readonly #past: ReplicaLife[] = []
  /** In the order of last use, the most recent last. */
  #live: Replica[] = []
  #minimum: number
  #ids = 0
  #dropped = 0

  constructor(timeline: Timeline, spec: ReplicaSpec, rules: FleetRules, random: Random) {
    this.timeline = timeline
    this.#spec = spec
    this.#rules = rules
    this.#random = random
    this.#minimum = rules.minReplicas
    for (let index = 0; index < rules.minReplicas; index++) this.#start(0)
  }

  get replicas(): readonly Replica[] {
    return this.#live
  }

  /** Requests in front of the replicas. */
  get inLine(): number {
    return this.#line.length
  }

  get starts(): number {
    return this.#ids
  }

  /** Lives that have ended, at most the latest 10,000; `forgotten` counts those before. */
  get past(): { readonly lives: readonly ReplicaLife[]; readonly forgotten: number } {
    return { lives: this.#past, forgotten: this.#dropped }
  }

  /** Keeps at least so many replicas up from now on, as a provider's "minimum workers" does. */
  setMinimum(count: number): void {
    this.#minimum = Math.min(count, this.#rules.maxReplicas)
    while (this.#live.length < this.#minimum) this.#start(this.#rules.coldStartSeconds(this.#random()))
    for (const replica of this.#live) if (replica.ready && replica.inFlight === 0) this.#watchIdle(replica)
  }

  /** Throws LineFull where nothing is free and the line is full. */
  submit(request: EngineRequest): Job {
    const job: Job = { request, replica: null, sequence: null, ended: false }
    const free = this.#live.findLast((replica) => replica.ready && replica.inFlight < this.#rules.concurrency)
    if (free !== undefined && this.#line.length === 0) {
      this.#give(job, free)
      return job
    }
    const { maxWaiting } = this.#rules
    if (maxWaiting !== null && this.#line.length >= maxWaiting) throw new LineFull()
    this.#line.push(job)
    const slotsComing = this.#live.filter((replica) => !replica.ready).length * this.#rules.concurrency
    if (this.#line.length > slotsComing && this.#live.length < this.#rules.maxReplicas) this.#start(this.#rules.coldStartSeconds(this.#random()))
    return job
  }

  abort(job: Job): void {
    if (job.ended) return
    if (job.replica !== null) {
      job.replica.engine.abort(job.sequence!)
      return
    }
    job.ended = true
    this.#line.remove(job)
  }

  #give(job: Job, replica: Replica): void {
    job.replica = replica
    replica.take()
    this.#used(replica)
    job.sequence = replica.engine.submit({
      ...job.request,
      onEnd: (reason, sequence) => {
        job.ended = true
        replica.give()
        job.request.onEnd(reason, sequence)
        this.#serveLine()
        if (replica.inFlight === 0) this.#watchIdle(replica)
      },
    })
  }

  #serveLine(): void {
    for (;;) {
      const job = this.#line.first()
      const free = job === null ? undefined : this.#live.findLast((replica) => replica.ready && replica.inFlight < this.#rules.concurrency)
      if (job === null || free === undefined) return
      this.#line.shift()
      this.#give(job, free)
    }
  }

  #start(coldStartSeconds: number): void {
    const replica = new Replica(this.#ids++, this.timeline, this.#spec, this.counters, coldStartSeconds)
    this.#live.push(replica)
    this.timeline.at(replica.readyAt, () => {
      this.#used(replica)
      this.#serveLine()
      if (replica.inFlight === 0) this.#watchIdle(replica)
    })
  }

  #used(replica: Replica): void {
    if (this.#live.at(-1) === replica) return
    this.#live.splice(this.#live.indexOf(replica), 1)
    this.#live.push(replica)
  }

  readonly #watched = new Set<Replica>()

  /** One timer a replica: where it worked meanwhile, the timer goes on to the end of the new window. */
  #watchIdle(replica: Replica): void {
    if (this.#watched.has(replica) || this.#rules.idleWindowSeconds === Number.POSITIVE_INFINITY) return
    this.#watched.add(replica)
    this.timeline.at(replica.idleSince + this.#rules.idleWindowSeconds, () => {
      this.#watched.delete(replica)
      if (replica.inFlight > 0 || replica.stoppedAt !== null) return
      if (replica.idleSince + this.#rules.idleWindowSeconds > this.timeline.now) this.#watchIdle(replica)
      else if (this.#live.length > this.#minimum) this.#stop(replica)
    })
  }

  #stop(replica: Replica): void {
    replica.stoppedAt = this.timeline.now
    this.#live.splice(this.#live.indexOf(replica), 1)
    this.#past.push(replica.life())
    if (this.#past.length <= PAST_LIVES) return
    this.#past.shift()
    this.#dropped++
  }
}

const PAST_LIVES = 10_000
