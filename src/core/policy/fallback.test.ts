import { describe, expect, it } from 'vitest'
import { fallbackDecision } from './fallback.ts'
import { call, policyConfig, pool, tokens } from './testing.ts'

const config = policyConfig({ pools: [pool({ region: 'eu-central-1' }), tokens()] })
const sent = (pool: string, endpoint: string): object => ({ kind: 'dispatch', pool, endpoint, reason: 'fallback' })

describe('fallbackDecision', () => {
  it('takes the first pool, and spreads over its endpoints', () => {
    const decisions = Array.from({ length: 40 }, () => JSON.stringify(fallbackDecision(config, call())))
    expect(new Set(decisions)).toEqual(new Set([JSON.stringify(sent('floor', 'a')), JSON.stringify(sent('floor', 'b'))]))
  })

  it('goes on in order after failures, and ends', () => {
    expect(fallbackDecision(config, call({ failed: ['floor/a'] }))).toEqual(sent('floor', 'b'))
    expect(fallbackDecision(config, call({ failed: ['floor/a', 'floor/b'] }))).toEqual(sent('tokens', 'api'))
    expect(fallbackDecision(config, call({ failed: ['floor/a', 'floor/b', 'tokens/api'] }))).toEqual({ kind: 'refuse', reason: 'all-down', retryAfterMs: null })
  })

  it('keeps the hard constraints', () => {
    const residency = call({ residency: 'eu', failed: ['floor/a', 'floor/b'] })
    expect(fallbackDecision(config, residency)).toMatchObject({ kind: 'refuse', reason: 'all-down' })
    expect(fallbackDecision(config, call({ residency: 'us' }))).toMatchObject({ kind: 'refuse', reason: 'no-residency' })
    expect(fallbackDecision(config, call({ model: 'x' }))).toMatchObject({ kind: 'refuse', reason: 'no-model' })
    expect(fallbackDecision(config, call({ priority: 'realtime', failed: ['floor/a', 'floor/b'] }))).toMatchObject({ kind: 'refuse' })
  })

  it('leaves canaries alone unless there is nothing else', () => {
    const [canary, ordinary] = [{ id: 'new', canaryShare: 0.5 }, 'old']
    const both = policyConfig({ pools: [pool({ endpoints: [canary, ordinary] })] })
    expect(new Set(Array.from({ length: 20 }, () => JSON.stringify(fallbackDecision(both, call()))))).toEqual(new Set([JSON.stringify(sent('floor', 'old'))]))
    expect(fallbackDecision(policyConfig({ pools: [pool({ endpoints: [canary] })] }), call())).toEqual(sent('floor', 'new'))
  })
})
