import type { CallRecord } from '../../core/call.ts'
import { callOf } from '../../core/testing.ts'
import { TenantKeys } from './tenant-keys.ts'

export const KEYS = new TenantKeys(Buffer.alloc(32, 3))

export function callRecord(parts: Partial<CallRecord> = {}): CallRecord {
  return callOf({
    id: 'call_1',
    tenant: 'acme',
    keyId: 'key_1',
    modelServed: 'meta-llama/Llama-3.1-8B-Instruct',
    attribution: { user: 'maria@example.com', feature: 'search', session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} },
    residency: 'eu',
    pool: 'spill',
    endpoint: '10.0.0.5:8000',
    reason: 'floor-saturated',
    attempts: [
      { pool: 'floor', endpoint: '10.0.0.4:8000', reason: 'floor', startedAt: Date.parse('2026-11-25T08:00:00.000Z'), durationMs: 20, status: 503, error: 'unavailable' },
      { pool: 'spill', endpoint: '10.0.0.5:8000', reason: 'floor-saturated', startedAt: Date.parse('2026-11-25T08:00:00.020Z'), durationMs: 1180, status: 200, error: null },
    ],
    ttftMs: 84.5,
    tpotMs: 11.2,
    usage: { inputUncached: 812, cacheRead: 343, output: 156 },
    cost: { nanoUsd: '43210', status: 'complete', missing: [], priceVersion: 'example@2026-11-09' },
    requestBytes: 4620,
    responseBytes: 18_233,
    fingerprint: '9f86d081884c7d65',
    configVersion: 'bad78e649715',
    ...parts,
  })
}
