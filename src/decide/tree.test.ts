import { describe, expect, it } from 'vitest'
import type { TreeInput } from './tree.ts'
import { decisionTree } from './tree.ts'

const shape = { floor: 1, mean: 3, peak: 8, floorShare: 1 / 3, hourlyVariation: 0.5, hourOfDayExplains: 0.7, dedicatedUtilization: 0.375 }
const input = (over: Partial<TreeInput> = {}): TreeInput => ({
  shape,
  breakEven: 0.6,
  firstFill: 1,
  dedicatedReplicas: 3,
  days: 14,
  measured: true,
  sloTtftSeconds: null,
  realTime: false,
  coldStartP50: 20,
  residency: null,
  offersInRegion: 4,
  budgetMonthlyUsd: null,
  platformTeam: null,
  hybridUsd: 2000,
  serverlessUsd: 3000,
  dedicatedUsd: 3500,
  recommendedTitle: 'Hybrid',
  recommendedUsd: 2000,
  ...over,
})
const answerTo = (question: RegExp, over: Partial<TreeInput> = {}) => decisionTree(input(over)).steps.find((step) => question.test(step.question))

describe('decisionTree', () => {
  it('prints the numbers behind every answer', () => {
    const { steps, conclusion } = decisionTree(input())
    expect(conclusion).toBe('Hybrid')
    expect(steps).toHaveLength(6)
    for (const { numbers } of steps) expect(numbers).not.toMatch(/NaN|Infinity|undefined|null/u)
    expect(answerTo(/Steady/u)).toMatchObject({ answer: 'no', numbers: 'floor 1.00 of mean 3.00 replicas = 33.3 %; hourly variation 50.0 %' })
    expect(answerTo(/operates/u)!.numbers).toContain('owning saves $1,000 a month against all-serverless')
  })

  it.each<[string, RegExp, Partial<TreeInput>, string]>([
    ['residency', /region/u, { residency: 'eu' }, 'yes, eu'],
    ['real time', /Real-time/u, { realTime: true, sloTtftSeconds: 0.1 }, 'yes'],
    ['a steady floor', /Steady/u, { shape: { ...shape, floorShare: 0.8 } }, 'yes'],
    ['no rhythm', /Predictable/u, { shape: { ...shape, hourOfDayExplains: 0.2 } }, 'no'],
    ['too few days for a rhythm', /Predictable/u, { shape: { ...shape, hourOfDayExplains: null } }, 'cannot tell'],
    ['replicas to own', /busy enough/u, {}, 'yes, 3 of them'],
    ['none to own', /busy enough/u, { dedicatedReplicas: 0 }, 'no'],
    ['no serverless offer', /busy enough/u, { serverlessUsd: null, breakEven: null }, 'there is no serverless offer to compare with'],
    ['no dedicated offer', /busy enough/u, { dedicatedUsd: null, hybridUsd: null, breakEven: null }, 'there is no dedicated offer'],
    ['a team', /operates/u, { platformTeam: true }, 'a platform team'],
    ['no team', /operates/u, { platformTeam: false }, 'nobody yet'],
    ['a budget that fits', /budget/u, { budgetMonthlyUsd: 2500 }, 'yes'],
    ['a budget that does not', /budget/u, { budgetMonthlyUsd: 1500 }, 'no'],
  ])('%s', (_, question, over, answer) => {
    expect(answerTo(question, over)!.answer).toBe(answer)
  })

  it('has nothing to compare where there is one kind of offer', () => {
    expect(answerTo(/operates/u, { hybridUsd: null })!.numbers).toBe('not both a dedicated and a serverless price to compare')
    expect(answerTo(/operates/u, { hybridUsd: 3000 })!.numbers).toContain('owning saves nothing')
  })

  it("keeps the guide's two rules as presets, which need not agree", () => {
    expect(decisionTree(input()).presets.map(({ answer }) => answer)).toEqual(['dedicated', 'hybrid'])
    const idle = { ...shape, dedicatedUtilization: 0.1, hourOfDayExplains: 0.1 }
    expect(decisionTree(input({ shape: idle })).presets.map(({ answer }) => answer)).toEqual(['serverless', 'serverless'])
    expect(decisionTree(input({ shape: { ...idle, floorShare: 0.9 } })).presets.map(({ answer }) => answer)).toEqual(['serverless', 'hybrid'])
    expect(decisionTree(input({ shape: { ...idle, hourOfDayExplains: 0.9 } })).presets.map(({ answer }) => answer)).toEqual(['hybrid', 'hybrid'])
    expect(decisionTree(input({ shape: { ...shape, floorShare: 0.9 } })).presets.map(({ answer }) => answer)).toEqual(['dedicated', 'dedicated'])
  })
})
