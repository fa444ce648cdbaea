import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { poissonWorkload, requireWorkload } from './workload.ts'
import type { Workload } from './workload.ts'

describe('poissonWorkload', () => {
  const { at, steps } = poissonWorkload(50_000, 4, seededRandom(1), () => 7)
  const gaps = at.map((time, i) => time - (at[i - 1] ?? 0))

  it('arrives at the rate, with gaps whose standard deviation is their mean', () => {
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    expect(mean).toBeCloseTo(0.25, 2)
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
  })

  it('is in order, has the lengths asked for, and replays from its seed', () => {
    expect(() => requireWorkload({ at, steps, prefillSeconds: null })).not.toThrow()
    expect(new Set(steps)).toEqual(new Set([7]))
    expect(poissonWorkload(50_000, 4, seededRandom(1), () => 7).at).toEqual(at)
  })
})

function workload(at: number[], steps: number[], prefill: number[] | null): Workload {
  return { at: Float64Array.from(at), steps: Float64Array.from(steps), prefillSeconds: prefill === null ? null : Float64Array.from(prefill) }
}

describe('requireWorkload', () => {
  it('takes equal times and empty columns', () => {
    expect(() => requireWorkload(workload([1, 1, 2], [0, 1, 2], [0, 0, 3]))).not.toThrow()
    expect(() => requireWorkload(workload([], [], null))).not.toThrow()
  })

  it.each([
    ['out of order', workload([1, 3, 2], [1, 1, 1], null), 3],
    ['an unknown time', workload([1, Number.NaN], [1, 1], null), 2],
    ['a negative length', workload([1, 2], [1, -1], null), 2],
    ['an endless length', workload([1], [Number.POSITIVE_INFINITY], null), 1],
    ['a negative prefill', workload([1, 2, 3], [1, 1, 1], [0, 0, -1]), 3],
  ])('refuses %s and names the row', (_, subject, row) => {
    expect(() => requireWorkload(subject)).toThrow(expect.objectContaining({ code: 'TRAFFIC_ROW_INVALID', place: { row } }))
  })
})
