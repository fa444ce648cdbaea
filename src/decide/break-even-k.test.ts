import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breakEvenUtilization } from '../core/break-even.ts'
import { billedPerUseful, breakEvenFill, headlineBreakEven, overheadOf } from './break-even-k.ts'
import { linearOverflow, NO_OFFER_PER_HOUR } from './market.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const kOf = (e: number, k: number): number =>
  billedPerUseful(demandOf([3, 1]), { ...bareMarket(0.6), serverless: { perSecond: 1, overflow: linearOverflow(e, k), replicaCap: null } }, 1)

describe('billedPerUseful', () => {
  it('is 1 with bare prices, whatever the throughput ratio, and k where k was given', () => {
    expect(kOf(1, 1)).toBe(1)
    expect(kOf(0.5, 1)).toBe(1)
    expect(kOf(2, 1.7)).toBeCloseTo(1.7, 12)
  })

  it('is the ratio of the breakdown: all billed seconds over the needed ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 2, maxLength: 40 }),
        fc.double({ min: 0.4, max: 2, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        (values, e, count) => {
          const market = curvedMarket(0.6, { e })
          const usage = monthlyUsage(demandOf(values), market, count, null)
          fc.pre(usage.overflow > 1)
          const billed = usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding
          expect(billedPerUseful(demandOf(values), market, count)).toBeCloseTo(billed / (usage.overflow * e), 6)
        },
      ),
    )
  })

  it('looks at the whole demand where nothing overflows, and is 1 where there is none', () => {
    const market = curvedMarket(0.6)
    expect(billedPerUseful(demandOf([2, 1]), market, 5)).toBe(billedPerUseful(demandOf([2, 1]), market, 0))
    expect(billedPerUseful(demandOf([0, 0]), market, 5)).toBe(1)
    expect(billedPerUseful(demandOf([2, 1]), { ...market, serverless: null }, 1)).toBe(1)
  })
})

describe('headlineBreakEven', () => {
  it('is the formula of the break-even command: u* = (p/s)(1 + h) / (k e)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 4000, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        (p, k, e, ops, count) => {
          const market = {
            ...bareMarket(p),
            opsMonthly: { dedicated: ops, serverless: 0 },
            serverless: { perSecond: 1 / 3600, overflow: linearOverflow(e, k), replicaCap: null },
          }
          const h = ops / (Math.max(1, count) * p * 730)
          const result = headlineBreakEven(market, count, k)
          expect(result).toEqual({
            utilization: expect.closeTo(breakEvenUtilization({ dedicatedPerHour: p, serverlessPerSecond: 1 / 3600, overheadShare: h, k, throughputRatio: e }), 9),
            k,
            throughputRatio: e,
            overheadShare: expect.closeTo(h, 9),
          })
          expect(breakEvenFill(market, p, k) * (1 + overheadOf(market, count))).toBeCloseTo(result.utilization!, 9)
        },
      ),
    )
  })

  it('is unknown without an offer to compare', () => {
    expect(headlineBreakEven({ ...bareMarket(0.6), serverless: null }, 2, 1).utilization).toBeNull()
    expect(headlineBreakEven({ ...bareMarket(0.6), basePerHour: NO_OFFER_PER_HOUR }, 0, 1).utilization).toBeNull()
    expect(breakEvenFill({ ...bareMarket(0.6), serverless: null }, 0.6, 1)).toBe(0)
  })
})
