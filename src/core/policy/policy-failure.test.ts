import { describe, expect, it } from 'vitest'
import { createPolicy } from './policy.ts'
import { call, policyConfig, pool, tokens } from './testing.ts'
import type { Policy, PolicyConfig } from './types.ts'

const policyOf = (over: Partial<PolicyConfig>): Policy => createPolicy(policyConfig(over))
const single = [pool({ endpoints: ['a'] })]

/** A call that goes somewhere and fails there. */
function fail(policy: Policy, at: number, over: { readonly fault?: boolean; readonly retryAfterMs?: number | null } = {}): void {
  const { id } = call()
  policy.decide(call({ id }), at)
  policy.observe({ type: 'failed', callId: id, at, fault: true, retryAfterMs: null, ...over })
}

const breakerOf = (policy: Policy, now: number): string | undefined => policy.snapshot(now).pools[0]?.endpoints[0]?.breaker

describe('failures', () => {
  it('send the call elsewhere, and say so', () => {
    const policy = policyOf({})
    for (let i = 0; i < 4; i++) expect(policy.decide(call({ failed: ['floor/a'] }), 0)).toEqual({ kind: 'dispatch', pool: 'floor', endpoint: 'b', reason: 'failover' })
  })

  it('leave the same endpoint as the last resort', () => {
    expect(policyOf({ pools: single }).decide(call({ failed: ['floor/a'] }), 0)).toMatchObject({ endpoint: 'a', reason: 'failover' })
  })

  it('in a row take an endpoint out; after a pause one call tests it, and others do not', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens()] })
    for (let i = 0; i < 3; i++) fail(policy, i)
    expect(policy.decide(call(), 10)).toMatchObject({ pool: 'tokens', reason: 'spill-down' })
    expect(breakerOf(policy, 1002)).toBe('half-open')
    expect(policy.decide(call({ id: 'probe' }), 1002)).toMatchObject({ pool: 'floor', reason: 'probe' })
    expect(policy.decide(call(), 1002)).toMatchObject({ pool: 'tokens' })
    policy.observe({ type: 'first-token', callId: 'probe', at: 1100 })
    expect(breakerOf(policy, 1100)).toBe('closed')
    expect(policy.decide(call(), 1101)).toMatchObject({ pool: 'floor', reason: 'floor' })
  })

  it('of a test keep it out for longer', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens()] })
    for (let i = 0; i < 3; i++) fail(policy, 0)
    policy.decide(call({ id: 'probe' }), 1000)
    policy.observe({ type: 'failed', callId: 'probe', at: 1000, fault: true, retryAfterMs: null })
    expect([2999, 3000].map((now) => breakerOf(policy, now))).toEqual(['open', 'half-open'])
  })

  it('a test that the client aborts frees its place for another', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens()] })
    for (let i = 0; i < 3; i++) fail(policy, 0)
    policy.decide(call({ id: 'probe' }), 1000)
    policy.observe({ type: 'aborted', callId: 'probe', at: 1001 })
    expect(policy.decide(call(), 1002).reason).toBe('probe')
  })

  it('tests are not made with realtime calls or with retries, while something else is healthy', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a', 'b'], capacity: 100 })] })
    for (let i = 0; i < 3; i++) policy.decide(call({ id: `x${i}`, failed: ['floor/b'] }), 0)
    for (let i = 0; i < 3; i++) policy.observe({ type: 'failed', callId: `x${i}`, at: 0, fault: true, retryAfterMs: null })
    expect(breakerOf(policy, 2000)).toBe('half-open')
    expect(policy.decide(call({ priority: 'realtime' }), 2000)).toMatchObject({ endpoint: 'b' })
    expect(policy.decide(call({ failed: ['floor/c'] }), 2000)).toMatchObject({ endpoint: 'b' })
    expect(policy.decide(call(), 2000)).toMatchObject({ endpoint: 'a', reason: 'probe' })
  })

  it('that are the call\'s own mark nothing', () => {
    const policy = policyOf({ pools: single })
    for (let i = 0; i < 50; i++) fail(policy, i, { fault: false, retryAfterMs: 60_000 })
    expect([breakerOf(policy, 50), policy.snapshot(50).pools[0]?.inFlight]).toEqual(['closed', 0])
  })

  it('with a Retry-After move calls to the next pool until then (peer defect 16: quota without failover)', () => {
    const policy = policyOf({ pools: [tokens({ id: 'cheap', marginalCost: 1 }), tokens({ id: 'dear', marginalCost: 2 })] })
    fail(policy, 0, { retryAfterMs: 5000 })
    expect(policy.decide(call(), 4999)).toMatchObject({ pool: 'dear' })
    expect(policy.decide(call(), 5000)).toMatchObject({ pool: 'cheap', reason: 'probe' })
  })

  it('of everything are refused at once, with the time of the next test', () => {
    const policy = policyOf({ pools: single })
    for (let i = 0; i < 3; i++) fail(policy, 0)
    expect(policy.decide(call(), 400)).toEqual({ kind: 'refuse', reason: 'all-down', retryAfterMs: 600 })
  })

  it('hold the next calls while a test is under way, and settle them by it', () => {
    const policy = policyOf({ pools: single })
    for (let i = 0; i < 3; i++) fail(policy, 0)
    policy.decide(call({ id: 'probe' }), 1000)
    expect(policy.decide(call({ id: 'x' }), 1001)).toMatchObject({ kind: 'wait', reason: 'queued' })
    policy.observe({ type: 'first-token', callId: 'probe', at: 1100 })
    expect(policy.drain(1100)).toMatchObject([{ callId: 'x', decision: { kind: 'dispatch', reason: 'floor' } }])
  })

  it('of everything while calls wait end with that reason, at the end of their wait', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'], maxInFlight: 1 })] })
    policy.decide(call({ id: 'r' }), 0)
    policy.decide(call({ id: 'x' }), 0)
    policy.observe({ type: 'health', pool: 'floor', endpoint: 'a', at: 1, up: false })
    policy.observe({ type: 'aborted', callId: 'r', at: 2 })
    expect(policy.drain(3)).toEqual([])
    expect(policy.drain(1000)).toEqual([{ callId: 'x', decision: { kind: 'refuse', reason: 'all-down', retryAfterMs: null } }])
  })
})

describe('a call whose end never comes', () => {
  it('is reclaimed on a tick after the stated time', () => {
    const policy = policyOf({ reclaimAfterMs: 60_000 })
    policy.decide(call(), 0)
    policy.observe({ type: 'tick', at: 59_999 })
    expect(policy.snapshot(0).pools[0]?.inFlight).toBe(1)
    policy.observe({ type: 'tick', at: 60_000 })
    expect(policy.snapshot(0).pools[0]?.inFlight).toBe(0)
  })

  it('is reclaimed after an hour if nothing is stated', () => {
    const policy = policyOf({})
    policy.decide(call(), 0)
    policy.observe({ type: 'tick', at: 3_599_999 })
    expect(policy.snapshot(0).pools[0]?.inFlight).toBe(1)
    policy.observe({ type: 'tick', at: 3_600_000 })
    expect(policy.snapshot(0).pools[0]?.inFlight).toBe(0)
  })
})

describe('snapshot', () => {
  it('shows each pool and endpoint, and changes nothing', () => {
    const policy = policyOf({ pools: [pool({ capacity: 2 }), tokens()] })
    policy.observe({ type: 'health', pool: 'floor', endpoint: 'b', at: 0, up: false })
    policy.observe({ type: 'scraped', pool: 'floor', endpoint: 'a', at: 5, metrics: { waiting: 0, running: 1, kvUsage: 0.2 } })
    policy.decide(call({ id: 'x' }), 6)
    const shown = policy.snapshot(6)
    expect(shown).toEqual({
      waiting: 0,
      entries: 1,
      pools: [
        {
          id: 'floor', inFlight: 1, saturation: 1, saturated: true,
          endpoints: [
            { id: 'a', inFlight: 1, up: true, breaker: 'closed', scrapedAt: 5, metrics: { waiting: 0, running: 1, kvUsage: 0.2 } },
            { id: 'b', inFlight: 0, up: false, breaker: 'closed', scrapedAt: null, metrics: null },
          ],
        },
        { id: 'tokens', inFlight: 0, saturation: 0, saturated: false, endpoints: [{ id: 'api', inFlight: 0, up: true, breaker: 'closed', scrapedAt: null, metrics: null }] },
      ],
    })
    expect(policy.snapshot(6)).toEqual(shown)
  })
})
