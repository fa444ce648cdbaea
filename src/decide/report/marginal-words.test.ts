import { describe, expect, it } from 'vitest'
import type { MarginalLevel } from '../plan-result.ts'
import { marginalWords } from './marginal-words.ts'
import { exampleResult, exampleScenario } from './testing.ts'

const level = (number: number, over: Partial<MarginalLevel> = {}): MarginalLevel => ({ level: number, meanFill: 1 - number / 100, breakEven: 0.6, choice: number <= 40 ? 'dedicated' : 'serverless', dedicatedUsd: 438, serverlessUsd: 500, savesUsd: 62, ...over })
const fixed = { scenarios: [exampleScenario('hybrid', 2388.99)], recommended: 'hybrid' }

describe('the marginal table in words', () => {
  it('tells a short list replica by replica', () => {
    expect(marginalWords({ ...fixed, marginal: [level(1, { meanFill: 0.97, savesUsd: 275 }), level(2, { meanFill: 0.31, choice: 'serverless', savesUsd: 80.2 })] })).toEqual([
      'A dedicated replica pays where it is filled at least 60 %: the first of 2.',
      'replica 1 filled 97 % -> dedicated saves $275',
      'replica 2 filled 31 % -> serverless saves $80.2',
    ])
  })

  it('tells a long list by the ends of its runs', () => {
    expect(marginalWords({ ...fixed, marginal: Array.from({ length: 60 }, (_, index) => level(index + 1)) })).toEqual([
      'A dedicated replica pays where it is filled at least 60 %: the first 40 of 60.',
      'replica 1 filled 99 % -> dedicated saves $62',
      'replicas 2 to 39 filled 98 % to 61 % -> dedicated saves $2,360 together',
      'replica 40 filled 60 % -> dedicated saves $62',
      'replica 41 filled 59 % -> serverless saves $62',
      'replicas 42 to 59 filled 58 % to 41 % -> serverless saves $1,120 together',
      'replica 60 filled 40 % -> serverless saves $62',
    ])
  })

  it('gives each replica its own break-even where they differ', () => {
    expect(marginalWords({ ...fixed, marginal: [level(1), level(41, { breakEven: 0.3 })] }).slice(0, 3)).toEqual([
      'A dedicated replica pays where it is filled at least to its break-even: the first of 2.',
      'replica 1 filled 99 % (break-even 60 %) -> dedicated saves $62',
      'replica 41 filled 59 % (break-even 30 %) -> serverless saves $62',
    ])
  })

  it.each([
    ['all 2 are', [level(1), level(2)]],
    ['none is', [level(41), level(42)]],
    ['the only one is', [level(1)]],
    ['never pays: it costs more than serverless even when it is always full (break-even 170 %)', [level(41, { breakEven: 1.7 })]],
  ])('knows how many pay: %s', (words, marginal) => {
    expect(marginalWords({ ...fixed, marginal })[0]).toContain(words)
  })

  it('says what a plan that changes the count does better', () => {
    expect(marginalWords(exampleResult()).at(-1)).toBe('That is the best fixed count (hybrid, $2,390 a month); hybrid-elastic costs $289 a month less, since it changes the count with demand.')
  })

  it('does not speak of a difference that no bill shows', () => {
    const scenarios = [exampleScenario('hybrid', 1000), exampleScenario('all-serverless', 999.9)]
    expect(marginalWords({ scenarios, recommended: 'all-serverless', marginal: [level(41)] }).join(' ')).not.toContain('best fixed count')
  })

  it.each([
    ['serverless', { serverlessUsd: null, savesUsd: null, breakEven: null }],
    ['dedicated', { dedicatedUsd: null, savesUsd: null, breakEven: null }],
  ] as const)('does not compare where there is no %s offer', (kind, over) => {
    expect(marginalWords({ ...fixed, marginal: [level(1, over), level(2, over)] })).toEqual([`No ${kind} offer to compare with, so there is no break-even: replica 1 is filled 99 %, replica 2 98 %.`])
  })

  it('has nothing to say without demand', () => {
    expect(marginalWords({ ...fixed, marginal: [] })).toEqual([])
  })
})
