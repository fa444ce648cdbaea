import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastServerless, scheduleBound } from './bounds.ts'
import { clairvoyantUsd } from './clairvoyant.ts'
import { elasticCounts } from './elastic.ts'
import { binCosts } from './bin-costs.ts'
import { bareMarket, demandOf, sineWeeks } from './testing.ts'

const serverless = bareMarket(1).serverless!
const usd = (values: readonly number[], perHour: { base: number; elastic: number }, term: number): number | null =>
  clairvoyantUsd(demandOf(values), perHour, leastServerless(demandOf(values), serverless), term)

/** Off, or rented for so many bins more; a rental may go on for a bin, end, or begin anew. */
function nextStates(bound: number, term: number): number[] {
  if (bound > 0) return [bound - 1]
  return bound === 0 ? [-1, 0, term - 1] : [-1, term - 1]
}

/**
 * Every schedule there is: the places' states (-1 = off, r = rented and bound for r more bins) are followed bin by bin,
 * keeping the cheapest way to each. A place may be rented when the trace begins.
 */
function bruteForce(values: readonly number[], perHour: { base: number; elastic: number }, term: number): number {
  const places = Math.ceil(Math.max(...values))
  let least = Number.POSITIVE_INFINITY
  for (let base = 0; base <= places; base++) {
    const beginnings = Array.from({ length: places - base }, () => [-1, 0]).reduce<number[][]>(
      (all, states) => all.flatMap((begun) => states.map((state) => [...begun, state])),
      [[]],
    )
    let reached = new Map(beginnings.map((state) => [state.join(), { state, cost: 0 }]))
    for (const d of values) {
      const next = new Map<string, { state: number[]; cost: number }>()
      for (const { state, cost } of reached.values()) {
        const moves = state.reduce<number[][]>((all, bound) => all.flatMap((moved) => nextStates(bound, term).map((to) => moved.concat(to))), [[]])
        for (const move of moves) {
          const rented = move.filter((bound) => bound >= 0).length
          const total = cost + (perHour.elastic * rented + Math.max(0, d - base - rented)) / 6
          const key = move.toSorted((a, b) => a - b).join()
          if (total < (next.get(key)?.cost ?? Number.POSITIVE_INFINITY)) next.set(key, { state: move, cost: total })
        }
      }
      reached = next
    }
    least = Math.min(least, (base * perHour.base * values.length) / 6 + Math.min(...Array.from(reached.values(), ({ cost }) => cost)))
  }
  return least
}

const around = (busy: number): number[] => [...Array.from({ length: 12 }, () => 0), ...Array.from({ length: busy }, () => 1), ...Array.from({ length: 12 }, () => 0)]

describe('clairvoyantUsd', () => {
  it('rents only where a whole term pays: one full bin in six does not, four do at p/s = 0.5', () => {
    const perHour = { base: 0.5, elastic: 0.5 }
    expect(usd(around(1), perHour, 6)! * 6).toBeCloseTo(1, 12)
    expect(usd(around(4), perHour, 6)! * 6).toBeCloseTo(3, 12)
  })

  it('two rentals that overlap by half serve a second level for half a term, which no level by itself could', () => {
    const values = [0, 0, 1, 1, 2, 2, 1, 1, 0, 0]
    expect(usd(values, { base: 0.9, elastic: 0.9 }, 4)! * 6).toBeCloseTo(8 * 0.9, 12)
  })

  it('equals an exhaustive search over all schedules', () => {
    const values = fc.array(fc.oneof(fc.double({ min: 0, max: 3, noNaN: true }), fc.integer({ min: 0, max: 3 }), fc.constant(0)), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0.1, max: 1.1, noNaN: true }),
        fc.double({ min: 1, max: 1.8, noNaN: true }),
        fc.integer({ min: 1, max: 4 }),
        (demand, base, premium, term) => {
          fc.pre(Math.max(...demand) > 0)
          const perHour = { base, elastic: base * premium }
          expect(usd(demand, perHour, term)!).toBeCloseTo(bruteForce(demand, perHour, term), 9)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is the bound without terms where a term is one bin, and never below it', () => {
    const values = fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 1.2, noNaN: true }), fc.integer({ min: 2, max: 12 }), (demand, p, term) => {
        const perHour = { base: p, elastic: p * 1.3 }
        const anew = scheduleBound(demandOf(demand), perHour, leastServerless(demandOf(demand), serverless))
        expect(usd(demand, perHour, 1)!).toBeCloseTo(anew, 9)
        expect(usd(demand, perHour, term)!).toBeGreaterThanOrEqual(anew - 1e-9)
      }),
    )
  })

  it('is below the elastic rule on every trace, base and term', () => {
    const values = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 2, maxLength: 80 })
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 1.1, noNaN: true }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 12 }), (demand, p, base, term) => {
        const market = { ...bareMarket(p), elasticPerHour: p * 1.2, termSeconds: term * 600 }
        const rented = elasticCounts(Float64Array.from(demand), 600, market, base, p * 1.2)
        const cost = binCosts(demandOf(demand), market, base, rented, new Float64Array(demand.length)).reduce((sum, value) => sum + value, 0)
        expect(usd(demand, { base: p, elastic: p * 1.2 }, term)!).toBeLessThanOrEqual(cost + 1e-9)
      }),
    )
  })

  it('gives up on an instance that is too large, rather than take minutes', () => {
    expect(usd(sineWeeks(2000, 20_000), { base: 0.6, elastic: 0.6 }, 6)).toBeNull()
  })

  it('is 0 without demand', () => {
    expect(usd([0, 0], { base: 1, elastic: 1 }, 3)).toBe(0)
  })
})
