import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { niceTicks } from './nice-scale.ts'

describe('ticks', () => {
  it.each([
    [10, [0, 5, 10]],
    [7, [0, 2, 4, 6, 8]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [1234, [0, 500, 1000, 1500]],
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
    [Number.POSITIVE_INFINITY, [0, 1]],
  ])('up to %d: %j', (most, ticks) => {
    expect(niceTicks(most)).toEqual(ticks)
  })

  it('hold the largest value, and are few', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), (most) => {
        const ticks = niceTicks(most)
        expect(ticks[0]).toBe(0)
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(most * (1 - 1e-9))
        expect(ticks.length).toBeLessThanOrEqual(6)
      }),
    )
  })
})
