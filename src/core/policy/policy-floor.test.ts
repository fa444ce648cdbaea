import { describe, expect, it } from 'vitest'
import { createPolicy } from './policy.ts'
import { call, policyConfig, pool, serverless, tokens } from './testing.ts'
import type { Decision, Policy, PolicyConfig } from './types.ts'

const to = (pool: string, endpoint: string, reason: string): object => ({ kind: 'dispatch', pool, endpoint, reason })
const policyOf = (over: Partial<PolicyConfig>): Policy => createPolicy(policyConfig(over))
const endpointOf = (decision: Decision): string => (decision.kind === 'dispatch' ? decision.endpoint : decision.reason)

/** Sends calls that stay, and says where they went. */
function fill(policy: Policy, count: number, now = 0): Decision[] {
  return Array.from({ length: count }, (_, i) => policy.decide(call({ id: `f${now}-${i}` }), now))
}

function finish(policy: Policy, count: number, at: number): void {
  for (let i = 0; i < count; i++) policy.observe({ type: 'finished', callId: `f0-${i}`, at, outputTokens: 1 })
}

describe('the floor first', () => {
  it('takes a dedicated endpoint while one has room, whatever the overflow costs', () => {
    const policy = policyOf({ pools: [tokens({ marginalCost: 0 }), pool()] })
    expect(fill(policy, 8).map((decision) => decision.reason)).toEqual(new Array(8).fill('floor'))
  })

  it('spreads calls that come between two scrapes, since its own count at once (peer defect 12: herding on snapshots)', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a', 'b', 'c', 'd'], capacity: 50 })] })
    for (const [i, endpoint] of ['a', 'b', 'c', 'd'].entries()) policy.observe({ type: 'scraped', pool: 'floor', endpoint, at: 0, metrics: { waiting: 0, running: i === 0 ? 0 : 10, kvUsage: 0.1 } })
    fill(policy, 130, 1)
    expect(policy.snapshot(1).pools[0]?.endpoints.map(({ inFlight }) => inFlight)).toEqual([40, 30, 30, 30])
  })

  it('is even where everything is even, by chance and not by position', () => {
    const firsts = new Set(Array.from({ length: 30 }, (_, seed) => endpointOf(policyOf({ seed }).decide(call(), 0))))
    expect(firsts).toEqual(new Set(['a', 'b']))
  })

  it('goes where the prompt\'s prefix is', () => {
    const policy = policyOf({})
    const first = policy.decide(call({ id: 'x', prefix: [1, 2, 3] }), 0)
    policy.observe({ type: 'finished', callId: 'x', at: 1, outputTokens: 1 })
    expect(first.reason).toBe('floor')
    for (let i = 0; i < 5; i++) {
      const id = `again-${i}`
      expect(policy.decide(call({ id, prefix: [1, 2, 3, 4 + i] }), 2)).toEqual(to('floor', endpointOf(first), 'floor-prefix'))
      policy.observe({ type: 'finished', callId: id, at: 3, outputTokens: 1 })
    }
  })

  it('does not send everybody after a common prefix (peer defect 13: cache-aware routing collapsed to one worker)', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a', 'b', 'c', 'd'], capacity: 25 })] })
    for (let i = 0; i < 80; i++) policy.decide(call({ prefix: [1, 2, 3] }), 0)
    const counts = policy.snapshot(0).pools[0]!.endpoints.map(({ inFlight }) => inFlight)
    expect(Math.max(...counts)).toBeLessThanOrEqual(25)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(15)
  })

  it('forgets the prefixes of an endpoint that went down', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] })] })
    policy.decide(call({ prefix: [1] }), 0)
    for (const up of [false, true]) policy.observe({ type: 'health', pool: 'floor', endpoint: 'a', at: 1, up })
    expect(policy.decide(call({ prefix: [1] }), 2).reason).toBe('floor')
  })

  it('believes a fresh scrape about others\' traffic, and no stale one (peer defect 14)', () => {
    const policy = policyOf({})
    policy.observe({ type: 'scraped', pool: 'floor', endpoint: 'a', at: 0, metrics: { waiting: 9, running: 4, kvUsage: 0.9 } })
    expect(fill(policy, 4, 1000).map(endpointOf)).toEqual(['b', 'b', 'b', 'b'])
    expect(endpointOf(policy.decide(call(), 2001))).toBe('a')
  })
})

describe('spilling', () => {
  const pools = [pool(), tokens({ id: 'dear', marginalCost: 900 }), tokens({ id: 'cheap', marginalCost: 300, capacity: 2, maxInFlight: 2 })]

  it('begins when the floor is full, with the cheapest that has room', () => {
    const policy = policyOf({ pools })
    fill(policy, 8)
    expect(fill(policy, 4, 1)).toEqual([to('cheap', 'api', 'spill-saturated'), to('cheap', 'api', 'spill-saturated'), to('dear', 'api', 'spill-saturated'), to('dear', 'api', 'spill-saturated')])
  })

  it('takes the less loaded of two that cost the same', () => {
    const policy = policyOf({ pools: [tokens({ id: 'x' }), tokens({ id: 'y' })] })
    expect(new Set(fill(policy, 2).map((decision) => decision.kind === 'dispatch' && decision.pool))).toEqual(new Set(['x', 'y']))
  })

  it('ends with hysteresis: an endpoint that was full takes calls again below 75 %', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens()] })
    fill(policy, 4)
    policy.decide(call(), 1)
    finish(policy, 1, 2)
    expect(policy.decide(call(), 3).reason).toBe('spill-saturated')
    policy.observe({ type: 'finished', callId: 'f0-1', at: 4, outputTokens: 1 })
    expect(policy.decide(call(), 5).reason).toBe('floor')
  })

  it('begins when the KV cache or the queue of every engine is full', () => {
    const policy = policyOf({ pools: [pool({ capacity: 100 }), tokens()] })
    policy.observe({ type: 'scraped', pool: 'floor', endpoint: 'a', at: 0, metrics: { waiting: 0, running: 3, kvUsage: 0.85 } })
    policy.observe({ type: 'scraped', pool: 'floor', endpoint: 'b', at: 0, metrics: { waiting: 6, running: 3, kvUsage: 0.1 } })
    expect(policy.decide(call(), 1)).toEqual(to('tokens', 'api', 'spill-saturated'))
  })

  it('does not happen where nothing else may serve: the floor takes it beyond its saturation, up to the cap', () => {
    const policy = policyOf({ pools: [pool({ maxInFlight: 10 })] })
    expect(fill(policy, 11).map((decision) => decision.reason)).toEqual([...new Array(8).fill('floor'), 'floor-only', 'floor-only', 'queued'])
  })

  it('crowds the less loaded of two full endpoints, unless the other holds the prefix', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a', 'b'], capacity: 10 })] })
    policy.decide(call({ id: 'x', prefix: [1], failed: ['floor/a'] }), 0)
    policy.observe({ type: 'finished', callId: 'x', at: 0, outputTokens: 1 })
    for (const [endpoint, running] of [['a', 11], ['b', 13]] as const) policy.observe({ type: 'scraped', pool: 'floor', endpoint, at: 1, metrics: { waiting: 0, running, kvUsage: 0.5 } })
    expect(policy.decide(call(), 2)).toEqual(to('floor', 'a', 'floor-only'))
    expect(policy.decide(call({ prefix: [1] }), 2)).toEqual(to('floor', 'b', 'floor-only'))
  })

  it('goes back to the floor when the overflow is full too', () => {
    const policy = policyOf({ pools: [pool(), tokens({ capacity: 1, maxInFlight: 1 })] })
    fill(policy, 9)
    expect(policy.decide(call(), 1).reason).toBe('floor-only')
  })

  it('happens when the floor is down, and for models that it does not serve', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens({ models: ['m', 'n'] })] })
    expect(policy.decide(call({ model: 'n' }), 0)).toEqual(to('tokens', 'api', 'overflow-only'))
    policy.observe({ type: 'health', pool: 'floor', endpoint: 'a', at: 0, up: false })
    expect(policy.decide(call(), 1)).toEqual(to('tokens', 'api', 'spill-down'))
  })
})

/** A policy whose floor has answered eight calls, each with the first token after so many ms. */
function slow(over: Partial<PolicyConfig>, ms: number): Policy {
  const policy = policyOf({ sloTtftMs: 500, pools: [pool({ endpoints: ['a'] }), tokens()], ...over })
  for (let i = 0; i < 8; i++) {
    policy.decide(call({ id: `t${i}` }), 0)
    policy.observe({ type: 'first-token', callId: `t${i}`, at: ms })
    policy.observe({ type: 'finished', callId: `t${i}`, at: ms, outputTokens: 1 })
  }
  return policy
}

describe('the TTFT target', () => {
  it('makes the floor spill when first tokens come too late', () => {
    expect(slow({}, 400).decide(call(), 1000).reason).toBe('floor')
    expect(slow({}, 600).decide(call(), 1000)).toEqual(to('tokens', 'api', 'spill-slo'))
    expect(slow({ sloTtftMs: null }, 600).decide(call(), 1000).reason).toBe('floor')
  })

  it('gives the floor another chance after half a minute', () => {
    expect(slow({}, 600).decide(call(), 31_000).reason).toBe('floor')
  })

  it('does not send a call to where it would wait longer: a pool that sleeps, or one that is full', () => {
    const asleep = slow({ pools: [pool({ endpoints: ['a'] }), serverless()] }, 600)
    asleep.observe({ type: 'health', pool: 'serverless', endpoint: 's', at: 900, up: false })
    expect(asleep.decide(call(), 1000)).toEqual({ ...to('floor', 'a', 'floor'), wake: 'serverless' })
    const full = slow({ pools: [pool({ endpoints: ['a'] }), tokens({ maxInFlight: 0 })] }, 600)
    expect(full.decide(call(), 1000)).toEqual(to('floor', 'a', 'floor'))
  })

  it('takes an endpoint with less to do before it spills', () => {
    const policy = policyOf({ sloTtftMs: 500, pools: [pool({ capacity: 8 }), tokens()] })
    const holder = endpointOf(policy.decide(call({ prefix: [1, 2] }), 0))
    // First tokens at a load of one call are slow; at none they are fast.
    for (let i = 0; i < 12; i++) {
      const at = endpointOf(policy.decide(call({ id: `t${i}`, prefix: [1, 2] }), 0)) === holder ? 900 : 100
      policy.observe({ type: 'first-token', callId: `t${i}`, at })
      policy.observe({ type: 'finished', callId: `t${i}`, at, outputTokens: 1 })
    }
    const decision = policy.decide(call({ prefix: [1, 2] }), 1000)
    expect(decision).toMatchObject({ kind: 'dispatch', pool: 'floor' })
    expect(endpointOf(decision)).not.toBe(holder)
  })
})

describe('hard constraints', () => {
  it('a call with a residency never leaves it, however full its pools are', () => {
    const policy = policyOf({ pools: [pool({ region: 'eu-west-3', maxInFlight: 9 }), tokens({ region: 'us' }), tokens({ id: 'anywhere' })] })
    const decisions = Array.from({ length: 10 }, () => policy.decide(call({ residency: 'eu' }), 0))
    expect(decisions.map(({ reason }) => reason)).toEqual([...new Array(8).fill('floor'), 'floor-only', 'queued'])
    expect(policy.decide(call({ residency: 'apac' }), 0)).toEqual({ kind: 'refuse', reason: 'no-residency', retryAfterMs: null })
  })

  it('a realtime call stays on warm pools: it crowds, waits or is refused', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['a'], maxInFlight: 5 }), serverless(), tokens()] })
    fill(policy, 4)
    expect(policy.decide(call({ priority: 'realtime' }), 0)).toEqual(to('floor', 'a', 'floor-only'))
    expect(policy.decide(call({ priority: 'realtime' }), 0)).toMatchObject({ kind: 'wait', reason: 'queued' })
    policy.observe({ type: 'health', pool: 'floor', endpoint: 'a', at: 1, up: false })
    expect(policyOf({ pools: [tokens()] }).decide(call({ priority: 'realtime' }), 0).reason).toBe('no-realtime')
    const down = policyOf({ pools: [pool({ endpoints: ['a'] }), tokens()] })
    down.observe({ type: 'health', pool: 'floor', endpoint: 'a', at: 1, up: false })
    expect(down.decide(call({ priority: 'realtime' }), 2)).toEqual({ kind: 'refuse', reason: 'no-realtime', retryAfterMs: null })
  })

  it('a model that nobody serves is refused', () => {
    expect(policyOf({}).decide(call({ model: '__proto__' }), 0)).toEqual({ kind: 'refuse', reason: 'no-model', retryAfterMs: null })
  })
})

describe('canaries', () => {
  const pools = [pool({ endpoints: ['old', { id: 'new', canaryShare: 0.3 }], capacity: 2 }), tokens()]
  const sessions = Array.from({ length: 60 }, (_, i) => `s${i}`)
  const inCanary = sessions.find((session) => endpointOf(policyOf({ pools }).decide(call({ session }), 0)) === 'new')!

  it('get their sessions, with the reason, and no others', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['old', { id: 'new', canaryShare: 0.3 }], capacity: 100 })] })
    const decisions = sessions.map((session) => policy.decide(call({ session }), 0))
    expect(new Set(decisions.map((decision) => `${endpointOf(decision)} ${decision.reason}`))).toEqual(new Set(['old floor', 'new canary']))
  })

  it('that are full or down leave their sessions to ordinary endpoints', () => {
    const policy = policyOf({ pools })
    expect(Array.from({ length: 3 }, () => endpointOf(policy.decide(call({ session: inCanary }), 0)))).toEqual(['new', 'new', 'old'])
    const down = policyOf({ pools })
    down.observe({ type: 'health', pool: 'floor', endpoint: 'new', at: 0, up: false })
    expect(down.decide(call({ session: inCanary }), 1)).toEqual(to('floor', 'old', 'floor'))
  })

  it('serve others only when there is nothing else at all', () => {
    const policy = policyOf({ pools: [pool({ endpoints: ['old', { id: 'new', canaryShare: 0 }] })] })
    policy.observe({ type: 'health', pool: 'floor', endpoint: 'old', at: 0, up: false })
    expect(policy.decide(call(), 1)).toEqual(to('floor', 'new', 'canary'))
    const spilling = policyOf({ pools: [pool({ endpoints: ['old', { id: 'new', canaryShare: 0 }] }), tokens()] })
    spilling.observe({ type: 'health', pool: 'floor', endpoint: 'old', at: 0, up: false })
    expect(spilling.decide(call(), 1)).toEqual(to('tokens', 'api', 'spill-down'))
  })
})
