import type { LatencyModel } from './latency-model.ts'
import { prefillOf, tpotOf, ttftOf } from './terms.ts'

const BAND = { mean: 0.1, median: 0.05, p90: 0.2, points: 100 }

/** A latency model for tests that is exactly its terms: TPOT 10 ms + 0.1 ms a request and so on. */
export function lineLatency(changes: Partial<Pick<LatencyModel, 'maxMeasuredBatch' | 'terms'>> = {}): LatencyModel {
  const terms = changes.terms ?? { decode: { fixed: 0.01, running: 1e-4, context: 2e-8, stall: 3e-5 }, prefill: { fixed: 0.02, token: 4e-5, tokenSquared: 1e-9, running: 1e-3, queue: 5e-6 } }
  return {
    model: 'm-7b',
    gpu: 'x100-80gb',
    gpus: 1,
    precision: 'bf16',
    basis: 'measured',
    error: { tpot: BAND, ttft: BAND },
    origin: { source: 'test', asOf: '2026-11-24', points: 100, note: 'test' },
    tpotSeconds: (running, input, output, cached = 0) => tpotOf(terms.decode, running, input, output, input - cached),
    prefillSeconds: (uncached) => prefillOf(terms.prefill, uncached),
    ttftSeconds: (running, input, cached) => ttftOf(terms.prefill, running, input - cached),
    maxMeasuredBatch: changes.maxMeasuredBatch ?? 128,
    terms,
  }
}
