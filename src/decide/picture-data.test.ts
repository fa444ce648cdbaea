import { describe, expect, it } from 'vitest'
import { pictureData } from './picture-data.ts'
import { plan } from './plan.ts'
import { demandOf, planInput, sineWeeks } from './testing.ts'

describe('pictureData', () => {
  const result = plan(planInput(demandOf(sineWeeks(1, 5, 1, 3), 600, [7]), 0.6, { resamples: 20 }))
  const chosen = (id: string) => result.scenarios.find((scenario) => scenario.id === id)!
  const choices = (id: string, share: readonly number[] = []): string[] =>
    pictureData(demandOf([1], 600, [0]), result.marginal, chosen(id), Float64Array.from(share), 0.6).levels.map(({ choice }) => choice)

  it('says what serves each level in the chosen plan', () => {
    expect(choices('all-dedicated')).toEqual(Array.from({ length: 5 }, () => 'dedicated'))
    expect(choices('all-serverless')).toEqual(Array.from({ length: 5 }, () => 'serverless'))
    expect(choices('hybrid')).toEqual(['dedicated', 'dedicated', 'serverless', 'serverless', 'serverless'])
  })

  it('calls a level elastic where rentals serve half of it or more', () => {
    const { base } = chosen('hybrid-elastic').replicas
    const share = Array.from({ length: 5 }, (_, level) => (level < 3 ? 0.9 : 0.4))
    expect(choices('hybrid-elastic', share)).toEqual(Array.from({ length: 5 }, (_, level) => (level < base ? 'dedicated' : level < 3 ? 'elastic' : 'serverless')))
  })

  it('calls a level elastic where the schedule holds it half the day', () => {
    expect(new Set(choices('hybrid-hour-of-day'))).toEqual(new Set(['dedicated', 'elastic', 'serverless']))
  })

  it('lists gaps by bin, and no line where there is nothing to compare', () => {
    expect(result.picture.gaps).toEqual([7])
    expect(pictureData(demandOf([1]), [], chosen('hybrid'), new Float64Array(1), null).breakEven).toBe(0)
  })
})
