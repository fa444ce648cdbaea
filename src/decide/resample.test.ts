import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../core/random.ts'
import { candidateCounts, costTable } from './cost-table.ts'
import { growthGrid, normalQuantile, resampleDays } from './resample.ts'
import type { Strategy } from './strategies.ts'
import { allDedicated, allServerless, hybrid, hybridHourOfDay } from './strategies.ts'
import { bareMarket, demandOf, sineWeeks } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }
const four = (p: number): Strategy[] => [
  allServerless('all-serverless', NONE),
  allDedicated('all-dedicated', { perHour: p, egressPerRequest: 0 }, NONE),
  hybrid('hybrid', NONE),
  hybridHourOfDay('hybrid-hour-of-day', NONE),
]
const judge = (values: readonly number[], p: number, sd = 0.2, seed = 1, rounds = 200) =>
  resampleDays(costTable(demandOf(values, 3600), bareMarket(p), candidateCounts(Math.max(...values), 72), growthGrid(sd), p), four(p), rounds, seededRandom(seed))

const days = (count: number, day: (d: number, hour: number) => number): number[] => Array.from({ length: count * 24 }, (_, t) => day(Math.floor(t / 24), t % 24))

describe('resampleDays', () => {
  it('is sure where the answer is plain: rare bursts are serverless', () => {
    expect(
      judge(
        days(14, (day, hour) => (hour === (day * 7) % 24 ? 2 : 0)),
        0.6,
      )!.probabilityCheapest['all-serverless'],
    ).toBe(1)
  })

  it('is unsure where days differ by chance', () => {
    // The level is worth owning on one day in two, at p/s = 0.5.
    const chance = seededRandom(3)
    const coin = Array.from({ length: 14 }, () => (chance() < 0.5 ? 1 : 0))
    const shares = Object.values(
      judge(
        days(14, (day) => coin[day]!),
        0.5,
      )!.probabilityCheapest,
    )
    expect(Math.max(...shares)).toBeLessThan(0.95)
  })

  it('judges on days left out: a schedule fitted to noise does not win by its 24 counts', () => {
    const noise = seededRandom(5)
    const result = judge(
      days(14, () => 2 + 2 * noise()),
      0.5,
      0,
    )!
    expect(result.meanUsdPerDay['hybrid-hour-of-day']!).toBeGreaterThan(result.meanUsdPerDay['hybrid']!)
  })

  it('adds up to 1, orders its percentiles, and repeats itself by seed', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 60, maxLength: 120 }), fc.integer({ min: 0, max: 1000 }), (values, seed) => {
        const result = judge(values, 0.6, 0.2, seed, 40)!
        expect(Object.values(result.probabilityCheapest).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
        for (const { p10, p90 } of Object.values(result.intervalUsdPerDay)) expect(p10).toBeLessThanOrEqual(p90)
        expect(judge(values, 0.6, 0.2, seed, 40)).toEqual(result)
      }),
      { numRuns: 20 },
    )
  })

  it('gives ties to the one listed first', () => {
    expect(
      judge(
        days(5, () => 0),
        0.6,
      )!.probabilityCheapest['all-serverless'],
    ).toBe(1)
    expect(
      judge(
        days(5, () => 3),
        0.6,
        0,
      )!.probabilityCheapest['all-dedicated'],
    ).toBe(1)
  })

  it('has nothing to judge on with one day, or without rounds', () => {
    expect(
      judge(
        days(1, () => 1),
        0.6,
      ),
    ).toBeNull()
    expect(
      judge(
        days(5, () => 1),
        0.6,
        0.2,
        1,
        0,
      ),
    ).toBeNull()
  })

  it('counts a short last day by its length', () => {
    const values = [...days(2, () => 1), 9]
    expect(judge(values, 2, 0, 1, 2000)!.meanUsdPerDay['all-serverless']!).toBeLessThan(30)
  })
})

describe('growthGrid', () => {
  it('is the trace itself, then equally likely growths with median 1', () => {
    const grid = growthGrid(0.2)
    expect(grid[0]).toBe(1)
    expect(grid[5]).toBeCloseTo(1, 12)
    expect(grid[1]! * grid[9]!).toBeCloseTo(1, 9)
    expect(growthGrid(0)).toEqual([1])
  })
})

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963985],
    [0.01, -2.326347874],
    [0.999, 3.090232306],
  ])('at %s is %s', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7)
  })
})

describe('the two-week sine', () => {
  it('is known by the schedule, whose every day is alike', () => {
    expect(
      judge(
        sineWeeks(1, 8, 1, 7).filter((_, t) => t % 6 === 0),
        0.6,
        0,
      )!.probabilityCheapest['hybrid-hour-of-day'],
    ).toBe(1)
  })
})
