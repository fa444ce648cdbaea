import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binCosts } from './bin-costs.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const trace = fc.array(fc.oneof(fc.double({ min: 0, max: 9, noNaN: true }), fc.integer({ min: 0, max: 9 }), fc.constant(0)), { minLength: 2, maxLength: 50 })

describe('monthlyUsage', () => {
  it('splits a month into what is busy, idle and spilled', () => {
    const usage = monthlyUsage(demandOf([0.5, 3]), bareMarket(0.6), 1, null)
    const half = SECONDS_PER_MONTH / 2
    expect(usage).toMatchObject({
      useful: 3.5 * half,
      dedicatedBusy: 1.5 * half,
      dedicatedIdle: 0.5 * half,
      overflow: 2 * half,
      serverlessBusy: 2 * half,
      unserved: 0,
      serverlessMax: 2,
    })
  })

  it('names what nothing serves, and lets rounding pass', () => {
    const none = { ...bareMarket(0.6), serverless: null }
    expect(monthlyUsage(demandOf([3, 1]), none, 2, null).unserved).toBeCloseTo(SECONDS_PER_MONTH / 2, 6)
    expect(monthlyUsage(demandOf([3.0000000001, 1]), none, 3, null).unserved).toBe(0)
  })

  it('costs what binCosts says, transitions around the ring, rentals and egress included', () => {
    fc.assert(
      fc.property(
        trace,
        fc.integer({ min: 0, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 50, maxLength: 50 }),
        fc.double({ min: 0.4, max: 2, noNaN: true }),
        (values, base, rentals, e) => {
          const demand = demandOf(values)
          const egress = { dedicated: 0.0001, serverless: 0.0003 }
          const market = { ...curvedMarket(0.6, { e }), elasticPerHour: 0.7, egressPerRequest: egress }
          const rented = Int32Array.from(rentals.slice(0, values.length))
          const usage = monthlyUsage(demand, market, base, rented)
          const seconds = usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding
          const rent = base * 730 * market.basePerHour + (usage.rented / 3600) * market.elasticPerHour
          const gone = usage.overflowRequests * egress.serverless + (usage.requests - usage.overflowRequests) * egress.dedicated
          const usd = binCosts(demand, market, base, rented, new Float64Array(values.length)).reduce((sum, one) => sum + one, 0)
          expect(rent + seconds * market.serverless!.perSecond + gone).toBeCloseTo((usd * SECONDS_PER_MONTH) / (values.length * 600), 6)
        },
      ),
    )
  })

  it('conserves work: busy on dedicated and overflow make the useful', () => {
    fc.assert(
      fc.property(trace, fc.double({ min: 0, max: 9, noNaN: true }), (values, base) => {
        const usage = monthlyUsage(demandOf(values), curvedMarket(0.6), base, null)
        expect(usage.dedicatedBusy + usage.overflow).toBeCloseTo(usage.useful, 3)
        expect(usage.overflowRequests).toBeLessThanOrEqual(usage.requests * (1 + 1e-12) + 1e-9)
      }),
    )
  })

  it('does not know the cold starts of an offer that states none', () => {
    expect(monthlyUsage(demandOf([2, 1]), bareMarket(0.6), 0, null).coldRequests).toBeNull()
    expect(monthlyUsage(demandOf([2, 1]), curvedMarket(0.6), 0, null).coldRequests).toBeGreaterThan(0)
  })
})
