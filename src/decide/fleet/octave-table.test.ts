import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lookUp, octaveTable } from './octave-table.ts'

describe('octaveTable', () => {
  const table = octaveTable(-9, 15, Math.sqrt)

  it('is exact at the ends of cells', () => {
    for (let power = -9; power < 6; power++) for (let m = 0; m < 32; m++) expect(lookUp(table, 2 ** power * (1 + m / 32))).toBeCloseTo(Math.sqrt(2 ** power * (1 + m / 32)), 12)
  })

  it('is close in between, from below for a concave function', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -9, max: 64, noNaN: true }), (value) => {
        const found = lookUp(table, value)
        expect(found).toBeLessThanOrEqual(Math.sqrt(value) + 1e-12)
        expect(found).toBeGreaterThan(Math.sqrt(value) * 0.9998)
      }),
    )
  })

  it('goes on as a ray below and above, and is 0 at 0 and below', () => {
    const ratio = Math.sqrt(2 ** -9) / 2 ** -9
    expect(lookUp(table, 2 ** -12)).toBeCloseTo(ratio * 2 ** -12, 12)
    expect(lookUp(table, 1e-300)).toBeCloseTo(0, 12)
    expect(lookUp(table, 64)).toBeCloseTo(8, 12)
    expect(lookUp(table, 128)).toBeCloseTo(16, 12)
    expect(lookUp(table, 1e9)).toBeCloseTo(1e9 / 8, 3)
    expect([0, -0, -5].map((value) => lookUp(table, value))).toEqual([0, 0, 0])
  })

  it('does not hide a value that is no number', () => {
    expect(lookUp(table, Number.NaN)).toBeNaN()
  })

  it('keeps a concave function rising and its ratio to the value falling', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 1000, noNaN: true }), fc.double({ min: 1, max: 3, noNaN: true }), (value, factor) => {
        const [low, high] = [lookUp(table, value), lookUp(table, value * factor)]
        expect(high).toBeGreaterThanOrEqual(low - 1e-12)
        expect(high / (value * factor)).toBeLessThanOrEqual((low / value) * (1 + 1e-12))
      }),
    )
  })
})
