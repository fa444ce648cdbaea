import type { Observation } from '../../core/observation.ts'
import type { PriceCall } from './price/price-call.ts'
import { createIngest, type Ingest } from './ingest.ts'
import { NOW } from './protobuf/testing.ts'

/** One nano-USD a token, for every model but `unknown`. */
export const FLAT_PRICE: PriceCall = ({ model, usage }) =>
  model === null || model === 'unknown' ? { nanoUsd: '0', status: 'unknown', missing: [], priceVersion: 'none' } : { nanoUsd: String(Object.values(usage).reduce((a, b) => a + b, 0)), status: 'complete', missing: [], priceVersion: 'flat' }

export function ingestWith(options: Partial<Parameters<typeof createIngest>[0]> = {}): Ingest {
  return createIngest({ price: FLAT_PRICE, ...options })
}

/** An observation with nothing said but what is given. */
export function observation(parts: Partial<Observation>): Observation {
  return {
    tenant: 'acme', id: 't:s', source: 'otlp', kind: 'inference', name: '', spanId: 's', responseId: null, startedAt: NOW, durationMs: 0, provider: null, modelAsked: null, modelServed: null, streamed: null,
    attribution: { user: null, feature: null, session: null, prompt: null, promptVersion: null, traceId: 't', parentSpanId: null, tags: {} },
    keyId: null, pool: null, endpoint: null, reason: null, queuedMs: null, ttftMs: null, tpotMs: null, outcome: 'ok', status: null, errorCode: null, finishReason: null,
    usage: { inputUncached: 1, output: 1 }, usageSource: 'reported', rawUsage: {}, cost: { nanoUsd: '2', status: 'complete', missing: [], priceVersion: 'flat' }, billable: true,
    attempts: 0, clientRetry: null, fingerprint: null, requestBytes: null, responseBytes: null, tool: null, segments: [], toolsDeclared: [], toolsCalled: [],
    ...parts,
  }
}

/** A step of trace `t` under `parent`. */
export function step(spanId: string, parent: string | null, parts: Partial<Observation> = {}, said: Partial<Observation['attribution']> = {}): Observation {
  const base = observation({})
  return observation({ id: `t:${spanId}`, spanId, ...parts, attribution: { ...base.attribution, parentSpanId: parent, ...said } })
}
