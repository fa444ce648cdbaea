import { describe, expect, it } from 'vitest'
import { checkPolicyConfig } from './check-config.ts'
import { policyConfig, pool } from './testing.ts'
import type { PolicyConfig } from './types.ts'

const base = policyConfig()

describe('checkPolicyConfig', () => {
  it('accepts what makes sense, and no pools at all', () => {
    checkPolicyConfig(base)
    expect(() => checkPolicyConfig({ ...base, pools: [] })).not.toThrow()
  })

  it.each<[string, Partial<PolicyConfig>]>([
    ['pool floor is there twice', { pools: [pool(), pool()] }],
    ['endpoint of pool floor a is there twice', { pools: [pool({ endpoints: ['a', 'a'] })] }],
    ['pool floor has no endpoint', { pools: [pool({ endpoints: [] })] }],
    ['capacity of pool floor is 0', { pools: [pool({ capacity: 0 })] }],
    ['capacity of pool floor is NaN', { pools: [pool({ capacity: Number.NaN })] }],
    ['maxInFlight of pool floor is -1', { pools: [pool({ maxInFlight: -1 })] }],
    ['marginalCost of pool floor is Infinity', { pools: [pool({ marginalCost: Number.POSITIVE_INFINITY })] }],
    ['the canary share of floor/x is 1.5', { pools: [pool({ endpoints: [{ id: 'x', canaryShare: 1.5 }] })] }],
    ['saturation ends at 2 and begins at 1', { saturation: { ...base.saturation, release: 2 } }],
    ['queueThreshold is 0', { saturation: { ...base.saturation, queueThreshold: 0 } }],
    ['queue limit is -1', { queue: { ...base.queue, limit: -1 } }],
    ['prefixEntries is 1.5', { prefixEntries: 1.5 }],
    ['breaker probes is 0', { breaker: { ...base.breaker, probes: 0 } }],
    ['windowMs is 0', { breaker: { ...base.breaker, windowMs: 0 } }],
    ['sloTtftMs is -1', { sloTtftMs: -1 }],
    ['reclaimAfterMs is 0', { reclaimAfterMs: 0 }],
  ])('refuses: %s', (message, over) => {
    expect(() => checkPolicyConfig({ ...base, ...over })).toThrow(expect.objectContaining({ code: 'POLICY_INVALID', message }))
  })
})
