import { describe, expect, it } from 'vitest'
import { seededRandom } from '../core/random.ts'
import { demandShape } from './shape.ts'
import { demandOf, sineWeeks } from './testing.ts'

const meanOf = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length

describe('demandShape', () => {
  it('of flat traffic: all floor, no variation, fully utilized', () => {
    expect(demandShape(demandOf(Array.from({ length: 432 }, () => 2)))).toEqual({
      floor: 2,
      mean: 2,
      peak: 2,
      floorShare: 1,
      hourlyVariation: 0,
      hourOfDayExplains: null,
      dedicatedUtilization: 1,
    })
  })

  it('of a daily rhythm: the hour explains all of it', () => {
    expect(demandShape(demandOf(sineWeeks(1, 5, 1, 5))).hourOfDayExplains).toBeCloseTo(1, 6)
  })

  it('of noise: the hour explains nothing, each day being judged by the others', () => {
    const random = seededRandom(1)
    expect(
      demandShape(
        demandOf(
          Array.from({ length: 14 * 24 }, () => random()),
          3600,
        ),
      ).hourOfDayExplains,
    ).toBe(0)
  })

  it('cannot tell a rhythm from fewer than three days', () => {
    expect(demandShape(demandOf(sineWeeks(1, 5, 1, 2))).hourOfDayExplains).toBeNull()
  })

  it('matches a leave-one-day-out prediction written out', () => {
    const random = seededRandom(2)
    const values = Array.from({ length: 5 * 24 }, (_, t) => Math.sin(t / 4) + 1 + random())
    let [error, total] = [0, 0]
    for (const [t, value] of values.entries()) {
      const others = values.filter((_, i) => Math.floor(i / 24) !== Math.floor(t / 24))
      const alike = values.filter((_, i) => Math.floor(i / 24) !== Math.floor(t / 24) && i % 24 === t % 24)
      error += (value - meanOf(alike)) ** 2
      total += (value - meanOf(others)) ** 2
    }
    expect(demandShape(demandOf(values, 3600)).hourOfDayExplains).toBeCloseTo(Math.max(0, 1 - error / total), 9)
  })

  it('of no traffic is zero, not nothing over nothing', () => {
    expect(demandShape(demandOf([0, 0, 0]))).toMatchObject({ floorShare: 0, hourlyVariation: 0, dedicatedUtilization: 0 })
  })
})
