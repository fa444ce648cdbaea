import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { elasticFloor } from '../core/policy/elastic-floor.ts'
import { elasticCounts, payingLevels, rentedAbove } from './elastic.ts'
import { bareMarket } from './testing.ts'

describe('elasticCounts', () => {
  it('is what the gateway would do: the policy itself, fed bin by bin', () => {
    const demand = fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(demand, fc.integer({ min: 0, max: 12 }), fc.double({ min: 0.1, max: 1, noNaN: true }), fc.integer({ min: 0, max: 7200 }), (values, base, breakEven, notice) => {
        const market = { ...bareMarket(0.6), noticeSeconds: notice }
        const peak = Math.ceil(Math.max(...values))
        const policy = elasticFloor({ base, breakEven, termTicks: 6, noticeTicks: Math.ceil(notice / 600), windowTicks: 3, limit: Math.max(0, peak - base) })
        const expected = values.map((_, t) => policy.step(t === 0 ? undefined : values[t - 1]))
        expect(Array.from(elasticCounts(Float64Array.from(values), 600, market, base, breakEven))).toEqual(expected)
      }),
    )
  })

  it('knows nothing before the first bin', () => {
    expect(Array.from(payingLevels(Float64Array.of(5, 5, 5), 600, bareMarket(0.6), 0.6))).toEqual([0, 5, 5])
  })

  it('rents nothing above a base that covers what pays', () => {
    expect(Array.from(rentedAbove(Int32Array.of(0, 5, 5), 600, bareMarket(0.6), 5))).toEqual([0, 0, 0])
  })

  it('rounds terms up to whole bins: an hour in bins of 45 minutes is two of them', () => {
    expect(Array.from(rentedAbove(Int32Array.of(1, 0, 0), 2700, bareMarket(0.6), 0))).toEqual([1, 1, 0])
  })
})
