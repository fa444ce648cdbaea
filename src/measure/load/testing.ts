import type { CallRecord } from '../../core/call.ts'
import { callOf } from '../../core/testing.ts'

/** A call that says all of itself; give what matters to the test. */
export function aCall(parts: Partial<CallRecord> = {}): CallRecord {
  return callOf({
    modelServed: 'meta-llama/Llama-3.1-8B-Instruct',
    attribution: { user: 'ann', feature: 'support', session: 's', prompt: 'greeting', promptVersion: '7', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7', tags: { team: 'core' } },
    residency: 'eu',
    endpoint: '10.0.0.5:8000',
    reason: 'floor-prefix',
    attempts: [{ pool: 'floor', endpoint: '10.0.0.5:8000', reason: 'floor-prefix', startedAt: 0, durationMs: 1200, status: 200, error: null }],
    arrivedAt: 1_795_593_600_000.5,
    queuedMs: 1,
    totalMs: 1200.25,
    cost: { nanoUsd: '1500000', status: 'complete', missing: [], priceVersion: 'x@2026-11-01' },
    fingerprint: '9f86d081884c7d65',
    ...parts,
  })
}
