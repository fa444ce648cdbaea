import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codedError } from '../catalog/testing.ts'
import type { TrafficBins } from '../traffic.ts'
import { operatingPoint } from './operating-point.ts'
import { replicaDemand, replicaWork, workOf } from './replica-work.ts'
import { lineLatency } from './testing.ts'

const fit = { fits: true, weightsGb: 14, kvTokens: 1e9, why: 'test' }
const shape = { input: 1000, cached: 200, output: 300 }
const latency = lineLatency()
const point = operatingPoint(latency, fit, shape, { ttftSeconds: 1, tpotSeconds: 0.03 })
const work = replicaWork(latency, point)

interface Request {
  readonly input: number
  readonly cached: number
  readonly output: number
}

function binsOf(bins: readonly (readonly Request[])[]): TrafficBins {
  const sums = (of: (request: Request) => number): Float64Array => Float64Array.from(bins, (requests) => requests.reduce((sum, one) => sum + of(one), 0))
  return {
    startMs: null,
    binSeconds: 60,
    requests: sums(() => 1),
    possibleGap: new Uint8Array(bins.length),
    tokens: { input: sums((r) => r.input), cached: sums((r) => r.cached), uncachedSquared: sums((r) => (r.input - r.cached) ** 2), output: sums((r) => r.output), outputSquared: sums((r) => r.output ** 2), inputOutput: sums((r) => r.input * r.output) },
  }
}

describe('replicaWork', () => {
  it('says that a full replica is one replica', () => {
    expect(workOf(work, shape.input, shape.cached, shape.output) * point.requestsPerSecond).toBeCloseTo(1, 12)
  })

  it('keeps that at any operating point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8000 }), fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 64 }), (input, output, share, maxMeasuredBatch) => {
        const one = { input, cached: Math.floor(input * share * 0.99), output }
        const model = lineLatency({ maxMeasuredBatch })
        const at = operatingPoint(model, fit, one, { ttftSeconds: null, tpotSeconds: null })
        expect(workOf(replicaWork(model, at), one.input, one.cached, one.output) * at.requestsPerSecond).toBeCloseTo(1, 9)
      }),
    )
  })

  it('follows the measured speed where that leaves the line', () => {
    const slower = replicaWork(latency, { ...point, tpotSeconds: point.tpotSeconds * 2 })
    expect(slower.perOutput).toBeCloseTo(work.perOutput * 2, 12)
    expect(slower.perUncachedSquared).toBe(work.perUncachedSquared)
  })

  it('costs less with a prefix cache', () => {
    expect(workOf(work, 1000, 800, 300)).toBeLessThan(workOf(work, 1000, 0, 300))
  })

  it('has no negative part', () => {
    expect(Object.values(work).every((value: number) => value >= 0)).toBe(true)
  })

  it('costs prefill once: at a large batch one more prompt token costs the stall and its place in the queue', () => {
    expect(work.perUncached).toBeCloseTo(latency.terms.prefill.token / point.batch + latency.terms.prefill.queue + latency.terms.decode.stall * (299 / 300), 12)
  })
})

describe('replicaDemand', () => {
  it('is the work of each request, summed, over the length of the bin', () => {
    const request = fc.integer({ min: 1, max: 5000 }).chain((input) => fc.record({ input: fc.constant(input), cached: fc.integer({ min: 0, max: input }), output: fc.integer({ min: 0, max: 3000 }) }))
    fc.assert(
      fc.property(fc.array(fc.array(request, { maxLength: 6 }), { minLength: 1, maxLength: 5 }), (bins) => {
        const demand = replicaDemand(binsOf(bins), work)
        for (const [t, requests] of bins.entries()) expect(demand[t]).toBeCloseTo(requests.reduce((sum, r) => sum + workOf(work, r.input, r.cached, r.output), 0) / 60, 9)
      }),
    )
  })

  it('refuses traffic without tokens', () => {
    expect(codedError(() => replicaDemand({ ...binsOf([[]]), tokens: null }, work))?.code).toBe('TRAFFIC_COLUMN_MISSING')
  })
})
