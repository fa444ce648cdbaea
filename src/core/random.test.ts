import { describe, expect, it } from 'vitest'
import { exponential, gaussian, seededRandom } from './random.ts'

const draw = (n: number, f: () => number): number[] => Array.from({ length: n }, f)
const mean = (xs: number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

describe('seededRandom', () => {
  it('replays from its seed and differs between seeds', () => {
    expect(draw(5, seededRandom(7))).toEqual(draw(5, seededRandom(7)))
    expect(draw(5, seededRandom(7))).not.toEqual(draw(5, seededRandom(8)))
  })

  it('is uniform: every one of 20 cells holds its share within five standard errors', () => {
    const random = seededRandom(1)
    const cells = new Array<number>(20).fill(0)
    for (let i = 0; i < 200_000; i++) cells[Math.floor(random() * 20)]! += 1
    for (const count of cells) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000))
  })

  it('exponential and normal draws have their moments', () => {
    const random = seededRandom(2)
    expect(mean(draw(100_000, () => exponential(random, 3)))).toBeCloseTo(3, 1)
    const normal = draw(100_000, () => gaussian(random))
    expect(mean(normal)).toBeCloseTo(0, 1)
    expect(mean(normal.map((x) => x * x))).toBeCloseTo(1, 1)
  })
})
