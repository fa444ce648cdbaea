import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { payingLevel } from './paying-level.ts'

const after = (demand: readonly number[], ticks = 3, breakEven = 0.5, limit = 100): number => {
  const paying = payingLevel(ticks, breakEven, limit)
  for (const value of demand) paying.see(value)
  return paying.level()
}

describe('payingLevel', () => {
  it('is the highest level whose mean fill over the window reaches the break-even', () => {
    // Level 2 was filled 0, 1 and 0.5 in the last three ticks: mean 0.5. Level 3 never.
    expect(after([9, 1, 2, 1.5])).toBe(2)
    expect(after([9, 1, 2, 1.4])).toBe(1)
  })

  it('judges a young window on what it has seen, and nothing on nothing', () => {
    expect(after([])).toBe(0)
    expect(after([4])).toBe(4)
    expect(after([4, 0])).toBe(4)
    expect(after([4, 0, 0])).toBe(0)
  })

  it('stays within the limit, also where anything pays', () => {
    expect(after([50, 50, 50], 3, 0.5, 7)).toBe(7)
    expect(after([0], 3, 0, 7)).toBe(7)
    expect(after([50], 3, 0.5, 0)).toBe(0)
  })

  it('equals a scan over all levels, whatever was asked before', () => {
    const demand = fc.array(fc.oneof(fc.double({ min: 0, max: 40, noNaN: true }), fc.integer({ min: 0, max: 40 })), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(demand, fc.integer({ min: 1, max: 6 }), fc.double({ min: 0.01, max: 1.2, noNaN: true }), fc.integer({ min: 0, max: 45 }), (values, ticks, breakEven, limit) => {
        const paying = payingLevel(ticks, breakEven, limit)
        values.forEach((value, t) => {
          paying.see(value)
          const window = values.slice(Math.max(0, t + 1 - ticks), t + 1)
          let level = 0
          while (level < limit && window.reduce((sum, d) => sum + Math.min(1, Math.max(0, d - level)), 0) >= breakEven * window.length) level++
          expect(paying.level()).toBe(level)
        })
      }),
    )
  })
})
