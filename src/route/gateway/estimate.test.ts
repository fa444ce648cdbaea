import { describe, expect, it } from 'vitest'
import { parsedCall } from '../protocols/openai/testing.ts'
import { upperEstimate } from './estimate.ts'
import { meter } from './meter.ts'
import { poolSpecs } from './pool-specs.ts'
import { HOURLY_CARD, pool, TOKENS_CARD } from './testing.ts'

const CALL = { ...parsedCall('chat', { model: 'm', messages: [], max_tokens: 1000 }), promptTokens: 500 }

describe('upperEstimate', () => {
  it('is what the call can cost at most in a pool that bills by token', () => {
    const estimate = upperEstimate([pool('a', [])])(CALL)
    expect(estimate).toBe(2_500_000n)
    const usage = { inputUncached: 500, output: 400, reasoning: 600 }
    expect(estimate).toBe(meter(TOKENS_CARD, 1, CALL, { usage, deltas: 0, characters: 0, finishReason: null, model: null, responseId: null, toolsCalled: [], complete: true, error: null }, 0).cost)
  })

  it('takes the dearest pool and the dearest tier', () => {
    const tiered = { ...TOKENS_CARD, tiers: [{ promptTokensAbove: 100, perMillion: { output: 10_000_000_000n } }], perCall: 7n }
    expect(upperEstimate([pool('a', []), pool('b', [], { card: tiered })])(CALL)).toBe(500_000n + 10_000_000n + 7n)
  })

  it('reckons with slow tokens on a replica alone, where time is paid', () => {
    // 1000 tokens of 50 ms at a microdollar a millisecond.
    expect(upperEstimate([pool('a', [], { card: HOURLY_CARD })])(CALL)).toBe(50_000_000n)
  })
})

describe('poolSpecs', () => {
  it('tells the policy what one more call would cost', () => {
    const specs = poolSpecs([pool('floor', ['http://a'], { kind: 'dedicated', card: HOURLY_CARD }), pool('burst', ['http://b'], { kind: 'serverless', card: HOURLY_CARD, capacity: 10 }), pool('api', ['http://c'], { region: 'eu' })])
    expect(specs.map(({ id, marginalCost }) => [id, marginalCost])).toEqual([['floor', 0], ['burst', 211 * 50 * 1000 / 10], ['api', 1155 * 1000 + 211 * 2000]])
    // The platform starts more behind the address: only a cap of the pool makes it full.
    expect(specs[1]!.capacity).toBeGreaterThanOrEqual(1_000_000)
    expect(poolSpecs([pool('burst', ['http://b'], { kind: 'serverless', card: HOURLY_CARD, capacity: 10, maxInFlight: 40 })])[0]!.capacity).toBe(40)
    expect(specs[2]).toMatchObject({ kind: 'tokens', region: 'eu', models: ['m'], endpoints: [{ id: 'e0', canaryShare: null }], capacity: 8, alwaysWarm: true })
  })
})
