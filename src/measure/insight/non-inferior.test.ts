import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { isNonInferior, isWorse } from './non-inferior.ts'

const of = (succeeded: number, judged: number): { judged: number; succeeded: number } => ({ judged, succeeded })

describe('non-inferiority within five points', () => {
  it.each([
    ['the same rate, many judged', of(900, 1000), of(900, 1000), true, false],
    ['the same rate, few judged: nobody can say', of(54, 60), of(54, 60), false, false],
    ['better', of(95, 100), of(85, 100), true, false],
    ['ten points worse', of(800, 1000), of(900, 1000), false, true],
    ['four points worse, with so many judged that it shows: within the margin and yet worse', of(17_200, 20_000), of(18_000, 20_000), true, true],
    ['all succeed', of(500, 500), of(500, 500), true, false],
    ['none judged', of(0, 0), of(50, 50), false, false],
    ['fewer than 50 judged', of(49, 49), of(49, 49), false, false],
  ])('%s', (_, candidate, reference, nonInferior, worse) => {
    expect([isNonInferior(candidate, reference), isWorse(candidate, reference)]).toEqual([nonInferior, worse])
  })

  it('who is at the margin passes in at most one of twenty trials', () => {
    const random = seededRandom(3)
    const draw = (rate: number): { judged: number; succeeded: number } => of(Array.from({ length: 400 }, () => random() < rate).filter(Boolean).length, 400)
    const passed = Array.from({ length: 2000 }, () => isNonInferior(draw(0.85), draw(0.9))).filter(Boolean).length
    expect(passed / 2000).toBeLessThan(0.06)
    expect(passed / 2000).toBeGreaterThan(0.03)
  })
})
