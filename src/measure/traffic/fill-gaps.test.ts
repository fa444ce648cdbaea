import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TrafficBins } from '../../core/traffic.ts'
import { fillGaps } from './fill-gaps.ts'

/** Six-hour bins: four a day. */
function bins(requests: readonly number[], gaps: readonly number[]): TrafficBins {
  const possibleGap = new Uint8Array(requests.length)
  for (const t of gaps) possibleGap[t] = 1
  return { startMs: null, binSeconds: 21_600, requests: Float64Array.from(requests), tokens: null, possibleGap }
}

describe('fillGaps', () => {
  it('takes the same time on other days', () => {
    const filled = fillGaps(bins([1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 12], [5]))
    expect(Array.from(filled.requests)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(Array.from(filled.possibleGap)).toEqual(Array.from({ length: 12 }, () => 0))
  })

  it('takes the mean of all where every day stopped at that time', () => {
    expect(Array.from(fillGaps(bins([1, 0, 3, 5, 1, 0, 3, 5], [1, 5])).requests)).toEqual([1, 3, 3, 5, 1, 3, 3, 5])
  })

  it('fills tokens and work in proportion', () => {
    const half = new Float64Array([5, 0, 5, 5])
    const one = { ...bins([10, 0, 10, 10], [1]), tokens: { input: half, cached: half, uncachedSquared: half, output: half, outputSquared: half, inputOutput: half }, work: { gpuSeconds: half, egressMb: null } }
    const { tokens, work } = fillGaps(one)
    expect(Object.values(tokens!).map((values: Float64Array) => values[1])).toEqual([5, 5, 5, 5, 5, 5])
    expect([work!.gpuSeconds![1], work!.egressMb]).toEqual([5, null])
  })

  it('touches nothing else, and never fills outside what was seen', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 40 }), (rows) => {
        const gaps = rows.flatMap(([, gap], t) => (gap ? [t] : []))
        const seen = rows.flatMap(([value, gap]) => (gap ? [] : [value]))
        const { requests } = fillGaps(bins(rows.map(([value]) => value), gaps))
        expect(rows.flatMap(([, gap], t) => (gap ? [] : [requests[t]]))).toEqual(seen)
        expect(Math.max(...requests)).toBeLessThanOrEqual(Math.max(0, ...seen) * (1 + 1e-12))
      }),
    )
  })
})
