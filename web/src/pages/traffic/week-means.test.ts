import { describe, expect, it } from 'vitest'
import { weekMeans } from './week-means.ts'

const HOUR = 3_600_000
/** A Monday. */
const T0 = Date.UTC(2026, 10, 2)
const at = (hours: number): string => new Date(T0 + hours * HOUR).toISOString()

describe('the shape of the week', () => {
  it('is the mean of each hour, hours without a call included', () => {
    const means = weekMeans([{ at: at(0), calls: 10 }, { at: at(168), calls: 30 }, { at: at(2), calls: 7 }], 'UTC')
    expect([means[0], means[1], means[2], means[167]]).toEqual([20, 0, 7, 0])
  })

  it('knows nothing of hours that were not recorded', () => {
    const means = weekMeans([{ at: at(5), calls: 1 }, { at: at(6), calls: 1 }], 'UTC')
    expect(means.flatMap((mean, hour) => (mean === null ? [] : [hour]))).toEqual([5, 6])
    expect(weekMeans([], 'UTC').every((mean) => mean === null)).toBe(true)
  })

  it('is of the time zone that is asked for', () => {
    expect(weekMeans([{ at: at(0), calls: 4 }], 'America/New_York')[6 * 24 + 19]).toBe(4)
    expect(weekMeans([{ at: at(0), calls: 4 }], 'Asia/Tokyo')[9]).toBe(4)
  })
})
