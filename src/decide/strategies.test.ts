import { describe, expect, it } from 'vitest'
import { candidateCounts, costTable } from './cost-table.ts'
import { allDedicated, allServerless, bestElastic, floorPlusTen, floorPlusTenCount, hybrid, hybridElastic, hybridHourOfDay, perDay } from './strategies.ts'
import { bareMarket, demandOf } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }
/** Two days of hours: 2 replicas all the first day, 4 all the second. */
const demand = demandOf(Array.from({ length: 48 }, (_, t) => (t < 24 ? 2 : 4)), 3600)
const table = costTable(demand, bareMarket(0.6), candidateCounts(4, 72), [1, 1.5], 0.6)
const [first, second, both] = [[1, 0], [0, 1], [1, 1]] as const

describe('strategies are fitted on some days and judged on others', () => {
  it('all-dedicated buys the peak it has seen, and what was missing on the judged days', () => {
    const strategy = allDedicated('x', { perHour: 0.6, egressPerRequest: 0 }, NONE)
    expect(strategy.fit(table, first)(first, 0)).toBeCloseTo(24 * 2 * 0.6, 9)
    expect(strategy.fit(table, first)(second, 0)).toBeCloseTo(24 * 4 * 0.6, 9)
    expect(strategy.fit(table, second)(first, 0)).toBeCloseTo(24 * 4 * 0.6, 9)
    expect(strategy.fit(table, second)(second, 1)).toBeCloseTo(24 * 6 * 0.6, 9)
  })

  it('all-dedicated with headroom and egress', () => {
    const strategy = allDedicated('x', { perHour: 0.6, egressPerRequest: 0.001 }, NONE, 0.25)
    expect(strategy.fit(table, both)(second, 0)).toBeCloseTo(24 * 5 * 0.6 + 24 * 4 * 3600 * 0.001, 9)
  })

  it('all-serverless has nothing to fit', () => {
    expect(allServerless('x', NONE).fit(table, first)(second, 1)).toBeCloseTo(24 * 6, 9)
  })

  it('the hybrid keeps its count on the days it did not see', () => {
    const fitted = hybrid('x', NONE).fit(table, first)
    expect(fitted(second, 0)).toBeCloseTo(24 * (2 * 0.6 + 2), 9)
    expect(fitted(second, 1)).toBeCloseTo(24 * (2 * 0.6 + 4), 9)
  })

  it('a rebate changes both the price and what is worth owning', () => {
    const dear = costTable(demand, bareMarket(1.2), table.counts, [1], 1.2)
    expect(hybrid('x', NONE).fit(dear, both)(both, 0)).toBeCloseTo(24 * 6, 9)
    expect(hybrid('x', NONE, { rebate: 0.9, egressPerRequest: 0 }).fit(dear, both)(both, 0)).toBeCloseTo(48 * 4 * 0.3, 9)
  })

  it('another offer pays its own egress for the requests that it serves', () => {
    const market = { ...bareMarket(0.6), egressPerRequest: { dedicated: 0, serverless: 0 } }
    const counted = costTable(demand, market, table.counts, [1], 0.6)
    const own = hybrid('x', NONE).fit(counted, first)(second, 0)
    const other = hybrid('x', NONE, { rebate: 0, egressPerRequest: 1e-6 }).fit(counted, first)(second, 0)
    // Two of four replicas are owned: half of the requests.
    expect(other - own).toBeCloseTo(24 * 2 * 3600 * 1e-6, 9)
  })

  it('a cap on serverless sets a least count', () => {
    expect(hybrid('x', NONE, undefined, 3).fit(table, first)(first, 0)).toBeCloseTo(24 * 3 * 0.6, 9)
  })

  it('operations are charged for owning anything, and can make it not worth it', () => {
    const ops = { dedicated: 730, serverless: 73 }
    expect(hybrid('x', ops).fit(table, first)(first, 0)).toBeCloseTo(24 * (2 + 0.1), 9)
    expect(hybrid('x', { dedicated: 7.3, serverless: 0 }).fit(table, first)(first, 0)).toBeCloseTo(24 * (1.2 + 0.01), 9)
    expect(hybridElastic('x', ops).fit(table, first)(first, 0)).toBeGreaterThan(24)
    expect(hybridHourOfDay('x', ops).fit(table, first)(first, 0)).toBeCloseTo(24 * (2 + 0.1), 9)
  })

  it('floor + 10 % takes the lowest bin of the days it has seen', () => {
    expect(floorPlusTen('x', NONE).fit(table, both)(second, 0)).toBeCloseTo(24 * (3 * 0.6 + 1), 9)
    expect(floorPlusTenCount(Number.POSITIVE_INFINITY)).toBe(0)
  })

  it('an API is billed by the day, in proportion to growth and to a scale', () => {
    expect(perDay('x', 'tokens', Float64Array.of(3, 5), 2).fit(table, first)(second, 1)).toBeCloseTo(15, 9)
  })
})

describe('bestElastic', () => {
  it('takes the larger base where two cost the same', () => {
    const never = costTable(demandOf([0, 0, 0, 0], 3600), { ...bareMarket(0), elasticPerHour: 0 }, [0, 1, 2], [1], 0.6)
    expect(bestElastic(never, [1])).toBe(2)
  })
})
