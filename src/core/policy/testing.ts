import type { PolicyCall, PolicyConfig, PoolSpec } from './types.ts'

/** Builders for tests: everything has a value, name only what the test is about. */
export function pool(over: Partial<Omit<PoolSpec, 'endpoints'>> & { readonly endpoints?: readonly (string | PoolSpec['endpoints'][number])[] } = {}): PoolSpec {
  const { endpoints = ['a', 'b'], ...rest } = over
  return {
    id: 'floor', kind: 'dedicated', region: null, models: ['m'], capacity: 4, maxInFlight: null, marginalCost: 0, coldStartSeconds: 0, alwaysWarm: true, ...rest,
    endpoints: endpoints.map((endpoint) => (typeof endpoint === 'string' ? { id: endpoint, canaryShare: null } : endpoint)),
  }
}

export function tokens(over: Parameters<typeof pool>[0] = {}): PoolSpec {
  return pool({ id: 'tokens', kind: 'tokens', endpoints: ['api'], capacity: 100, marginalCost: 1000, alwaysWarm: false, ...over })
}

export function serverless(over: Parameters<typeof pool>[0] = {}): PoolSpec {
  return pool({ id: 'serverless', kind: 'serverless', endpoints: ['s'], capacity: 4, marginalCost: 500, coldStartSeconds: 10, alwaysWarm: false, ...over })
}

export function policyConfig(over: Partial<PolicyConfig> = {}): PolicyConfig {
  return {
    pools: [pool()],
    sloTtftMs: null,
    weights: { prefix: 3, queue: 5, kv: 2 },
    saturation: { enter: 1, release: 0.75, queueThreshold: 5, kvThreshold: 0.8 },
    queue: { limit: 8, maxWaitMs: 1000 },
    staleAfterMs: 2000,
    breaker: { failureShare: 0.5, minimum: 10, consecutive: 3, windowMs: 10_000, openMs: 1000, maxOpenMs: 8000, probes: 1 },
    prefixEntries: 1000,
    seed: 1,
    ...over,
  }
}

let calls = 0

/** A call with an id of its own. */
export function call(over: Partial<PolicyCall> = {}): PolicyCall {
  return { id: `call-${calls++}`, model: 'm', promptTokens: 100, maxOutputTokens: 100, prefix: [], priority: 'standard', residency: null, session: null, keyId: 'key', deadline: null, failed: [], ...over }
}
