import { describe, expect, it } from 'vitest'
import { candidateCounts, costTable } from './cost-table.ts'
import { holdOut, holdOutLastWeek, notJudged } from './hold-out.ts'
import type { Market } from './market.ts'
import { allDedicated, allServerless, hybrid } from './strategies.ts'
import { bareMarket, demandOf } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }
const list = (ops = NONE) => [allServerless('all-serverless', ops), allDedicated('all-dedicated', { perHour: 0.5, egressPerRequest: 0 }, ops), hybrid('hybrid', ops)]
const tableOf = (values: readonly number[], market: Market = bareMarket(0.5)) => costTable(demandOf(values, 3600), market, candidateCounts(Math.max(...values), 72), [1], 0.5)
/** A quiet week of 1 replica, then a busy one: 3 by day, 1 by night. */
const twoWeeks = Array.from({ length: 14 * 24 }, (_, t) => (t < 168 ? 1 : t % 24 < 12 ? 3 : 1))

describe('holdOutLastWeek', () => {
  it('fits on the days before and judges on the last week, against what was best in it', () => {
    const result = holdOutLastWeek(tableOf(twoWeeks), list())
    expect(result).toMatchObject({ available: true, trainDays: 7, testDays: 7, method: 'fitted on 7 days, judged on 7 held-out days' })
    // By the hour: 3 for half the day, 1 for the other. Fixed: levels 2 and 3 are filled half, so every count from 1 costs the same.
    expect(result.clairvoyantHourlyUsd).toBeCloseTo(730 * 0.5 * 2, 9)
    expect(result.bestFixedUsd).toBeCloseTo(730 * 1.5, 9)
    expect(result.scenarios['hybrid']).toEqual({ monthlyUsd: expect.closeTo(730 * 1.5, 9), regretVsBestFixed: expect.closeTo(0, 9), regretVsClairvoyant: expect.closeTo(0.5, 9) })
    expect(result.scenarios['all-serverless']!.regretVsBestFixed).toBeCloseTo(1 / 3, 9)
  })

  it('has too few days with a week or less', () => {
    expect(holdOutLastWeek(tableOf(twoWeeks.slice(0, 168)), list())).toMatchObject({ available: false, bestFixedUsd: null, scenarios: {} })
    expect(holdOutLastWeek(tableOf(twoWeeks.slice(0, 24)), list()).method).toContain('1 day of traffic')
  })

  it('does not judge a week in which nothing is billed', () => {
    const result = holdOutLastWeek(tableOf(twoWeeks.map((value, t) => (t < 168 ? value : 0))), [allServerless('all-serverless', NONE)])
    expect(result).toMatchObject({ available: false, method: 'not judged: nothing is billed on the held-out days' })
  })

  it('counts operations on both sides of the comparison', () => {
    const ops = { dedicated: 200, serverless: 50 }
    const result = holdOutLastWeek(tableOf(twoWeeks, { ...bareMarket(0.5), opsMonthly: ops }), list(ops))
    expect(result.bestFixedUsd).toBeCloseTo(730 * 1.5 + 200, 9)
    expect(result.clairvoyantHourlyUsd).toBeCloseTo(730 + 200, 9)
    expect(result.scenarios['all-serverless']!.monthlyUsd).toBeCloseTo(730 * 2 + 50, 9)
  })

  it('without serverless compares with the count that covers the week', () => {
    const result = holdOutLastWeek(tableOf(twoWeeks, { ...bareMarket(0.5), serverless: null }), list().slice(1, 2))
    expect(result.bestFixedUsd).toBeCloseTo(730 * 1.5, 9)
    expect(result.scenarios['all-dedicated']!.regretVsBestFixed).toBeCloseTo(0, 9)
  })
})

describe('holdOut', () => {
  it('works the other way round as well', () => {
    const result = holdOut(tableOf(twoWeeks), list(), (day) => day >= 7, (day) => day < 7)
    expect(result.bestFixedUsd).toBeCloseTo(730 * 0.5, 9)
    expect(result.scenarios['all-dedicated']!.monthlyUsd).toBeCloseTo(730 * 1.5, 9)
  })
})

describe('notJudged', () => {
  it('says why', () => {
    expect(notJudged('no traffic', 0)).toMatchObject({ method: 'not judged: no traffic', available: false })
  })
})
