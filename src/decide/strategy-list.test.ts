import { describe, expect, it } from 'vitest'
import { chooseOffers } from './choose-offers.ts'
import { costTable } from './cost-table.ts'
import type { PlanInput } from './plan-input.ts'
import { strategiesFor } from './strategy-list.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'

const demand = demandOf(
  Array.from({ length: 48 }, () => 2),
  3600,
)
const api = (id: string, usd: number, missing: readonly string[] = []) => ({
  id,
  title: id,
  usdByDay: Float64Array.of(usd, usd),
  missing,
  source: 'test',
  asOf: '2026-11-24',
})
const input: PlanInput = {
  ...planInput(demand, 0.6, {
    tokens: [api('dear', 30), api('incomplete', 1, ['output']), api('cheap', 20)],
    constraints: { ...planInput(demand, 0.6).constraints, commitmentMonths: 12 },
  }),
  replicas: [
    {
      ...planInput(demand, 0.6).replicas[0]!,
      dedicated: [dedicatedOption('hourly', 0.6), dedicatedOption('year', 0.7, { tier: 'committed-1y', commitmentMonths: 12 })],
      serverless: [serverlessOption('s', 1)],
    },
  ],
}
const { best } = chooseOffers(input)
const bill = (id: string, prices = 1, requests = 1): number => {
  const market = { ...best.market, basePerHour: best.market.basePerHour * prices, elasticPerHour: best.market.elasticPerHour * prices }
  const table = costTable(demand, market, [0, 1, 2], [1], 0.6)
  return strategiesFor(input, best, market, requests)
    .find((strategy) => strategy.id === id)!
    .fit(table, [1, 1])([1, 1], 0)
}

describe('strategiesFor', () => {
  it('lists the simpler first, and one for each other way to pay', () => {
    expect(strategiesFor(input, best, best.market).map(({ id }) => id)).toEqual([
      'all-serverless',
      'all-dedicated',
      'tokens-api',
      'hybrid',
      'floor-plus-10',
      'hybrid-hour-of-day',
      'hybrid-elastic',
      'all-dedicated@year',
      'hybrid@year',
    ])
  })

  it('bills the API that the scenario shows: the cheapest that is complete', () => {
    expect(bill('tokens-api')).toBeCloseTo(40, 9)
    expect(bill('tokens-api', 1, 1.5)).toBeCloseTo(60, 9)
  })

  it('moves every dedicated price where the tornado moves one', () => {
    expect(bill('all-dedicated@year')).toBeCloseTo(48 * 2 * 0.7, 9)
    expect(bill('all-dedicated@year', 1.2)).toBeCloseTo(48 * 2 * 0.84, 9)
    expect(bill('hybrid@year', 1.2)).toBeCloseTo(48 * 2 * 0.84, 9)
  })
})
