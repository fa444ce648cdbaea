import { describe, expect, it } from 'vitest'
import { createPolicy } from './policy.ts'
import { call, policyConfig, pool, serverless, tokens } from './testing.ts'
import type { Policy, PolicyCall, PolicyConfig } from './types.ts'

const policyOf = (over: Partial<PolicyConfig>): Policy => createPolicy(policyConfig(over))
const one = [pool({ endpoints: ['a'], capacity: 1, maxInFlight: 1 })]
const finished = (policy: Policy, callId: string, at: number): void => policy.observe({ type: 'finished', callId, at, outputTokens: 1 })

/** One call has the only place; these wait, in this order. */
function behind(waiting: readonly Partial<PolicyCall>[], over: Partial<PolicyConfig> = {}): Policy {
  const policy = policyOf({ pools: one, ...over })
  policy.decide(call({ id: 'first' }), 0)
  for (const each of waiting) policy.decide(call(each), 0)
  return policy
}

/** Who is settled when one place after another becomes free. */
function order(policy: Policy, rounds: number): string[] {
  const served: string[] = []
  let running = 'first'
  for (let i = 1; i <= rounds; i++) {
    finished(policy, running, i)
    for (const { callId, decision } of policy.drain(i)) {
      served.push(callId)
      if (decision.kind === 'dispatch') running = callId
    }
  }
  return served
}

describe('waiting for capacity', () => {
  it('is said with its end, and ends when a place is free', () => {
    const policy = behind([])
    expect(policy.decide(call({ id: 'x' }), 10)).toEqual({ kind: 'wait', until: 1010, reason: 'queued', wake: null })
    expect(policy.drain(20)).toEqual([])
    finished(policy, 'first', 30)
    expect(policy.drain(30)).toEqual([{ callId: 'x', decision: { kind: 'dispatch', pool: 'floor', endpoint: 'a', reason: 'floor' } }])
    expect(policy.drain(31)).toEqual([])
    expect(policy.snapshot(31)).toMatchObject({ waiting: 0, pools: [{ inFlight: 1 }] })
  })

  it('goes by class, then fair between keys, then by deadline', () => {
    const policy = behind([
      { id: 'batch', priority: 'batch' },
      { id: 'a-late', keyId: 'a', deadline: 900 },
      { id: 'a-soon', keyId: 'a', deadline: 800 },
      { id: 'b', keyId: 'b' },
      { id: 'now', priority: 'realtime' },
    ])
    expect(order(policy, 6)).toEqual(['now', 'a-soon', 'b', 'a-late', 'batch'])
  })

  it('lets nobody overtake who comes when a place has just become free', () => {
    const policy = behind([{ id: 'x' }])
    finished(policy, 'first', 1)
    expect(policy.decide(call({ id: 'late' }), 1)).toMatchObject({ kind: 'wait' })
    expect(policy.drain(1).map(({ callId }) => callId)).toEqual(['x'])
  })

  it('ends at its time with a refusal', () => {
    const policy = behind([{ id: 'x' }, { id: 'y', deadline: 300 }])
    expect(policy.drain(299)).toEqual([])
    expect(policy.drain(300)).toEqual([{ callId: 'y', decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null } }])
    expect(policy.drain(5000)).toEqual([{ callId: 'x', decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null } }])
  })

  it('does not begin for a call whose deadline is over', () => {
    expect(policyOf({}).decide(call({ deadline: 5 }), 5)).toEqual({ kind: 'refuse', reason: 'wait-expired', retryAfterMs: null })
  })

  it('is bounded: beyond the limit a call is refused, and told when all who wait now will have gone', () => {
    const policy = behind([{}, {}], { queue: { limit: 2, maxWaitMs: 700 } })
    expect(policy.decide(call(), 1)).toEqual({ kind: 'refuse', reason: 'queue-full', retryAfterMs: 700 })
    expect(policy.snapshot(1).waiting).toBe(2)
  })

  it('gives a place in a full queue to who has less, and tells the one that lost it', () => {
    const policy = behind([{ id: 'big-1', keyId: 'big' }, { id: 'big-2', keyId: 'big' }], { queue: { limit: 2, maxWaitMs: 700 } })
    expect(policy.decide(call({ id: 'small', keyId: 'small' }), 1)).toMatchObject({ kind: 'wait' })
    expect(policy.drain(2)).toEqual([{ callId: 'big-2', decision: { kind: 'refuse', reason: 'queue-full', retryAfterMs: 700 } }])
  })

  it('is over without a word for a call that lost its place and has gone, or come again, before it was told', () => {
    const policy = behind([{ id: 'big-1', keyId: 'big' }, { id: 'big-2', keyId: 'big' }, { id: 'big-3', keyId: 'big' }, { id: 'big-4', keyId: 'big' }], { queue: { limit: 4, maxWaitMs: 700 } })
    for (const id of ['s1', 's2']) policy.decide(call({ id, keyId: 'small' }), 1)
    policy.observe({ type: 'aborted', callId: 'big-4', at: 2 })
    expect(policy.decide(call({ id: 'big-3', keyId: 'new' }), 2)).toMatchObject({ kind: 'wait' })
    expect(policy.drain(3).map(({ callId }) => callId)).toEqual(['big-2'])
  })

  it('ends with the client: an aborted call is gone, and is never settled', () => {
    const policy = behind([{ id: 'x' }])
    policy.observe({ type: 'aborted', callId: 'x', at: 1 })
    finished(policy, 'first', 2)
    expect(policy.drain(3)).toEqual([])
    expect(policy.snapshot(3).waiting).toBe(0)
  })

  it('of one model does not hold up another', () => {
    const policy = policyOf({ pools: [...one, pool({ id: 'other', models: ['n'], endpoints: ['a'], capacity: 1, maxInFlight: 1 })] })
    policy.decide(call(), 0)
    policy.decide(call({ id: 'n1', model: 'n' }), 0)
    policy.decide(call({ id: 'stuck' }), 0)
    policy.decide(call({ id: 'n2', model: 'n' }), 0)
    finished(policy, 'n1', 1)
    expect(policy.drain(1).map(({ callId }) => callId)).toEqual(['n2'])
  })

  it('of a call that avoids the only free endpoint does not hold up those behind it', () => {
    const policy = policyOf({ pools: [pool({ id: 'p', endpoints: ['a'], capacity: 1, maxInFlight: 1 }), pool({ id: 'q', endpoints: ['a'], capacity: 1, maxInFlight: 1 })] })
    const [x, y] = [policy.decide(call({ id: 'x' }), 0), policy.decide(call({ id: 'y' }), 0)]
    expect([x.kind, y.kind]).toEqual(['dispatch', 'dispatch'])
    policy.decide(call({ id: 'retry', failed: ['p/a'] }), 0)
    policy.decide(call({ id: 'behind' }), 0)
    finished(policy, x.kind === 'dispatch' && x.pool === 'p' ? 'x' : 'y', 1)
    expect(policy.drain(1)).toEqual([{ callId: 'retry', decision: { kind: 'dispatch', pool: 'p', endpoint: 'a', reason: 'failover' } }])
  })
})

/** A policy whose one pool is scaled to zero. */
const asleep = (over: Partial<PolicyConfig> = {}): Policy => {
  const policy = policyOf({ pools: [serverless()], ...over })
  policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 0, up: false })
  return policy
}

describe('scale from zero: hold and wake (peer defect 15)', () => {
  it('holds the call instead of refusing it, and asks for the pool once', () => {
    const policy = asleep()
    expect(policy.decide(call({ id: 'x' }), 1000)).toEqual({ kind: 'wait', until: 21_000, reason: 'waking', wake: 'serverless' })
    expect(policy.decide(call({ id: 'y' }), 1001)).toMatchObject({ kind: 'wait', wake: null })
    policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 9000, up: true })
    expect(policy.drain(9000).map(({ callId, decision }) => [callId, decision.reason])).toEqual([['x', 'overflow-only'], ['y', 'overflow-only']])
  })

  it('waits for a bounded time: two cold starts, or as configured, and never beyond the call\'s own deadline', () => {
    expect(asleep().decide(call({ deadline: 1500 }), 1000)).toMatchObject({ until: 1500 })
    const policy = asleep({ queue: { limit: 8, maxWaitMs: 1000, maxWakeMs: 5000 } })
    policy.decide(call({ id: 'x' }), 1000)
    expect(policy.drain(5999)).toEqual([])
    expect(policy.drain(6000)).toEqual([{ callId: 'x', decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null } }])
  })

  it('asks again when a start has come to nothing', () => {
    const policy = asleep()
    policy.decide(call(), 0)
    expect(policy.decide(call(), 19_999)).toMatchObject({ wake: null })
    expect(policy.decide(call(), 20_000)).toMatchObject({ wake: 'serverless' })
  })

  it('holds what a full floor cannot take; the first to have room gets it, and at the end the floor all the same', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'], capacity: 2 }), serverless()] })
    policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 0, up: false })
    policy.decide(call({ id: 'r1' }), 0)
    policy.decide(call({ id: 'r2' }), 0)
    expect(policy.decide(call({ id: 'x' }), 1)).toMatchObject({ kind: 'wait', reason: 'waking', wake: 'serverless' })
    policy.decide(call({ id: 'y' }), 2)
    finished(policy, 'r1', 3)
    expect(policy.drain(3)).toMatchObject([{ callId: 'x', decision: { pool: 'floor' } }])
    expect(policy.drain(1002)).toMatchObject([{ callId: 'y', decision: { pool: 'floor', reason: 'floor-only' } }])
  })

  it('does not hold a call while the floor has places, though it was full a moment ago', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'], capacity: 8 }), serverless()] })
    policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 0, up: false })
    for (let i = 0; i < 8; i++) policy.decide(call({ id: `r${i}` }), 0)
    expect(policy.decide(call({ id: 'x' }), 1)).toMatchObject({ kind: 'wait' })
    finished(policy, 'r0', 2)
    expect(policy.drain(2)).toMatchObject([{ callId: 'x', decision: { pool: 'floor', reason: 'floor-only' } }])
  })

  it('never sends a call after its own deadline, though the floor would have a place', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'], capacity: 1 }), serverless()] })
    policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 0, up: false })
    policy.decide(call(), 0)
    policy.decide(call({ id: 'x', deadline: 300 }), 0)
    expect(policy.drain(300)).toEqual([{ callId: 'x', decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: null } }])
  })

  it('asks again at once when a pool has served and gone to sleep again', () => {
    const policy = asleep()
    policy.decide(call(), 0)
    for (const up of [true, false]) policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 5, up })
    expect(policy.decide(call(), 10)).toMatchObject({ wake: 'serverless' })
  })

  it('uses what is warm meanwhile, and has the cheaper pool started', () => {
    const policy = policyOf({ pools: [serverless(), tokens()] })
    policy.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 0, up: false })
    expect(policy.decide(call(), 1)).toEqual({ kind: 'dispatch', pool: 'tokens', endpoint: 'api', reason: 'overflow-only', wake: 'serverless' })
    expect(policy.decide(call(), 2)).toEqual({ kind: 'dispatch', pool: 'tokens', endpoint: 'api', reason: 'overflow-only' })
  })

  it('does not take a pool that is always warm, or a token API, for one that sleeps', () => {
    for (const down of [pool({ endpoints: ['x'] }), tokens({ endpoints: ['x'] })]) {
      const policy = policyOf({ pools: [down] })
      policy.observe({ type: 'health', pool: down.id, endpoint: 'x', at: 0, up: false })
      expect(policy.decide(call(), 1)).toEqual({ kind: 'refuse', reason: 'all-down', retryAfterMs: null })
    }
  })
})
