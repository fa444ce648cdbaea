import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdAgainst, type Foreseen } from './actuals.ts'

const plan: Foreseen = { monthlyUsd: 7300, lowUsd: 6500, highUsd: 8000, dedicatedUsd: 5110, otherUsd: 2190, requestsPerMonth: 730_000 }

describe('a plan held against the meter', () => {
  it('compares the same hours: half a month of a plan of $10 an hour', () => {
    expect(holdAgainst(plan, { hours: 365, requests: 365_000, dedicatedUsd: 2555, otherUsd: 1277.5 })).toEqual({
      hours: 365,
      plannedUsd: 3650,
      plannedDedicatedUsd: 2555,
      plannedOtherUsd: 1095,
      meteredUsd: 3832.5,
      meteredDedicatedUsd: 2555,
      meteredOtherUsd: 1277.5,
      difference: expect.closeTo(0.05, 12) as number,
      plannedRequests: 365_000,
      requests: 365_000,
      traffic: 1,
      plannedAtTrafficUsd: 3650,
      within: true,
    })
  })

  it('tells traffic that grew apart from a plan that was wrong', () => {
    const { difference, traffic, plannedAtTrafficUsd, within } = holdAgainst(plan, { hours: 365, requests: 730_000, dedicatedUsd: 2555, otherUsd: 2190 })
    expect([difference, traffic, plannedAtTrafficUsd, within]).toEqual([expect.closeTo(0.3, 12), 2, 4745, false])
  })

  it('knows what it does not know', () => {
    expect(holdAgainst({ ...plan, lowUsd: null, highUsd: null, requestsPerMonth: 0, monthlyUsd: 0, dedicatedUsd: 0, otherUsd: 0 }, { hours: 1, requests: 5, dedicatedUsd: 1, otherUsd: 1 })).toMatchObject({ difference: null, traffic: null, within: null })
  })

  it('has parts that add up, whatever was planned and metered', () => {
    const usd = fc.double({ min: 0, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(fc.record({ dedicatedUsd: usd, otherUsd: usd, requestsPerMonth: usd }), fc.record({ hours: fc.double({ min: 0.01, max: 9000, noNaN: true }), requests: usd, dedicatedUsd: usd, otherUsd: usd }), (foreseen, metered) => {
        const held = holdAgainst({ ...foreseen, monthlyUsd: foreseen.dedicatedUsd + foreseen.otherUsd, lowUsd: null, highUsd: null }, metered)
        expect(held.plannedDedicatedUsd + held.plannedOtherUsd).toBeCloseTo(held.plannedUsd, 3)
        expect(held.meteredDedicatedUsd + held.meteredOtherUsd).toBe(held.meteredUsd)
      }),
    )
  })
})
