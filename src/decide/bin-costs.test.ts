import { describe, expect, it } from 'vitest'
import { billedAbove, binCosts, unservedAbove } from './bin-costs.ts'
import { linearOverflow } from './market.ts'
import { bareMarket, demandOf } from './testing.ts'

const costs = (values: readonly number[], market = bareMarket(0.6), base = 0, rented: readonly number[] | null = null): number[] =>
  Array.from(binCosts(demandOf(values, 3600), market, base, rented && Int32Array.from(rented), new Float64Array(values.length)))

describe('binCosts', () => {
  it('is rent plus overflow in each bin', () => {
    expect(costs([0.5, 3], bareMarket(0.6), 1)).toEqual([0.6, expect.closeTo(2.6, 12)])
    expect(costs([0.5, 3], { ...bareMarket(0.6), elasticPerHour: 0.8 }, 1, [0, 2])).toEqual([0.6, expect.closeTo(2.2, 12)])
  })

  it('bills a rise and a fall of the serverless replicas, closed to a ring', () => {
    const overflow = { ...linearOverflow(), riseSeconds: 36, fallSeconds: 360 }
    const market = { ...bareMarket(0.6), serverless: { perSecond: 1 / 3600, overflow, replicaCap: null } }
    // From 0 to 2 replicas: two cold starts of a hundredth of an hour; then two idle windows of a tenth.
    expect(costs([0, 2, 0], market)).toEqual([0, expect.closeTo(2.02, 12), expect.closeTo(0.2, 12)])
    // The first bin follows the last: it rises from 0.
    expect(costs([2, 0], market)).toEqual([expect.closeTo(2.02, 12), expect.closeTo(0.2, 12)])
    expect(costs([2, 2], market)).toEqual([2, 2])
  })

  it('bills egress by where a request was served', () => {
    const market = { ...bareMarket(0.6), egressPerRequest: { dedicated: 0.001, serverless: 0.01 } }
    // 4 replicas are 14,400 requests in this hour, three quarters of them above the base.
    expect(costs([4], market, 1)[0]).toBeCloseTo(0.6 + 3 + 3600 * 0.001 + 10_800 * 0.01, 9)
  })

  it('makes work that nothing serves too dear to win', () => {
    expect(costs([2], { ...bareMarket(0.6), serverless: null }, 1)[0]).toBeGreaterThan(1e9)
    expect(costs([1.0000000001], { ...bareMarket(0.6), serverless: null }, 1)[0]).toBe(0.6)
  })
})

describe('unservedAbove and billedAbove', () => {
  it('call rounding no demand', () => {
    expect([unservedAbove(3.0000000001, 3), unservedAbove(3.1, 3), unservedAbove(1, 3)]).toEqual([0, expect.closeTo(0.1, 12), 0])
  })

  it('bill nothing below what is owned', () => {
    expect([billedAbove((d) => d * 2, 1, 3), billedAbove((d) => d * 2, 5, 3)]).toEqual([0, 4])
  })
})
