import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ElasticRule } from './elastic-floor.ts'
import { elasticFloor } from './elastic-floor.ts'

const rule: ElasticRule = { base: 0, breakEven: 0.5, termTicks: 6, noticeTicks: 0, windowTicks: 3, limit: 100 }

/** Runs the rule over demand; entry t is what serves during tick t, knowing demand before t only. */
const run = (demand: readonly number[], overrides: Partial<ElasticRule> = {}): number[] => {
  const floor = elasticFloor({ ...rule, ...overrides })
  return demand.map((_, t) => floor.step(t === 0 ? undefined : demand[t - 1]))
}

describe('elasticFloor', () => {
  it('rents a level once its mean fill over the window reached the break-even, for a whole term', () => {
    //                 seen:   -  0  2  2  0  0  0  0  0  0
    expect(run([0, 2, 2, 0, 0, 0, 0, 0, 0, 0])).toEqual([0, 0, 2, 2, 2, 2, 2, 2, 0, 0])
  })

  it('renews while it pays and returns at the end of the term', () => {
    const steady = run(Array.from({ length: 30 }, () => 3.9))
    expect(steady.slice(1)).toEqual(Array.from({ length: 29 }, () => 4))
    const fading = run([...Array.from({ length: 12 }, () => 2), ...Array.from({ length: 12 }, () => 0)])
    expect(fading.at(-1)).toBe(0)
  })

  it('serves only after the notice', () => {
    expect(run(Array.from({ length: 10 }, () => 1), { noticeTicks: 4 })).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  })

  it('does not order twice what is already on its way', () => {
    expect(Math.max(...run(Array.from({ length: 20 }, () => 5), { noticeTicks: 6, termTicks: 6 }))).toBe(5)
  })

  const demand = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 80 })

  it('never rents below zero or above the limit, and never sees the future', () => {
    fc.assert(
      fc.property(demand, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 10 }), (values, base, termTicks, noticeTicks, limit) => {
        const overrides = { base, termTicks, noticeTicks, limit }
        const rented = run(values, overrides)
        for (const count of rented) {
          expect(count).toBeGreaterThanOrEqual(0)
          expect(count).toBeLessThanOrEqual(limit)
        }
        const changed = [...values.slice(0, -1), 0]
        expect(run(changed, overrides)).toEqual(rented)
      }),
    )
  })

  it('every rental lasts its term: a fall at t is no larger than the rise one or more terms before', () => {
    fc.assert(
      fc.property(demand, fc.integer({ min: 1, max: 8 }), (values, termTicks) => {
        const rented = [...run(values, { termTicks }), 0]
        let starts = 0
        const startedBy: number[] = []
        let stops = 0
        const early: number[] = []
        rented.forEach((count, t) => {
          const change = count - (rented[t - 1] ?? 0)
          starts += Math.max(0, change)
          // The last entry ends the run, not a rental.
          stops += t < rented.length - 1 ? Math.max(0, -change) : 0
          // P(t) <= S(t - L): nothing stops that was not started a term ago (renewals only help).
          if (stops > (startedBy[t - termTicks] ?? 0)) early.push(t)
          startedBy.push(starts)
        })
        expect(early).toEqual([])
      }),
    )
  })
})
