import { describe, expect, it } from 'vitest'
import { scenarioBounds } from './scenario-bounds.ts'
import { bareMarket, demandOf, sineWeeks } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }

describe('scenarioBounds', () => {
  const demand = demandOf([2, 2, 1, 1])

  it('is in USD a month, with what no plan of the class escapes', () => {
    const ops = { dedicated: 500, serverless: 100 }
    const market = { ...bareMarket(0.6), egressPerRequest: { dedicated: 0.001, serverless: 0.002 } }
    const bounds = scenarioBounds(demand, market, ops)
    // demandOf: a request a second and replica, so 1.5 x 730 x 3600 a month.
    const requests = 1.5 * 730 * 3600
    expect(bounds.allServerless).toBeCloseTo(1.5 * 730 + requests * 0.002 + 100, 6)
    expect(bounds.allDedicated(0.6, 0.001)).toBeCloseTo(2 * 0.6 * 730 + requests * 0.001 + 500, 6)
    expect(bounds.fixed(0.6, 0.001)).toBeCloseTo((0.6 + 0.5) * 730 + requests * 0.001 + 100, 6)
  })

  it('knows the rental terms: hours on a ten-minute sawtooth cost more than bins taken anew', () => {
    const sawtooth = demandOf(Array.from({ length: 144 }, (_, t) => (t % 3 === 0 ? 1 : 0)))
    const byTheBin = scenarioBounds(sawtooth, { ...bareMarket(0.6), termSeconds: 600 }, NONE).schedule
    const byTheHour = scenarioBounds(sawtooth, bareMarket(0.6), NONE).schedule
    expect(byTheBin).toEqual({ monthlyUsd: expect.closeTo((730 / 3) * 0.6, 9), terms: true })
    // A rental that was begun before the trace serves its first bin at the price of one: 0.4 of 48.
    expect(byTheHour).toEqual({ monthlyUsd: expect.closeTo((730 / 3) * (1 - 0.4 / 48), 9), terms: true })
  })

  it('says when an instance is too large for the terms, and still bounds it', () => {
    const { schedule, fixed } = scenarioBounds(demandOf(sineWeeks(2000, 20_000)), bareMarket(0.6), NONE)
    expect(schedule.terms).toBe(false)
    expect(schedule.monthlyUsd).toBeGreaterThan(0)
    expect(schedule.monthlyUsd).toBeLessThan(fixed(0.6, 0))
  })

  it('has no schedule without serverless', () => {
    expect(scenarioBounds(demand, { ...bareMarket(0.6), serverless: null }, NONE).schedule).toEqual({ monthlyUsd: 0, terms: false })
  })
})
