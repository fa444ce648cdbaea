import { expect, it } from 'vitest'
import { gaussian, seededRandom } from '../../core/random.ts'
import { monthlyProjection } from './projection.ts'

it('thirty days like these: no spread, no interval', () => {
  expect(monthlyProjection([5, 5, 5, 5])).toEqual({ nanoUsd: '150', low: '150', high: '150' })
})

it('two days are no base for a month', () => expect(monthlyProjection([1, 2])).toBeNull())

it('never less than nothing', () => expect(monthlyProjection([0, 0, 90])!.low).toBe('0'))

it('holds what comes in four of five months', () => {
  const random = seededRandom(5)
  const day = (): number => 1e9 * (10 + 3 * gaussian(random))
  let held = 0
  for (let trial = 0; trial < 2000; trial++) {
    const { low, high } = monthlyProjection(Array.from({ length: 14 }, day))!
    const next = Array.from({ length: 30 }, day).reduce((sum, one) => sum + one, 0)
    if (next >= Number(low) && next <= Number(high)) held++
  }
  expect(held / 2000).toBeGreaterThan(0.77)
  expect(held / 2000).toBeLessThan(0.83)
})
