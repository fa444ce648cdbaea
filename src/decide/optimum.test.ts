import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { levelFills } from './demand.ts'
import { bestCount, fixedBound, fixedCosts, levelCosts, workBound } from './optimum.ts'
import { bareMarket, demandOf } from './testing.ts'

const trace = fc.array(fc.oneof(fc.double({ min: 0, max: 12, noNaN: true }), fc.integer({ min: 0, max: 12 }), fc.constant(0)), { minLength: 2, maxLength: 60 })
const ratio = fc.double({ min: 0.05, max: 1.5, noNaN: true })

/** The closed form, written out: p c T + s sum (d - c)+ with s = 1 USD an hour. */
const closedForm = (demand: readonly number[], p: number, c: number): number => demand.reduce((sum, d) => sum + (p * c + Math.max(0, d - c)) / 6, 0)

describe('the fixed-count optimum', () => {
  it('equals the exhaustive minimum of the closed form, 0 and the peak included', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        const costs = fixedCosts(demandOf(values), bareMarket(p))
        const all = Array.from({ length: Math.ceil(Math.max(...values)) + 1 }, (_, c) => closedForm(values, p, c))
        expect(costs.length).toBe(all.length)
        expect(costs[bestCount(costs)]!).toBeCloseTo(Math.min(...all), 9)
      }),
    )
  })

  it('owns level l exactly when its mean fill reaches p/s, which neither the time it is touched nor a quantile says', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        const demand = demandOf(values)
        const market = bareMarket(p)
        const best = bestCount(fixedCosts(demand, market))
        const fills = Array.from(levelFills(demand.replicas))
        expect(best).toBeGreaterThanOrEqual(fills.filter((fill) => fill > p + 1e-9).length)
        expect(best).toBeLessThanOrEqual(fills.filter((fill) => fill >= p - 1e-9).length)
      }),
    )
  })

  it('the level is bought on its mean fill: touched 60 % of the time but filled 30 %, it stays serverless at p/s = 0.5', () => {
    const values = [0.5, 0.5, 0.5, 0, 0]
    const costs = fixedCosts(demandOf(values), bareMarket(0.5))
    expect(levelFills(Float64Array.from(values))[0]).toBeCloseTo(0.3, 12)
    expect(bestCount(costs)).toBe(0)
  })

  it('operations count once for any owned replica', () => {
    const costs = fixedCosts(demandOf([1, 1, 1, 1]), bareMarket(0.9))
    expect(bestCount(costs)).toBe(1)
    expect(bestCount(costs, 0.1)).toBe(0)
  })
})

describe('the bounds', () => {
  it('the fractional bound is the minimum over real counts, so no whole count is below it', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        const bound = fixedBound(demandOf(values), p, 1 / 3600)
        // The minimum of a piecewise linear convex function is at a corner: 0 or one of the demands.
        const corners = [0, ...values].map((c) => closedForm(values, p, c))
        expect(bound).toBeCloseTo(Math.min(...corners), 9)
        expect(bound).toBeLessThanOrEqual(Math.min(...fixedCosts(demandOf(values), bareMarket(p))) + 1e-9)
      }),
    )
  })

  it('the work bound is below the fractional bound, and tight where demand is flat', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        expect(workBound(demandOf(values), p, 1 / 3600)).toBeLessThanOrEqual(fixedBound(demandOf(values), p, 1 / 3600) + 1e-9)
      }),
    )
    expect(workBound(demandOf([3, 3, 3]), 0.5, 1 / 3600)).toBeCloseTo(Math.min(...fixedCosts(demandOf([3, 3, 3]), bareMarket(0.5))), 12)
  })

  it('without serverless every plan covers the peak', () => {
    expect(fixedBound(demandOf([1, 2.5, 0]), 2, null)).toBeCloseTo(2.5 * 2 * 0.5, 12)
    const costs = fixedCosts(demandOf([1, 2.5, 0]), { ...bareMarket(2), serverless: null })
    expect(Array.from(costs)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, expect.closeTo(3, 12)])
  })
})

describe('levelFills', () => {
  it('is the definition, summed another way', () => {
    fc.assert(
      fc.property(trace, (values) => {
        const fills = levelFills(Float64Array.from(values))
        fills.forEach((fill, index) => {
          const mean = values.reduce((sum, d) => sum + Math.min(1, Math.max(0, d - index)), 0) / values.length
          expect(fill).toBeCloseTo(mean, 9)
        })
        expect(fills.reduce((sum, fill) => sum + fill, 0)).toBeCloseTo(values.reduce((sum, d) => sum + d, 0) / values.length, 6)
      }),
    )
  })

  it('the marginal table adds up to the difference between all-serverless and all-dedicated', () => {
    const values = [0.5, 3.2, 7.9, 2]
    const market = bareMarket(0.6)
    const costs = fixedCosts(demandOf(values), market)
    const levels = levelCosts(demandOf(values), market, costs)
    expect(levels.reduce((sum, level) => sum + level.serverlessUsd - level.dedicatedUsd, 0)).toBeCloseTo(costs[0]! - costs[8]!, 9)
    for (const level of levels) expect(level.serverlessUsd).toBeCloseTo((level.meanFill * 4) / 6, 9)
  })
})
