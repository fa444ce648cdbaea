import type { ReplicaLife } from '../../../core/billing/rate-card.ts'
import type { Decision, Policy, PolicyCall, PolicyEvent, PolicySnapshot } from '../../../core/policy/types.ts'
import type { Fleet, Job } from '../../../enginesim/fleet.ts'
import type { Timeline } from '../../../enginesim/timeline.ts'
import type { RetryConfig, Timeouts } from '../../../route/config-types.ts'
import { backoffMs } from '../../../route/gateway/retry-after.ts'
import type { Random } from '../../../core/random.ts'
import type { TrafficCall } from '../traffic.ts'

/** Simulated engines behind one address. */
export interface SimulatedEndpoint {
  readonly pool: string
  readonly id: string
  readonly fleet: Fleet
  /** How often metrics and health are asked for, ms; null = never. */
  readonly metricsMs: number | null
  readonly healthMs: number | null
}

export interface SimulatedGatewayOptions {
  readonly timeline: Timeline
  readonly policy: Policy
  readonly endpoints: readonly SimulatedEndpoint[]
  readonly timeouts: Timeouts
  readonly retries: RetryConfig
  readonly model: string
  readonly random: Random
  /** Told of every call that has ended. */
  readonly onEnd?: (call: SimulatedCall) => void
}

/** What became of a call. Times in seconds; NaN = it did not get that far. */
export interface SimulatedCall {
  readonly arrivedAt: number
  readonly output: number
  /** Where it was last sent; null = nowhere. */
  pool: string | null
  reason: string
  firstTokenAt: number
  endedAt: number
  outcome: 'open' | 'ok' | 'refused' | 'failed'
}

/** A call under way. */
interface Passing {
  readonly call: SimulatedCall
  readonly prompt: Uint32Array
  policyCall: PolicyCall
  attempts: number
}

/** As in the gateway (route/gateway/gateway.ts, route/pools/health-checks.ts). */
const TICK_SECONDS = 0.05
const FAILURES_TO_FALL = 2
/** The trace tells how long a prompt is, not what is in it; nothing here reads it. */
const BLANK = new Uint32Array(2 ** 17)
/** What the chat template adds to a prompt (enginesim/http/prompt.ts): two role marks and an end. */
const TEMPLATE_TOKENS = 8

/**
 * The gateway in virtual time: the same policy code as behind sockets, the same engines as in the live demo. A call takes the
 * course of route/gateway/course.ts: decision, wait, dispatch, timeout, failover, retry; probes and waking are there too. What
 * it leaves out is what takes no notable time there: sockets, admission, the record.
 */
export class SimulatedGateway {
  readonly #options: SimulatedGatewayOptions
  readonly #endpoints: ReadonlyMap<string, SimulatedEndpoint>
  readonly #waiting = new Map<string, Passing>()
  readonly #waking = new Set<string>()
  #ticking = false
  #arrived = 0
  #open = 0

  constructor(options: SimulatedGatewayOptions) {
    this.#options = options
    this.#endpoints = new Map(options.endpoints.map((endpoint) => [`${endpoint.pool}/${endpoint.id}`, endpoint]))
    for (const endpoint of options.endpoints) {
      if (endpoint.metricsMs !== null) this.#every(endpoint.metricsMs / 1000, () => this.#scrape(endpoint))
      if (endpoint.healthMs !== null) this.#watchHealth(endpoint, endpoint.healthMs / 1000)
    }
  }

  /** Seconds. */
  get now(): number {
    return this.#options.timeline.now
  }

  /** A call comes; not before the one before it. What is returned fills in as time goes on. */
  arrive({ at, input, output }: TrafficCall): SimulatedCall {
    this.runUntil(at)
    const call: SimulatedCall = { arrivedAt: at, output, pool: null, reason: '', firstTokenAt: Number.NaN, endedAt: Number.NaN, outcome: 'open' }
    const { model, timeouts } = this.#options
    const policyCall: PolicyCall = { id: `call-${this.#arrived++}`, model, promptTokens: input, maxOutputTokens: output, prefix: [], priority: 'standard', residency: null, session: null, keyId: 'demo', deadline: at * 1000 + timeouts.totalMs, failed: [] }
    this.#open++
    const passing = { call, prompt: BLANK.subarray(0, input + TEMPLATE_TOKENS), policyCall, attempts: 0 }
    this.#follow(passing, this.#decide(passing))
    return call
  }

  runUntil(seconds: number): void {
    this.#options.timeline.runUntil(seconds)
  }

  /** Until the last call has ended. */
  finish(): void {
    const { timeline } = this.#options
    while (this.#open > 0) timeline.runUntil(timeline.nextTime())
  }

  /** Lives of the replicas of a pool, those that go on cut now. */
  lives(pool: string): ReplicaLife[] {
    return this.#options.endpoints.filter((endpoint) => endpoint.pool === pool).flatMap(({ fleet }) => fleet.past.lives.concat(fleet.replicas.map((replica) => replica.life())))
  }

  snapshot(): PolicySnapshot {
    return this.#options.policy.snapshot(this.now * 1000)
  }

  #decide({ policyCall }: Passing): Decision {
    return this.#options.policy.decide(policyCall, this.now * 1000)
  }

  #follow(passing: Passing, decision: Decision): void {
    if (decision.kind === 'refuse') {
      passing.call.reason = decision.reason
      return passing.attempts > 0 ? this.#retryLater(passing) : this.#end(passing.call, 'refused')
    }
    if (decision.wake !== undefined && decision.wake !== null) this.#wake(decision.wake)
    if (decision.kind === 'dispatch') return this.#dispatch(passing, decision)
    this.#waiting.set(passing.policyCall.id, passing)
    this.#tickSoon()
  }

  #dispatch(passing: Passing, { pool, endpoint, reason }: Extract<Decision, { kind: 'dispatch' }>): void {
    const { timeline, policy, timeouts } = this.#options
    const { call, prompt, policyCall } = passing
    const key = `${pool}/${endpoint}`
    const { fleet } = this.#endpoints.get(key)!
    call.pool = pool
    call.reason = reason
    passing.attempts++
    // The head of a stream comes at once, so what runs out without a token is the time between two chunks.
    const timeout = timeline.at(this.now + timeouts.idleMs / 1000, () => {
      fleet.abort(job)
      this.#failed(passing, key)
    })
    const job: Job = fleet.submit({
      prompt,
      outputTokens: call.output,
      tokenAt: (index) => index,
      onToken: (index) => {
        if (index > 0) return
        timeline.cancel(timeout)
        call.firstTokenAt = this.now
        policy.observe({ type: 'first-token', callId: policyCall.id, at: this.now * 1000 })
      },
      onEnd: (end) => {
        if (end !== 'done') return
        this.#end(call, 'ok')
        this.#observe({ type: 'finished', callId: policyCall.id, at: this.now * 1000, outputTokens: call.output })
      },
    })
  }

  #failed(passing: Passing, key: string): void {
    this.#observe({ type: 'failed', callId: passing.policyCall.id, at: this.now * 1000, fault: true, retryAfterMs: null })
    if (passing.attempts >= this.#options.retries.attempts) return this.#end(passing.call, 'failed')
    const failed = [...passing.policyCall.failed, key]
    passing.policyCall = { ...passing.policyCall, failed }
    const decision = this.#decide(passing)
    if (decision.kind !== 'dispatch' || !failed.includes(`${decision.pool}/${decision.endpoint}`)) return this.#follow(passing, decision)
    this.#observe({ type: 'aborted', callId: passing.policyCall.id, at: this.now * 1000 })
    this.#retryLater(passing)
  }

  /** Nobody else is left: the same endpoints again, a little later. */
  #retryLater(passing: Passing): void {
    const { timeline, retries, random } = this.#options
    if (passing.attempts >= retries.attempts) return this.#end(passing.call, 'failed')
    timeline.at(this.now + backoffMs(passing.attempts - 1, retries, null, random) / 1000, () => {
      passing.policyCall = { ...passing.policyCall, failed: [] }
      const decision = this.#decide(passing)
      if (decision.kind === 'refuse') this.#end(passing.call, 'failed')
      else this.#follow(passing, decision)
    })
  }

  #end(call: SimulatedCall, outcome: SimulatedCall['outcome']): void {
    call.outcome = outcome
    call.endedAt = this.now
    this.#open--
    this.#options.onEnd?.(call)
  }

  /** What happens to one call may let others go. */
  #observe(event: PolicyEvent): void {
    const { policy } = this.#options
    policy.observe(event)
    if (this.#waiting.size === 0) return
    for (const { callId, decision } of policy.drain(this.now * 1000)) {
      const passing = this.#waiting.get(callId)
      this.#waiting.delete(callId)
      if (passing !== undefined) this.#follow(passing, decision)
    }
  }

  #tickSoon(): void {
    if (this.#ticking) return
    this.#ticking = true
    this.#options.timeline.at(this.now + TICK_SECONDS, () => {
      this.#ticking = false
      this.#observe({ type: 'tick', at: this.now * 1000 })
      if (this.#waiting.size > 0) this.#tickSoon()
    })
  }

  /** A small call to each endpoint, as the gateway's waker sends it; when it is answered the endpoint is up. */
  #wake(pool: string): void {
    if (this.#waking.has(pool)) return
    this.#waking.add(pool)
    for (const { id, fleet } of this.#options.endpoints.filter((endpoint) => endpoint.pool === pool)) {
      fleet.submit({
        prompt: BLANK.subarray(0, TEMPLATE_TOKENS),
        outputTokens: 1,
        tokenAt: (index) => index,
        onEnd: () => {
          this.#waking.delete(pool)
          this.#observe({ type: 'health', pool, endpoint: id, at: this.now * 1000, up: true })
        },
      })
    }
  }

  #scrape({ pool, id, fleet: { replicas, inLine } }: SimulatedEndpoint): void {
    const ready = replicas.filter((replica) => replica.ready)
    const sum = (of: (replica: (typeof ready)[number]) => number): number => ready.reduce((total, replica) => total + of(replica), 0)
    const metrics = { running: sum(({ engine }) => engine.running), waiting: inLine + sum(({ engine }) => engine.waiting), kvUsage: ready.length === 0 ? 0 : sum(({ engine }) => engine.pool.usage) / ready.length }
    this.#observe({ type: 'scraped', pool, endpoint: id, at: this.now * 1000, metrics })
  }

  #watchHealth({ pool, id, fleet }: SimulatedEndpoint, seconds: number): void {
    let known: boolean | null = null
    let failures = 0
    this.#every(seconds, () => {
      const up = fleet.replicas.some((replica) => replica.ready)
      failures = up ? 0 : failures + 1
      if (up === known || (!up && known === true && failures < FAILURES_TO_FALL)) return
      known = up
      this.#observe({ type: 'health', pool, endpoint: id, at: this.now * 1000, up })
    })
  }

  #every(seconds: number, run: () => void): void {
    const next = (): void => {
      run()
      this.#options.timeline.at(this.now + seconds, next)
    }
    this.#options.timeline.at(0, next)
  }
}
