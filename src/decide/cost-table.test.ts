import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidateCounts, costTable } from './cost-table.ts'
import { fixedCosts } from './optimum.ts'
import { bareMarket, curvedMarket, demandOf, sineWeeks } from './testing.ts'

describe('candidateCounts', () => {
  it('is every count from 0 to the peak where that is few', () => {
    expect(candidateCounts(3.2, 72)).toEqual([0, 1, 2, 3, 4])
    expect(candidateCounts(0, 72)).toEqual([0])
    expect(candidateCounts(3, 72, [5])).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('spreads over a large peak, dense around what is near, with the ends and the near ones in it', () => {
    const counts = candidateCounts(5000, 72, [1234])
    expect(counts.length).toBeLessThanOrEqual(74)
    expect(counts).toEqual(expect.arrayContaining([0, 1234, 5000]))
    expect(counts.filter((count) => count > 740 && count < 1852).length).toBeGreaterThan(30)
  })

  it('is ascending without repeats, and holds 0 and the peak, for every peak', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 3 }), (peak, near) => {
        const counts = candidateCounts(peak, 72, near)
        expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b))
        expect(counts).toEqual(expect.arrayContaining([0, peak, ...near]))
      }),
    )
  })
})

describe('costTable', () => {
  const values = sineWeeks(1, 5, 0.5, 3).slice(0, 400)
  const demand = demandOf(values)
  const table = costTable(demand, curvedMarket(0.6), candidateCounts(5, 72), [1, 1.4], 0.6)

  it('adds up over days to the fixed costs of the whole trace', () => {
    const whole = fixedCosts(demand, curvedMarket(0.6))
    for (const [c, usd] of whole.entries()) {
      expect(table.fixed[0]!.subarray(c * table.days, (c + 1) * table.days).reduce((sum, one) => sum + one, 0)).toBeCloseTo(usd, 9)
    }
  })

  it('knows the length of a short last day', () => {
    expect(Array.from(table.daySeconds)).toEqual([86_400, 86_400, 112 * 600])
  })

  it('splits the same by the hour of the day, at the hourly price', () => {
    const dearer = costTable(demand, { ...curvedMarket(0.6), elasticPerHour: 0.9 }, [0, 2], [1], 0.6)
    const byHour = Array.from({ length: 24 }, (_, hour) => dearer.hourly[0]!.subarray((hour * 2 + 1) * dearer.days, (hour * 2 + 2) * dearer.days).reduce((sum, one) => sum + one, 0))
    const fixed = dearer.fixed[0]!.subarray(dearer.days).reduce((sum, one) => sum + one, 0)
    expect(byHour.reduce((sum, one) => sum + one, 0)).toBeCloseTo(fixed + (2 * 0.3 * values.length) / 6, 9)
  })

  it('at another growth is the table of that demand', () => {
    const grown = costTable(demandOf(values.map((value) => value * 1.4)), curvedMarket(0.6), table.counts, [1], 0.6)
    expect(Array.from(table.fixed[1]!)).toEqual(Array.from(grown.fixed[0]!, (usd) => expect.closeTo(usd, 9)))
    expect(Array.from(table.elastic[1]!)).toEqual(Array.from(grown.elastic[0]!, (usd) => expect.closeTo(usd, 9)))
  })

  it('takes the floor of a day outside possible gaps, and its peak', () => {
    const gaps = costTable(demandOf([3, 0, 2, 5], 600, [1]), bareMarket(0.6), [0], [1], 0.6)
    expect([gaps.floor[0], gaps.peak[0]]).toEqual([2, 5])
  })
})
