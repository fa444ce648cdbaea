import { describe, expect, it } from 'vitest'
import type { VerdictInput } from './verdict.ts'
import { familyName, verdictOf } from './verdict.ts'

const input = (over: Partial<VerdictInput> = {}): VerdictInput => ({
  recommended: 'hybrid',
  titles: { hybrid: 'Hybrid', 'hybrid-elastic': 'Elastic', 'all-serverless': 'All-serverless' },
  families: { hybrid: 'hybrid', 'hybrid-elastic': 'hybrid', 'all-serverless': 'serverless' },
  probabilityCheapest: { hybrid: 0.9, 'hybrid-elastic': 0.06, 'all-serverless': 0.04 },
  measured: true,
  doubts: [],
  days: 14,
  allowed: true,
  ...over,
})

describe('verdictOf', () => {
  it('names the plan from 80 % on', () => {
    expect(verdictOf(input())).toMatchObject({ verdict: 'hybrid', text: 'Hybrid: cheapest in 90 % of the resamples of its days.', family: { choice: 'hybrid', probability: expect.closeTo(0.96, 12) } })
    expect(verdictOf(input({ probabilityCheapest: { hybrid: 0.8, 'all-serverless': 0.2 } })).verdict).toBe('hybrid')
  })

  it('is inconclusive below, and says between whom and what to measure', () => {
    const verdict = verdictOf(input({ probabilityCheapest: { hybrid: 0.79, 'hybrid-elastic': 0.2, 'all-serverless': 0.01 } }))
    expect(verdict.verdict).toBe('inconclusive')
    expect(verdict.text).toContain('79 % of the resamples of its days, 80 % are needed. That some hybrid plan is cheapest holds in 99 %')
    expect(verdict.next[0]).toContain('Between Hybrid and Elastic (20 %)')
  })

  it.each([13.9, 7, 0.5])('is inconclusive with %s days, however sure', (days) => {
    expect(verdictOf(input({ days, probabilityCheapest: { hybrid: 1 } }))).toMatchObject({ verdict: 'inconclusive', next: [expect.stringContaining('more days of traffic')] })
  })

  it('is inconclusive on described traffic, for ever', () => {
    expect(verdictOf(input({ measured: false, days: 365, probabilityCheapest: { hybrid: 1 } })).text).toContain('described, not measured')
  })

  it('is inconclusive where no plan is allowed, or nothing could be judged', () => {
    expect(verdictOf(input({ allowed: false })).text).toContain('no plan that is allowed meets every constraint')
    expect(verdictOf(input({ probabilityCheapest: {} }))).toMatchObject({ verdict: 'inconclusive', family: { choice: 'hybrid', probability: null } })
  })
})

describe('familyName', () => {
  it('is what people say', () => {
    expect((['dedicated', 'serverless', 'hybrid', 'tokens'] as const).map((family) => familyName(family))).toEqual(['all-dedicated', 'all-serverless', 'hybrid', 'tokens-API'])
  })
})
