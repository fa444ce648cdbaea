import { describe, expect, it } from 'vitest'
import { createPolicy } from './policy.ts'
import { call, policyConfig, pool, serverless, tokens } from './testing.ts'
import type { Policy, PolicyCall, PolicyConfig } from './types.ts'

const cheap = tokens({ id: 'cheap', marginalCost: 1 })
const dear = tokens({ id: 'dear', marginalCost: 2 })

function policyOf(over: Partial<PolicyConfig>): Policy {
  return createPolicy(policyConfig(over))
}

/** Where a call goes at `now`, or what becomes of it. */
function goes(policy: Policy, now: number, over: Partial<PolicyCall> = {}): string {
  const decision = policy.decide(call(over), now)
  return decision.kind === 'dispatch' ? `${decision.pool} ${decision.reason}` : `${decision.kind} ${decision.reason}`
}

function usedUp(policy: Policy, id: string, at: number, resetMs: number, endpoint = 'api'): void {
  policy.observe({ type: 'exhausted', pool: id, endpoint, at, resetMs })
}

describe('an endpoint whose rate limit is used up', () => {
  it('gets nothing until the reset, then again', () => {
    const policy = policyOf({ pools: [cheap, dear] })
    expect(goes(policy, 0)).toBe('cheap overflow-only')
    usedUp(policy, 'cheap', 10, 500)
    expect([10, 300, 509, 510].map((now) => goes(policy, now))).toEqual(['dear overflow-only', 'dear overflow-only', 'dear overflow-only', 'cheap overflow-only'])
  })

  it('leaves the other endpoints of its pool alone', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a', 'b'], capacity: 100 })] })
    usedUp(policy, 'floor', 0, 500, 'a')
    expect(Array.from({ length: 10 }, () => policy.decide(call(), 1))).toEqual(Array.from({ length: 10 }, () => ({ kind: 'dispatch', pool: 'floor', endpoint: 'b', reason: 'floor' })))
  })

  it('is a full floor for the reason of a spill', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), dear] })
    usedUp(policy, 'floor', 0, 500, 'a')
    expect(goes(policy, 1)).toBe('dear spill-saturated')
  })

  it('is waited for where there is no other, and served at the reset', () => {
    const policy = policyOf({ pools: [cheap], queue: { limit: 8, maxWaitMs: 1000 } })
    usedUp(policy, 'cheap', 0, 500)
    expect(goes(policy, 0, { id: 'x' })).toBe('wait queued')
    expect(policy.drain(499)).toEqual([])
    expect(policy.drain(500)).toEqual([{ callId: 'x', decision: { kind: 'dispatch', pool: 'cheap', endpoint: 'api', reason: 'overflow-only' } }])
  })

  it('is tried all the same by a call that has waited as long as it may, unless there is another', () => {
    const policy = policyOf({ pools: [cheap], queue: { limit: 8, maxWaitMs: 1000 } })
    usedUp(policy, 'cheap', 0, 30_000)
    policy.decide(call({ id: 'x' }), 0)
    expect(policy.drain(1000)).toEqual([{ callId: 'x', decision: { kind: 'dispatch', pool: 'cheap', endpoint: 'api', reason: 'overflow-only' } }])

    const two = policyOf({ pools: [cheap, tokens({ id: 'dear', marginalCost: 2, maxInFlight: 1 })], queue: { limit: 8, maxWaitMs: 1000 } })
    two.decide(call({ id: 'first' }), 0)
    usedUp(two, 'cheap', 0, 30_000)
    two.decide(call({ id: 'second' }), 0)
    two.decide(call({ id: 'third' }), 0)
    two.observe({ type: 'finished', callId: 'second', at: 1000, outputTokens: 1 })
    expect(two.drain(1000)).toMatchObject([{ callId: 'third', decision: { pool: 'dear' } }])
  })

  it('does not keep a pool that could be woken from being woken', () => {
    const asleep = serverless({ id: 'asleep', marginalCost: 5 })
    const policy = policyOf({ pools: [cheap, asleep] })
    policy.observe({ type: 'health', pool: 'asleep', endpoint: 's', at: 0, up: false })
    usedUp(policy, 'cheap', 0, 5000)
    expect(policy.decide(call(), 1)).toMatchObject({ kind: 'wait', reason: 'waking', wake: 'asleep' })
  })

  it('is no failure: the breaker stays closed', () => {
    const policy = policyOf({ pools: [cheap] })
    for (let n = 0; n < 100; n++) usedUp(policy, 'cheap', n, 500)
    expect(policy.snapshot(100)).toMatchObject({ pools: [{ endpoints: [{ breaker: 'closed', up: true }] }] })
  })

  it.each([
    ['a day', 86_400_000, [[0, 'dear'], [59_999, 'dear'], [60_000, 'cheap']]],
    ['ever', Number.POSITIVE_INFINITY, [[59_999, 'dear'], [60_000, 'cheap']]],
    ['no time', 0, [[0, 'cheap']]],
    ['a time that has passed', -5000, [[0, 'cheap']]],
    ['no number of ms', Number.NaN, [[0, 'cheap']]],
  ] as const)('for %s: not longer than a minute', (_, resetMs, expected) => {
    const policy = policyOf({ pools: [cheap, dear] })
    usedUp(policy, 'cheap', 0, resetMs)
    expect(expected.map(([at]) => [at, goes(policy, at).split(' ')[0]])).toEqual(expected)
  })

  it('a later reset counts, an earlier one does not take it back', () => {
    const policy = policyOf({ pools: [cheap, dear] })
    usedUp(policy, 'cheap', 0, 1000)
    usedUp(policy, 'cheap', 10, 100)
    expect([goes(policy, 999), goes(policy, 1000)]).toEqual(['dear overflow-only', 'cheap overflow-only'])
  })

  it('what names no endpoint is nothing', () => {
    const policy = policyOf({ pools: [cheap] })
    usedUp(policy, 'nowhere', 0, 1000)
    usedUp(policy, 'cheap', 0, 1000, '__proto__')
    expect(goes(policy, 1)).toBe('cheap overflow-only')
  })
})
