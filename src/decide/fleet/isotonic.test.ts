import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nonIncreasing, runningMax } from './isotonic.ts'

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 40 })
const distance = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0)

describe('nonIncreasing', () => {
  it('pools what rises into its mean', () => {
    expect(nonIncreasing([5, 3, 4, 1])).toEqual([5, 3.5, 3.5, 1])
    expect(nonIncreasing([1, 2, 3])).toEqual([2, 2, 2])
    expect(nonIncreasing([4, 2, 6, 1])).toEqual([4, 4, 4, 1])
    expect(nonIncreasing([])).toEqual([])
  })

  it('never rises, keeps the sum, and leaves alone what never rises', () => {
    fc.assert(
      fc.property(values, (raw) => {
        const fitted = nonIncreasing(raw)
        expect(fitted).toHaveLength(raw.length)
        for (let i = 1; i < fitted.length; i++) expect(fitted[i]!).toBeLessThanOrEqual(fitted[i - 1]! + 1e-9)
        expect(fitted.reduce((a, b) => a + b, 0)).toBeCloseTo(raw.reduce((a, b) => a + b, 0), 6)
        const sorted = raw.toSorted((a, b) => b - a)
        expect(nonIncreasing(sorted)).toEqual(sorted)
      }),
    )
  })

  it('is nearer to the values than any other sequence that never rises', () => {
    fc.assert(
      fc.property(values, values, (raw, other) => {
        const rival = raw.map((_, i) => other[i] ?? 0).sort((a, b) => b - a)
        expect(distance(nonIncreasing(raw), raw)).toBeLessThanOrEqual(distance(rival, raw) + 1e-6)
      }),
    )
  })
})

describe('runningMax', () => {
  it('never falls and is never below the values', () => {
    expect(runningMax([1, 3, 2, 4])).toEqual([1, 3, 3, 4])
    expect(runningMax([])).toEqual([])
  })
})
