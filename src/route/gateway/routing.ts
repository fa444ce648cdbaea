import { fallbackDecision } from '../../core/policy/fallback.ts'
import type { Decision, Policy, PolicyCall, PolicyEvent, PoolSpec } from '../../core/policy/types.ts'
import type { GatewayLog } from './deps.ts'

/** A call that waits for the policy. */
export interface Waiting {
  readonly policyCall: PolicyCall
  readonly settled: (decision: Decision) => void
}

/** How long past its own deadline a wait may last before the gateway ends it: the policy has forgotten the call then. */
const GRACE_MS = 1000

/**
 * The policy's room: asks it, tells it, and keeps those who wait. The policy is no single point of failure: where it
 * throws, the configuration's own order serves.
 */
export class Router {
  readonly #policy: Policy
  readonly #plain: { readonly pools: readonly PoolSpec[] }
  readonly #log: GatewayLog
  readonly #waiting = new Map<string, Waiting & { readonly until: number }>()
  #failing = false

  constructor(policy: Policy, pools: readonly PoolSpec[], log: GatewayLog) {
    this.#policy = policy
    this.#plain = { pools }
    this.#log = log
  }

  decide(call: PolicyCall, now: number): Decision {
    try {
      const decision = this.#policy.decide(call, now)
      this.#failing = false
      return decision
    } catch (error) {
      this.#failed('decide', error)
      return fallbackDecision(this.#plain, call)
    }
  }

  /** Notes what happened to a call, and lets others go that waited for it. */
  observe(event: PolicyEvent): void {
    try {
      this.#policy.observe(event)
    } catch (error) {
      this.#failed('observe', error)
    }
    if (this.#waiting.size > 0 && event.type !== 'first-token') this.#drain(event.at)
  }

  wait(waiting: Waiting, until: number): void {
    this.#waiting.set(waiting.policyCall.id, { ...waiting, until })
  }

  /** The client of a waiting call has gone. */
  forget(callId: string): void {
    this.#waiting.delete(callId)
  }

  tick(now: number): void {
    this.observe({ type: 'tick', at: now })
    for (const [id, waiting] of this.#waiting) {
      if (now < waiting.until + GRACE_MS) continue
      this.#waiting.delete(id)
      waiting.settled({ kind: 'refuse', reason: 'wait-expired', retryAfterMs: null })
    }
  }

  #drain(now: number): void {
    try {
      for (const { callId, decision } of this.#policy.drain(now)) this.#settle(callId, decision, now)
      this.#failing = false
    } catch (error) {
      this.#failed('drain', error)
      for (const [id, { policyCall }] of this.#waiting) this.#settle(id, fallbackDecision(this.#plain, policyCall), now)
    }
  }

  #settle(callId: string, decision: Decision, now: number): void {
    const waiting = this.#waiting.get(callId)
    if (waiting === undefined) {
      // It has gone meanwhile: give its place back.
      if (decision.kind === 'dispatch') this.observe({ type: 'aborted', callId, at: now })
      return
    }
    this.#waiting.delete(callId)
    waiting.settled(decision)
  }

  /** Once until it works again: a policy that throws does so for every call. */
  #failed(where: string, error: unknown): void {
    if (!this.#failing) this.#log.error({ where, error: error instanceof Error ? error.message : 'unknown' }, 'the routing policy failed; the plain order of the configuration serves')
    this.#failing = true
  }
}
