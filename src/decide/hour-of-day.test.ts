import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidateCounts, costTable } from './cost-table.ts'
import { fitHourOfDay, hourOfDayCost, hourSeams } from './hour-of-day.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { bareMarket, curvedMarket, demandOf, sineWeeks } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const everyDay = (days: number): Float64Array => new Float64Array(days).fill(1)

describe('fitHourOfDay', () => {
  it('rents for the busy hours alone: 3 replicas from 9 to 17, none else', () => {
    const values = Array.from({ length: 3 * 24 }, (_, t) => (t % 24 >= 9 && t % 24 < 17 ? 3 : 0.1))
    const table = costTable(demandOf(values, 3600), bareMarket(0.6), [0, 1, 2, 3], [1], 0.6)
    expect(Array.from(fitHourOfDay(table, everyDay(3)))).toEqual(Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 17 ? 3 : 0)))
  })

  it('rents nothing where operating it costs more than it saves', () => {
    const table = costTable(demandOf(Array.from({ length: 48 }, () => 1), 3600), bareMarket(0.6), [0, 1], [1], 0.6)
    const saved = 48 * 0.4
    expect(fitHourOfDay(table, everyDay(2), saved - 0.01)[0]).toBe(1)
    expect(fitHourOfDay(table, everyDay(2), saved + 0.01)[0]).toBe(0)
  })

  it('beats every fixed count at the same price', () => {
    const table = costTable(demandOf(sineWeeks(0, 6, 1, 4)), bareMarket(0.6), candidateCounts(6, 72), [1], 0.6)
    const cost = hourOfDayCost(table, fitHourOfDay(table, everyDay(4)), everyDay(4))
    for (let c = 0; c < table.counts.length; c++) expect(cost).toBeLessThanOrEqual(hourOfDayCost(table, new Uint16Array(24).fill(c), everyDay(4)) + 1e-9)
  })
})

describe('hourOfDayCost', () => {
  it('is the bill of the schedule bin by bin, the changes at its steps included', () => {
    const schedules = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 24, maxLength: 24 })
    const values = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 60, maxLength: 60 })
    fc.assert(
      fc.property(values, schedules, fc.constantFrom(1800, 3600), (trace, schedule, binSeconds) => {
        const demand = demandOf(trace, binSeconds)
        const market = { ...curvedMarket(0.6), elasticPerHour: 0.7 }
        const table = costTable(demand, market, [0, 1, 2, 3, 4, 5], [1], 0.6)
        const usage = monthlyUsage(demand, market, 0, Int32Array.from(demand.hourOfDay, (hour) => schedule[hour]!))
        const seconds = usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding
        const usd = ((usage.rented / 3600) * 0.7 + seconds / 3600) * ((60 * binSeconds) / SECONDS_PER_MONTH)
        expect(hourOfDayCost(table, schedule, everyDay(table.days))).toBeCloseTo(usd, 9)
      }),
    )
  })
})

describe('hourSeams', () => {
  it('stand where the hour changes, the ring included, and only where changes cost', () => {
    const demand = demandOf([1, 2, 3, 4], 1800)
    expect(hourSeams(demand, curvedMarket(0.6))).toEqual([
      { day: 0, hourBefore: 1, hour: 0, demandBefore: 4, demand: 1 },
      { day: 0, hourBefore: 0, hour: 1, demandBefore: 2, demand: 3 },
    ])
    expect(hourSeams(demand, bareMarket(0.6))).toEqual([])
    expect(hourSeams(demand, { ...bareMarket(0.6), serverless: null })).toEqual([])
  })
})
