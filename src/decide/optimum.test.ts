import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../core/errors.ts'
import { levelFills } from './demand.ts'
import { bestCount, fixedCosts, levelCosts } from './optimum.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'

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
        for (const [c, usd] of costs.entries()) expect(usd).toBeCloseTo(all[c]!, 9)
        expect(costs[bestCount(costs)]!).toBeCloseTo(Math.min(...all), 9)
      }),
    )
  })

  it('is exhaustive also where the serverless bill is curved, changes of it cost, and owning anything costs operations', () => {
    fc.assert(
      fc.property(trace, ratio, fc.double({ min: 0, max: 20, noNaN: true }), (values, p, ops) => {
        const market = curvedMarket(p)
        const { billed, riseSeconds, fallSeconds } = market.serverless!.overflow
        const bill = (c: number): number => {
          const live = values.map((d) => billed(Math.max(0, d - c)))
          const changes = live.map((now, t) => now - live.at(t - 1)!)
          const seconds = live.reduce((sum, now) => sum + now * 600, 0) + changes.reduce((sum, change) => sum + (change > 0 ? change * riseSeconds : -change * fallSeconds), 0)
          return (p * c * values.length) / 6 + seconds / 3600 + (c > 0 ? ops : 0)
        }
        const all = Array.from({ length: Math.ceil(Math.max(...values)) + 1 }, (_, c) => bill(c))
        const best = bestCount(fixedCosts(demandOf(values), market), ops)
        expect(all[best]!).toBeCloseTo(Math.min(...all), 9)
      }),
    )
  })

  it('owns level l exactly when its mean fill reaches p/s, which neither the time it is touched nor a quantile says', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        const demand = demandOf(values)
        const best = bestCount(fixedCosts(demand, bareMarket(p)))
        const fills = Array.from(levelFills(demand.replicas))
        expect(best).toBeGreaterThanOrEqual(fills.filter((fill) => fill > p + 1e-9).length)
        expect(best).toBeLessThanOrEqual(fills.filter((fill) => fill >= p - 1e-9).length)
      }),
    )
  })

  it('the level is bought on its mean fill: touched 60 % of the time but filled 30 %, it stays serverless at p/s = 0.5', () => {
    const values = [0.5, 0.5, 0.5, 0, 0]
    expect(levelFills(Float64Array.from(values))[0]).toBeCloseTo(0.3, 12)
    expect(bestCount(fixedCosts(demandOf(values), bareMarket(0.5)))).toBe(0)
  })

  it('of counts that cost the same takes the smallest, which is the least to run', () => {
    expect(bestCount(Float64Array.of(3, 2, 2, 4))).toBe(1)
    expect(bestCount(Float64Array.of(2, 2))).toBe(0)
  })

  it('operations count once for any owned replica', () => {
    const costs = fixedCosts(demandOf([1, 1, 1, 1]), bareMarket(0.9))
    expect(bestCount(costs)).toBe(1)
    expect(bestCount(costs, 0.1)).toBe(0)
  })

  it('keeps to the counts that a serverless cap allows', () => {
    const costs = fixedCosts(demandOf([5, 0, 0, 0]), bareMarket(0.9))
    expect(bestCount(costs)).toBe(0)
    expect(bestCount(costs, 0, 3)).toBe(3)
  })

  it('without serverless only the count that covers the peak serves', () => {
    const costs = fixedCosts(demandOf([1, 2.5, 0]), { ...bareMarket(2), serverless: null })
    expect(Array.from(costs)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, expect.closeTo(3, 12)])
  })

  it('without demand owns nothing', () => {
    expect(Array.from(fixedCosts(demandOf([0, 0]), bareMarket(0.5)))).toEqual([0])
  })

  it('refuses what would take minutes', () => {
    expect(() => fixedCosts(demandOf([3e8, 0]), bareMarket(0.5))).toThrow(SpillwayError)
    expect(() => fixedCosts(demandOf([3e8, 0]), bareMarket(0.5))).toThrow(/300000000 replicas in 2 bins/u)
  })
})

describe('levelCosts', () => {
  it('adds up to the difference between all-serverless and all-dedicated', () => {
    const values = [0.5, 3.2, 7.9, 2]
    const market = bareMarket(0.6)
    const costs = fixedCosts(demandOf(values), market)
    const levels = levelCosts(demandOf(values), market, costs)
    expect(levels.reduce((sum, level) => sum + level.serverlessUsd! - level.dedicatedUsd, 0)).toBeCloseTo(costs[0]! - costs[8]!, 9)
    for (const level of levels) expect(level.serverlessUsd).toBeCloseTo((level.meanFill * 4) / 6, 9)
  })

  it('knows no serverless price where there is none', () => {
    const market = { ...bareMarket(0.6), serverless: null }
    const demand = demandOf([2, 1])
    expect(levelCosts(demand, market, fixedCosts(demand, market)).map(({ serverlessUsd }) => serverlessUsd)).toEqual([null, null])
  })
})
