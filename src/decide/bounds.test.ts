import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixedBound, leastServerless, scheduleBound, serverlessBound } from './bounds.ts'
import { levelFills } from './demand.ts'
import { fixedCosts } from './optimum.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'

const trace = fc.array(fc.oneof(fc.double({ min: 0, max: 12, noNaN: true }), fc.integer({ min: 0, max: 12 }), fc.constant(0)), { minLength: 2, maxLength: 60 })
const ratio = fc.double({ min: 0.05, max: 1.5, noNaN: true })
const bare = bareMarket(1).serverless!
const leastBare = (values: readonly number[]): Float64Array => leastServerless(demandOf(values), bare)

/** p c T + sum (d - c)+ at s = 1 USD an hour, for any real c. */
const closedForm = (demand: readonly number[], p: number, c: number): number => demand.reduce((sum, d) => sum + (p * c + Math.max(0, d - c)) / 6, 0)

describe('fixedBound', () => {
  it('is the minimum over real counts, which lies at 0 or at one of the demands', () => {
    fc.assert(
      fc.property(trace, ratio, (values, p) => {
        const bound = fixedBound(demandOf(values), p, leastBare(values))
        expect(bound).toBeCloseTo(Math.min(...[0, ...values].map((c) => closedForm(values, p, c))), 9)
        expect(bound).toBeLessThanOrEqual(Math.min(...fixedCosts(demandOf(values), bareMarket(p))) + 1e-9)
      }),
    )
  })

  it('stays below every count where serverless bills more than the work', () => {
    fc.assert(
      fc.property(trace, ratio, fc.double({ min: 0.3, max: 2, noNaN: true }), (values, p, e) => {
        const market = curvedMarket(p, { e })
        const bound = fixedBound(demandOf(values), p, leastServerless(demandOf(values), market.serverless!))
        expect(bound).toBeLessThanOrEqual(Math.min(...fixedCosts(demandOf(values), market)) + 1e-9)
      }),
    )
  })

  it('without serverless is the rent of the peak', () => {
    expect(fixedBound(demandOf([1, 2.5, 0]), 2, null)).toBeCloseTo(2.5 * 2 * 0.5, 12)
  })

  it('is 0 without demand', () => {
    expect(fixedBound(demandOf([0, 0]), 2, leastBare([0, 0]))).toBe(0)
  })
})

describe('leastServerless', () => {
  it('is the price where prices are bare, and more where the pool has overhead', () => {
    expect(leastBare([0.5, 3])[0]! * 3600).toBeCloseTo(1, 12)
    const least = leastServerless(demandOf([0.5, 3]), curvedMarket(1).serverless!)
    expect(least[0]!).toBeGreaterThan(least[1]!)
    expect(least[1]! * 3600).toBeGreaterThan(1)
  })

  it('never exceeds what an overflow up to the demand is billed', () => {
    const serverless = curvedMarket(1).serverless!
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 50, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (d, share) => {
        const [least] = leastServerless(demandOf([d]), serverless)
        expect(least! * d * share).toBeLessThanOrEqual(serverless.overflow.billed(d * share) * serverless.perSecond + 1e-12)
      }),
    )
  })
})

describe('serverlessBound', () => {
  it('is the steady bill of every bin', () => {
    const values = [1, 4, 0]
    expect(serverlessBound(demandOf(values), leastBare(values))).toBeCloseTo(5 / 6, 12)
  })
})

describe('scheduleBound', () => {
  it('takes each level in each bin where it is cheapest: 1.5 replicas at p/s = 0.6 own one and leave the half to serverless', () => {
    expect(scheduleBound(demandOf([1.5]), { base: 0.6, elastic: 0.6 }, leastBare([1.5])) * 6).toBeCloseTo(0.6 + 0.5, 12)
  })

  it('owns a level around the clock where that is cheaper than renting by the hour', () => {
    // Full in 3 of 4 bins: by the hour 3 x 0.9, as a base 4 x 0.6.
    expect(scheduleBound(demandOf([1, 1, 1, 0]), { base: 0.6, elastic: 0.9 }, leastBare([1, 1, 1, 0])) * 6).toBeCloseTo(2.4, 12)
  })

  it('is the sum over levels and bins, written out', () => {
    fc.assert(
      fc.property(trace, ratio, fc.double({ min: 1, max: 2, noNaN: true }), (values, p, premium) => {
        const levels = levelFills(Float64Array.from(values)).length
        let usd = 0
        for (let level = 1; level <= levels; level++) {
          const anew = values.reduce((sum, d) => sum + Math.min(p * premium, Math.min(1, Math.max(0, d - (level - 1)))), 0)
          usd += Math.min(p * values.length, anew) / 6
        }
        expect(scheduleBound(demandOf(values), { base: p, elastic: p * premium }, leastBare(values))).toBeCloseTo(usd, 9)
      }),
    )
  })
})
