import { describe, expect, it } from 'vitest'
import { seededRandom } from '../core/random.ts'
import type { Market } from './market.ts'
import type { SensitivityBar } from './plan-result.ts'
import type { SensitivityInput } from './sensitivity.ts'
import { sensitivity } from './sensitivity.ts'
import { allServerless, hybrid, perDay } from './strategies.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }
const flat = demandOf(
  Array.from({ length: 72 }, () => 2),
  3600,
)
const bars = (market: Market, over: Partial<SensitivityInput> = {}): SensitivityBar[] =>
  sensitivity({
    demand: flat,
    market,
    strategies: () => [allServerless('all-serverless', NONE), hybrid('hybrid', NONE)],
    breakEven: () => 0.6,
    throughputError: 0.25,
    growthSd: 0.2,
    toMonth: 730 / 72,
    random: () => seededRandom(1),
    ...over,
  })
const bar = (parameter: RegExp, market = bareMarket(0.9), over: Partial<SensitivityInput> = {}): SensitivityBar =>
  bars(market, over).find((one) => parameter.test(one.parameter))!

const overheads = (market: Market) => bar(/idle window/u, market, { strategies: () => [allServerless('all-serverless', NONE)] })

describe('sensitivity', () => {
  it('plans anew at each price: 20 % more for dedicated makes serverless the cheapest', () => {
    expect(bar(/dedicated price/u)).toEqual({
      parameter: 'dedicated price',
      low: { label: '-20 %', monthlyUsd: expect.closeTo(730 * 2 * 0.72, 6), cheapest: 'hybrid' },
      high: { label: '+20 %', monthlyUsd: expect.closeTo(730 * 2, 6), cheapest: 'all-serverless' },
    })
    expect(bar(/serverless price/u).low).toMatchObject({ monthlyUsd: expect.closeTo(730 * 2 * 0.8, 6), cheapest: 'all-serverless' })
  })

  it('a throughput that is 25 % better or worse is 1.25 times more or fewer replicas', () => {
    const { low, high } = bar(/throughput/u, bareMarket(2))
    expect([low.label, low.monthlyUsd]).toEqual(['+25 %', expect.closeTo((730 * 2) / 1.25, 6)])
    expect([high.label, high.monthlyUsd]).toEqual(['-20 %', expect.closeTo(730 * 2 * 1.25, 6)])
  })

  it('an API costs more with more requests, not with slower replicas', () => {
    const api = { strategies: (_: Market, requests: number) => [perDay('tokens-api', 'tokens' as const, Float64Array.of(10, 10, 10), requests)] }
    expect(bar(/^demand/u, bareMarket(0.9), api).high.monthlyUsd).toBeCloseTo((30 * 730 * Math.exp(0.2)) / 72, 6)
    expect(bar(/throughput/u, bareMarket(0.9), api).high.monthlyUsd).toBeCloseTo((30 * 730) / 72, 6)
  })

  it('scales only what serverless bills beyond the work', () => {
    expect(overheads(bareMarket(0.9)).high.monthlyUsd).toBeCloseTo(730 * 2, 6)
    // 2 replicas of work at e = 0.5 are 1 busy; a d^b = 0.5 x 2^0.6 on top.
    const { low, high } = overheads(curvedMarket(0.9, { e: 0.5 }))
    expect(low.monthlyUsd).toBeCloseTo(730 * (1 + 0.25 * 2 ** 0.6), 6)
    expect(high.monthlyUsd).toBeCloseTo(730 * (1 + 2 ** 0.6), 6)
  })

  it('puts what moves the cost most on top', () => {
    const spreads = bars(bareMarket(0.9)).map(({ low, high }) => Math.abs(high.monthlyUsd - low.monthlyUsd))
    expect(spreads).toEqual(spreads.toSorted((a, b) => b - a))
    expect(spreads).toHaveLength(5)
  })

  it('has no serverless bars without serverless, and judges on the trace where there is nothing else', () => {
    const owned = { strategies: () => [perDay('x', 'dedicated' as const, Float64Array.of(1, 1, 1))], random: null }
    expect(
      bars({ ...bareMarket(0.9), serverless: null }, owned)
        .map(({ parameter }) => parameter)
        .toSorted(),
    ).toEqual(['dedicated price', 'demand', 'throughput of a replica'])
  })
})
