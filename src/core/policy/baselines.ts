import { seededRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { checkPolicyConfig } from './check-config.ts'
import { eligiblePools } from './eligible.ts'
import { EndpointState, PoolState } from './endpoint-state.ts'
import { Ledger } from './ledger.ts'
import { snapshotOf } from './snapshot.ts'
import type { Decision, Policy, PolicyCall, PolicyConfig, PolicyEvent, PolicySnapshot, PoolSpec, Settled } from './types.ts'

/** What is usual elsewhere, to compare with. `error-only`: the pools in their order, the next one only after a failure. */
export const BASELINES = ['round-robin', 'random', 'least-loaded', 'error-only'] as const
export type Baseline = (typeof BASELINES)[number]

/** Picks one of the endpoints that have room; there is at least one. */
type Pick = (endpoints: readonly EndpointState[]) => EndpointState

/**
 * A policy of another kind behind the same seam: same hard constraints and caps, a plain queue (first come, first served),
 * no scores, no saturation, no breakers, no waking. For comparisons, not for service.
 */
export function createBaseline(kind: Baseline, config: PolicyConfig): Policy {
  checkPolicyConfig(config)
  const policy = new BaselinePolicy(config, pickOf(kind, config.seed), kind === 'error-only')
  return {
    decide: (call, now) => policy.decide(call, now),
    observe: (event) => policy.observe(event),
    drain: (now) => policy.drain(now),
    snapshot: (now) => policy.snapshot(now),
  }
}

interface Waiting {
  readonly call: PolicyCall
  readonly until: number
  /** Calls of one group may go to the same endpoints. */
  readonly group: string
}

class BaselinePolicy {
  readonly #config: PolicyConfig
  readonly #pools: ReadonlyMap<PoolSpec, PoolState>
  readonly #pick: Pick
  readonly #inOrder: boolean
  readonly #ledger: Ledger
  readonly #waiting = new Map<string, Waiting>()

  constructor(config: PolicyConfig, pick: Pick, inOrder: boolean) {
    let count = 0
    this.#config = config
    this.#pools = new Map(config.pools.map((spec) => [spec, new PoolState(spec, config, (count += spec.endpoints.length) - spec.endpoints.length)]))
    this.#pick = pick
    this.#inOrder = inOrder
    this.#ledger = new Ledger(config.reclaimAfterMs)
  }

  decide(call: PolicyCall, now: number): Decision {
    this.#forget(call.id)
    if (call.deadline !== null && call.deadline <= now) return refuse('wait-expired')
    const found = this.#place(call, now)
    if (found !== 'full') return found
    if (this.#waiting.size >= this.#config.queue.limit) return refuse('queue-full')
    const until = Math.min(now + this.#config.queue.maxWaitMs, call.deadline ?? Number.POSITIVE_INFINITY)
    this.#waiting.set(call.id, { call, until, group: [call.model, call.residency, call.priority, ...call.failed].join(' ') })
    return { kind: 'wait', until, reason: 'queued', wake: null }
  }

  observe(event: PolicyEvent): void {
    if (event.type === 'tick') this.#ledger.reclaim(event.at)
    else if (event.type === 'scraped' || event.type === 'health') this.#see(event)
    else if (event.type === 'aborted') this.#forget(event.callId)
    else if (event.type !== 'first-token' && event.type !== 'exhausted') this.#ledger.drop(event.callId)
  }

  drain(now: number): readonly Settled[] {
    const settled: Settled[] = []
    // Where one of a group finds no room, those behind it find none either.
    const full = new Set<string>()
    for (const [callId, { call, until, group }] of this.#waiting) {
      const found = until <= now ? refuse('wait-expired') : full.has(group) ? 'full' : this.#place(call, now)
      if (found === 'full') {
        full.add(group)
        continue
      }
      this.#waiting.delete(callId)
      settled.push({ callId, decision: found })
    }
    return settled
  }

  snapshot(now: number): PolicySnapshot {
    return snapshotOf([...this.#pools.values()], this.#waiting.size, this.#waiting.size + this.#ledger.size, this.#config, now)
  }

  #place(call: PolicyCall, now: number): Decision | 'full' {
    const specs = eligiblePools(this.#config.pools, call)
    if (typeof specs === 'string') return refuse(specs)
    const endpoints = specs.flatMap((spec) => this.#pools.get(spec)!.endpoints)
    const fresh = endpoints.filter(({ up, key }) => up && !call.failed.includes(key))
    const alive = fresh.length > 0 ? fresh : endpoints.filter(({ up }) => up)
    if (alive.length === 0) return refuse('all-down')
    const considered = this.#inOrder ? alive.filter(({ pool }) => pool === alive[0]!.pool) : alive
    const free = considered.filter(({ pool }) => !pool.full)
    if (free.length === 0) return 'full'
    const endpoint = this.#pick(free)
    this.#ledger.send(call.id, { endpoint, sentAt: now, probe: null, load: 0, uncached: 0, firstToken: false })
    const { id: pool, kind } = endpoint.pool.spec
    const reason = call.failed.length > 0 ? 'failover' : kind === 'dedicated' ? 'floor' : 'overflow-only'
    return { kind: 'dispatch', pool, endpoint: endpoint.spec.id, reason }
  }

  #see(event: Extract<PolicyEvent, { type: 'scraped' | 'health' }>): void {
    for (const pool of this.#pools.values()) {
      const endpoint = pool.spec.id === event.pool ? pool.endpoints.find(({ spec }) => spec.id === event.endpoint) : undefined
      if (endpoint === undefined) continue
      if (event.type === 'health') endpoint.up = event.up
      else endpoint.scraped(event.metrics, event.at)
    }
  }

  #forget(callId: string): void {
    this.#ledger.drop(callId)
    this.#waiting.delete(callId)
  }
}

function pickOf(kind: Baseline, seed: number): Pick {
  const random = seededRandom(seed)
  if (kind === 'random') return (endpoints) => endpoints[Math.floor(random() * endpoints.length)]!
  if (kind === 'least-loaded') return (endpoints) => leastLoaded(endpoints, random)
  // Round robin: the one whose turn was longest ago.
  const turns = new Map<EndpointState, number>()
  let turn = 0
  return (endpoints) => {
    const next = endpoints.reduce((best, endpoint) => ((turns.get(endpoint) ?? -1) < (turns.get(best) ?? -1) ? endpoint : best))
    turns.set(next, turn++)
    return next
  }
}

function leastLoaded(endpoints: readonly EndpointState[], random: Random): EndpointState {
  const least = Math.min(...endpoints.map(loadOf))
  const even = endpoints.filter((endpoint) => loadOf(endpoint) === least)
  return even[Math.floor(random() * even.length)]!
}

function loadOf({ inFlight, pool }: EndpointState): number {
  return inFlight / pool.spec.capacity
}

function refuse(reason: Extract<Decision, { kind: 'refuse' }>['reason']): Decision {
  return { kind: 'refuse', reason, retryAfterMs: null }
}
