import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rentals } from './rentals.ts'

const run = (targets: readonly number[], term: number, notice = 0): number[] => {
  const ledger = rentals(term, notice)
  return targets.map((target) => ledger.step(target))
}

describe('rentals', () => {
  it('keeps a rental for its whole term, then returns it', () => {
    expect(run([2, 0, 0, 0, 0], 3)).toEqual([2, 2, 2, 0, 0])
  })

  it('renews at the end of the term what is still wanted', () => {
    expect(run([2, 0, 0, 1, 0, 0, 0], 3)).toEqual([2, 2, 2, 1, 1, 1, 0])
  })

  it('serves after the notice, and bills a full term from then', () => {
    expect(run([1, 0, 0, 0, 0, 0], 2, 2)).toEqual([0, 0, 1, 1, 0, 0])
  })

  it('renews without notice', () => {
    expect(run([1, 1, 1, 1, 1, 1, 1], 2, 1)).toEqual([0, 1, 1, 1, 1, 1, 1])
  })

  const targets = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 })
  const ticks = fc.integer({ min: 0, max: 6 })

  it('meets every target without notice, and never rents more than the most that was wanted', () => {
    fc.assert(
      fc.property(targets, fc.integer({ min: 1, max: 7 }), ticks, (wanted, term, notice) => {
        for (const [t, serving] of run(wanted, term, notice).entries()) {
          expect(serving).toBeLessThanOrEqual(Math.max(...wanted))
          expect(serving).toBeGreaterThanOrEqual(notice === 0 ? wanted[t]! : 0)
        }
      }),
    )
  })

  it('with terms of one tick and no notice it simply follows', () => {
    fc.assert(
      fc.property(targets, (wanted) => {
        expect(run(wanted, 1)).toEqual(wanted)
      }),
    )
  })
})
