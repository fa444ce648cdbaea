import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastServerless } from './bounds.ts'
import type { ReplicaKind } from './multi-gpu.ts'
import { bestMix, linearOverflowUsd } from './multi-gpu.ts'
import { bareMarket, curvedMarket, demandOf } from './testing.ts'

const perSecond = (values: readonly number[]): Float64Array => new Float64Array(values.length).fill(1 / 3600)
const bareUsd = (values: readonly number[]) => (capacity: number): number => values.reduce((sum, d) => sum + Math.max(0, d - capacity) / 6, 0)

/** Every combination of two kinds. */
function bruteForce(values: readonly number[], [a, b]: readonly [ReplicaKind, ReplicaKind], usd: (capacity: number) => number, ownUsd: number): number {
  const peak = Math.max(...values)
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i <= Math.ceil(peak / a.capacity); i++) {
    for (let j = 0; j <= Math.ceil(peak / b.capacity); j++) {
      const rent = ((i * a.perHour + j * b.perHour) * values.length) / 6
      least = Math.min(least, rent + usd(Math.min(peak, i * a.capacity + j * b.capacity)) + (i + j > 0 ? ownUsd : 0))
    }
  }
  return least
}

describe('bestMix', () => {
  it('fills up with small replicas what a large one would leave idle', () => {
    const mix = bestMix(demandOf([2.5, 2.5]), [{ gpu: 'large', perHour: 0.5, capacity: 1 }, { gpu: 'small', perHour: 0.28, capacity: 0.5 }], bareUsd([2.5, 2.5]))
    expect(mix).toEqual({ counts: [2, 1], usd: expect.closeTo(1.28 / 3, 12) })
  })

  const trace = fc.array(fc.oneof(fc.double({ min: 0, max: 6, noNaN: true }), fc.integer({ min: 0, max: 6 })), { minLength: 1, maxLength: 20 })
  const kind = fc.record({ gpu: fc.constant('x'), perHour: fc.double({ min: 0.05, max: 1.5, noNaN: true }), capacity: fc.double({ min: 0.3, max: 2, noNaN: true }) })

  it('equals an exhaustive search, with the quick bound and without, with operations', () => {
    fc.assert(
      fc.property(trace, kind, kind, fc.double({ min: 0, max: 1, noNaN: true }), (values, a, b, ownUsd) => {
        const demand = demandOf(values)
        const { billed } = curvedMarket(1).serverless!.overflow
        const usd = (capacity: number): number => values.reduce((sum, d) => sum + billed(Math.max(0, d - capacity)) / 6, 0)
        const least = linearOverflowUsd(demand, leastServerless(demand, curvedMarket(1).serverless!))
        const expected = bruteForce(values, [a, b], usd, ownUsd)
        expect(bestMix(demand, [a, b], usd, undefined, ownUsd)!.usd).toBeCloseTo(expected, 8)
        expect(bestMix(demand, [a, b], usd, least, ownUsd)!.usd).toBeCloseTo(expected, 8)
      }),
    )
  })

  it('refuses more combinations than it tries', () => {
    const kinds = Array.from({ length: 3 }, (_, i) => ({ gpu: `g${i}`, perHour: 1, capacity: 1 }))
    expect(bestMix(demandOf([100, 1]), kinds, () => 0)).toBeNull()
  })

  it('owns nothing without demand', () => {
    expect(bestMix(demandOf([0, 0]), [{ gpu: 'a', perHour: 1, capacity: 1 }], () => 0)).toEqual({ counts: [0], usd: 0 })
  })
})

describe('linearOverflowUsd', () => {
  it('is the closed form at any capacity', () => {
    const trace = fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(trace, fc.double({ min: 0, max: 8, noNaN: true }), (values, capacity) => {
        expect(linearOverflowUsd(demandOf(values), perSecond(values))(capacity)).toBeCloseTo(bareUsd(values)(capacity), 9)
      }),
    )
  })

  it('prices each bin at its own price, as the bound needs', () => {
    const values = [1, 4]
    const least = leastServerless(demandOf(values), bareMarket(1).serverless!)
    expect(linearOverflowUsd(demandOf(values), Float64Array.of(least[0]! * 3, least[1]!))(0.5) * 6).toBeCloseTo(3 * 0.5 + 3.5, 9)
  })
})
