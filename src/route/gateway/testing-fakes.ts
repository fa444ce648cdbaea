import { fallbackDecision } from '../../core/policy/fallback.ts'
import type { Decision, Policy, PolicyCall, PolicyEvent, Settled } from '../../core/policy/types.ts'
import type { PoolConfig } from '../config-types.ts'
import type { Admission, Identity, Rejected } from '../seams.ts'
import { poolSpecs } from './pool-specs.ts'
import { KEY } from './testing-config.ts'

/** Serves in the order of the configuration, keeps account of places, and waits or throws where a test says so. */
export class FakePolicy implements Policy {
  readonly events: PolicyEvent[] = []
  readonly calls: PolicyCall[] = []
  readonly inFlight = new Set<string>()
  readonly waiting = new Map<string, { readonly call: PolicyCall; readonly until: number }>()
  readonly #pools: Parameters<typeof fallbackDecision>[0]
  /** Most calls in flight; more wait. */
  limit = Number.POSITIVE_INFINITY
  maxWaitMs = 10_000
  breaks = false

  constructor(pools: readonly PoolConfig[]) {
    this.#pools = { pools: poolSpecs(pools) }
  }

  decide(call: PolicyCall, now: number): Decision {
    if (this.breaks) throw new Error('the policy is broken')
    this.calls.push(call)
    if (this.inFlight.size >= this.limit) {
      this.waiting.set(call.id, { call, until: now + this.maxWaitMs })
      return { kind: 'wait', until: now + this.maxWaitMs, reason: 'queued', wake: null }
    }
    return this.#place(call)
  }

  observe(event: PolicyEvent): void {
    if (this.breaks) throw new Error('the policy is broken')
    this.events.push(event)
    if (event.type !== 'finished' && event.type !== 'failed' && event.type !== 'aborted') return
    this.inFlight.delete(event.callId)
    this.waiting.delete(event.callId)
  }

  drain(now: number): Settled[] {
    const settled: Settled[] = []
    for (const [callId, { call, until }] of this.waiting) {
      if (now >= until) settled.push({ callId, decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: 1000 } })
      else if (this.inFlight.size < this.limit) settled.push({ callId, decision: this.#place(call) })
      else continue
      this.waiting.delete(callId)
    }
    return settled
  }

  snapshot(): ReturnType<Policy['snapshot']> {
    return { waiting: this.waiting.size, pools: [] }
  }

  #place(call: PolicyCall): Decision {
    const decision = fallbackDecision(this.#pools, call)
    if (decision.kind !== 'dispatch') return decision
    this.inFlight.add(call.id)
    return { ...decision, reason: call.failed.length > 0 ? 'failover' : 'overflow-only' }
  }
}

/** One key, no limits; counts what is reserved and what was settled. */
export class FakeAdmission implements Admission {
  readonly settled: { readonly cost: bigint; readonly promptTokens: number; readonly outputTokens: number }[] = []
  open = 0
  rejection: Rejected | null = null

  identify(secret: string | null): Identity | Rejected {
    if (secret === KEY) return { ok: true, keyId: 'key-1', tenant: 'acme', models: null, mayIngest: true, mayRead: true, mayAudit: false, mayAdminister: false }
    return { ok: false, status: 401, code: 'invalid_api_key', message: 'The key is not valid.', retryAfterSeconds: null, keyId: null, tenant: '' }
  }

  admit({ secret, call }: Parameters<Admission['admit']>[0]): ReturnType<Admission['admit']> {
    const identity = this.rejection ?? this.identify(secret)
    if (!identity.ok) return identity
    this.open++
    let done = false
    const once = (then: () => void): void => {
      if (done) return
      done = true
      this.open--
      then()
    }
    const reservation = { settle: (actual: FakeAdmission['settled'][number]) => once(() => this.settled.push(actual)), release: () => once(() => undefined) }
    return { ...identity, residency: call.residency, priority: call.priority, reservation, warning: null }
  }
}
