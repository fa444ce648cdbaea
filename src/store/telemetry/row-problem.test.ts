import { describe, expect, it } from 'vitest'
import type { Observation, Score } from '../../core/observation.ts'
import { rowProblem, scoreProblem } from './row-problem.ts'
import { anObservation, aScore } from './testing.ts'

describe('rowProblem', () => {
  it('finds nothing wrong with what is right', () => {
    expect([rowProblem(anObservation()), scoreProblem(aScore())]).toEqual([null, null])
  })

  it.each(Object.keys(anObservation()) as (keyof Observation)[])('of another type in "%s" keeps the row out, not the batch', (field) => {
    const wrong = field === 'rawUsage' || field === 'tool' || field === 'streamed' ? null : 5n
    const problem = rowProblem({ ...anObservation(), [field]: wrong } as unknown as Observation)
    // These three are kept as they are, in JSON.
    expect(problem === null).toBe(wrong === null)
  })

  it.each([null, undefined, 'text', {}])('%s is no observation', (nothing) => {
    expect(rowProblem(nothing as unknown as Observation)).not.toBeNull()
  })

  it.each(Object.keys(aScore()) as (keyof Score)[])('a score of another type in "%s" is kept out', (field) => {
    expect(scoreProblem({ ...aScore(), [field]: {} } as unknown as Score)).not.toBeNull()
  })
})
