import { seededRandom } from '../random.ts'
import { checkPolicyConfig } from './check-config.ts'
import { EndpointState, PoolState } from './endpoint-state.ts'
import { FairQueue } from './fair-queue.ts'
import { Ledger } from './ledger.ts'
import { Placer } from './placement.ts'
import type { Placement } from './placement.ts'
import { PrefixIndex } from './prefix-index.ts'
import { Routes } from './routes.ts'
import type { Route } from './routes.ts'
import { freshMetrics, loadOf } from './saturation.ts'
import type { Waiter } from './service-class.ts'
import { SloGate } from './slo-gate.ts'
import { snapshotOf } from './snapshot.ts'
import type { Decision, Policy, PolicyCall, PolicyConfig, PolicyEvent, PolicySnapshot, Settled } from './types.ts'
import { Waking, patienceMs } from './waking.ts'

/** A call in the queue. */
interface Waiting extends Waiter {
  readonly call: PolicyCall
  readonly route: Route
}

type Hold = Extract<Placement, { kind: 'hold' }>

const NOBODY: readonly Settled[] = []
/** There is room, but for those who wait already. */
const BEHIND: Hold = { kind: 'hold', asleep: null, isAlive: true }
/** A generated token is worth two of the prompt: the weights of Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024. */
const OUTPUT_WEIGHT = 2

/** Spillway's routing policy. Throws POLICY_INVALID for a configuration that makes no sense. */
export function createPolicy(config: PolicyConfig): Policy {
  checkPolicyConfig(config)
  const policy = new SpillPolicy(config)
  return {
    decide: (call, now) => policy.decide(call, now),
    observe: (event) => policy.observe(event),
    drain: (now) => policy.drain(now),
    snapshot: (now) => policy.snapshot(now),
  }
}

class SpillPolicy {
  readonly #config: PolicyConfig
  readonly #pools: readonly PoolState[]
  readonly #endpoints: ReadonlyMap<string, ReadonlyMap<string, EndpointState>>
  readonly #routes: Routes
  readonly #index: PrefixIndex
  readonly #slo: SloGate
  readonly #placer: Placer
  readonly #ledger: Ledger
  readonly #queue: FairQueue<Waiting>
  readonly #waking = new Waking()
  /** Displaced from the queue, to be told by the next drain. */
  readonly #displaced = new Map<string, Decision>()

  constructor(config: PolicyConfig) {
    let count = 0
    this.#config = config
    this.#pools = config.pools.map((spec) => {
      const pool = new PoolState(spec, config, count)
      count += spec.endpoints.length
      return pool
    })
    this.#endpoints = new Map(this.#pools.map(({ spec, endpoints }) => [spec.id, new Map(endpoints.map((endpoint) => [endpoint.spec.id, endpoint]))]))
    this.#routes = new Routes(this.#pools)
    this.#index = new PrefixIndex(config.prefixEntries, count)
    this.#slo = new SloGate(config, this.#pools)
    this.#placer = new Placer(config, seededRandom(config.seed), this.#index, this.#slo, count)
    this.#ledger = new Ledger(config.reclaimAfterMs)
    this.#queue = new FairQueue(config.queue.limit)
  }

  decide(call: PolicyCall, now: number): Decision {
    // The same id again is a retry whose failure was not told: it must not hold two places.
    this.#forget(call.id)
    const route = this.#routes.find(call)
    if (typeof route === 'string') return { kind: 'refuse', reason: route, retryAfterMs: null }
    if (call.deadline !== null && call.deadline <= now) return { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null }
    const placement = this.#placer.place(call, route, now, 'new')
    if (placement.kind === 'down') return this.#refuseAsDown(route, call, now)
    if (placement.kind === 'hold') return this.#enqueue(call, route, placement, now)
    // Nobody overtakes those who wait for the same.
    const isBehind = this.#queue.size > 0 && this.#queue.isAhead(route.id, call.priority)
    return isBehind ? this.#enqueue(call, route, BEHIND, now) : this.#send(call, placement, now)
  }

  observe(event: PolicyEvent): void {
    switch (event.type) {
      case 'first-token':
        return this.#firstToken(event.callId, event.at)
      case 'finished': {
        const sent = this.#ledger.end(event.callId)
        sent?.endpoint.breaker.success(event.at, sent.probe)
        return
      }
      case 'failed': {
        if (!event.fault) return void this.#ledger.drop(event.callId)
        const sent = this.#ledger.end(event.callId)
        sent?.endpoint.breaker.failure(event.at, sent.probe, event.retryAfterMs)
        return
      }
      case 'aborted':
        return this.#forget(event.callId)
      case 'exhausted':
        return this.#endpoints.get(event.pool)?.get(event.endpoint)?.exhaust(event.at, event.resetMs)
      case 'scraped':
        return this.#endpoints.get(event.pool)?.get(event.endpoint)?.scraped(event.metrics, event.at)
      case 'health': {
        const endpoint = this.#endpoints.get(event.pool)?.get(event.endpoint)
        if (endpoint !== undefined) this.#health(endpoint, event.up)
        return
      }
      case 'tick':
        return this.#ledger.reclaim(event.at)
    }
  }

  drain(now: number): readonly Settled[] {
    if (this.#queue.size === 0 && this.#displaced.size === 0) return NOBODY
    const settled: Settled[] = Array.from(this.#displaced, ([callId, decision]) => ({ callId, decision }))
    this.#displaced.clear()
    const blocked = new Set<number>()
    for (let waiting = this.#queue.next(blocked); waiting !== undefined; waiting = this.#queue.next(blocked)) {
      if (waiting.until <= now) {
        settled.push(this.#expire(waiting, now))
        continue
      }
      const placement = this.#placer.place(waiting.call, waiting.route, now, 'queued')
      if (placement.kind === 'send') {
        this.#queue.serve(waiting.id)
        settled.push({ callId: waiting.id, decision: this.#send(waiting.call, placement, now) })
      } else blocked.add(waiting.group)
    }
    for (let waiting = this.#queue.expired(now); waiting !== undefined; waiting = this.#queue.expired(now)) settled.push(this.#expire(waiting, now))
    return settled
  }

  snapshot(now: number): PolicySnapshot {
    const entries = this.#ledger.size + this.#queue.entries + this.#index.size + this.#displaced.size
    return snapshotOf(this.#pools, this.#queue.size, entries, this.#config, now)
  }

  #send(call: PolicyCall, { endpoint, reason, held, wake }: Extract<Placement, { kind: 'send' }>, now: number): Decision {
    const load = loadOf(endpoint, freshMetrics(endpoint, this.#config.staleAfterMs, now)) / endpoint.pool.spec.capacity
    const probe = endpoint.breaker.mayProbe(now) ? endpoint.breaker.startProbe() : null
    this.#ledger.send(call.id, { endpoint, sentAt: now, probe, load, uncached: call.promptTokens * (1 - held), firstToken: false })
    if (call.prefix.length > 0) this.#index.insert(call.prefix, endpoint.index)
    const [pool, id] = [endpoint.pool.spec.id, endpoint.spec.id]
    const toWake = wake === null ? null : this.#waking.ask(wake, now)
    return toWake === null ? { kind: 'dispatch', pool, endpoint: id, reason } : { kind: 'dispatch', pool, endpoint: id, reason, wake: toWake }
  }

  #enqueue(call: PolicyCall, route: Route, { asleep, isAlive }: Hold, now: number): Decision {
    const { maxWaitMs, maxWakeMs } = this.#config.queue
    // A start is waited for to its end only where there is nothing else.
    const longest = asleep === null || isAlive ? maxWaitMs : (maxWakeMs ?? Math.max(maxWaitMs, patienceMs(asleep)))
    const until = Math.min(now + longest, call.deadline ?? Number.POSITIVE_INFINITY)
    const cost = Math.max(1, call.promptTokens + OUTPUT_WEIGHT * call.maxOutputTokens) || 1
    const full: Decision = { kind: 'refuse', reason: 'queue-full', retryAfterMs: maxWaitMs }
    // Whoever is displaced is told by the next drain; without one this must not pile up.
    if (this.#displaced.size > this.#config.queue.limit) return full
    const displaced = this.#queue.push({ id: call.id, group: route.id, priority: call.priority, keyId: call.keyId, cost, until, call, route })
    if (displaced === 'full') return full
    if (displaced !== null) this.#displaced.set(displaced.id, full)
    return { kind: 'wait', until, reason: asleep === null ? 'queued' : 'waking', wake: asleep === null ? null : this.#waking.ask(asleep, now) }
  }

  /** Its time is over. Short of its own deadline it may still go where it would crowd, but for the hard caps. */
  #expire({ id, call, route }: Waiting, now: number): Settled {
    this.#queue.remove(id)
    const isLate = call.deadline !== null && call.deadline <= now
    const placement = isLate ? null : this.#placer.place(call, route, now, 'last')
    if (placement?.kind === 'send') return { callId: id, decision: this.#send(call, placement, now) }
    return { callId: id, decision: placement?.kind === 'down' ? this.#refuseAsDown(route, call, now) : { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null } }
  }

  /** Nothing that may serve it is alive; a breaker says when to ask again. */
  #refuseAsDown(route: Route, call: PolicyCall, now: number): Decision {
    let soonest = Number.POSITIVE_INFINITY
    for (const tier of route.floor === null ? route.overflow : [route.floor, ...route.overflow]) {
      for (const { up, breaker } of tier.endpoints) if (up && breaker.openUntil !== null) soonest = Math.min(soonest, Math.max(0, breaker.openUntil - now))
    }
    return { kind: 'refuse', reason: call.priority === 'realtime' ? 'no-realtime' : 'all-down', retryAfterMs: soonest === Number.POSITIVE_INFINITY ? null : soonest }
  }

  #firstToken(callId: string, at: number): void {
    const sent = this.#ledger.get(callId)
    if (sent === undefined || sent.firstToken) return
    sent.firstToken = true
    this.#slo.observe(sent.endpoint, sent.load, sent.uncached, at - sent.sentAt, at)
    // A probe has done its work with the first token; how long the answer goes on is another matter.
    if (sent.probe !== null) sent.endpoint.breaker.success(at, sent.probe)
  }

  #health(endpoint: EndpointState, up: boolean): void {
    if (endpoint.up && !up) this.#index.forget(endpoint.index)
    endpoint.up = up
    if (up) this.#waking.awake(endpoint.pool)
  }

  #forget(callId: string): void {
    if (this.#ledger.drop(callId) || this.#queue.remove(callId)) return
    this.#displaced.delete(callId)
  }
}
