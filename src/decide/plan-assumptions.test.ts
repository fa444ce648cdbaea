import { describe, expect, it } from 'vitest'
import { plan } from './plan.ts'
import type { Assumption } from './plan-result.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'

const demand = demandOf([2, 1, 3], 3600)

describe('planAssumptions', () => {
  const [replica] = planInput(demand, 0.6).replicas
  const assumptions: readonly Assumption[] = plan({
    ...planInput(demand, 0.6, { tokens: [{ id: 'api', title: 'api', usdByDay: Float64Array.of(9), missing: [], source: 'list', asOf: '2026-01-02' }], bare: false }),
    replicas: [
      {
        ...replica!,
        dedicated: [...replica!.dedicated, dedicatedOption('year', 0.4, { tier: 'committed-1y', commitmentMonths: 12 })],
        serverless: [...replica!.serverless, serverlessOption('other', 2)],
      },
    ],
  }).assumptions

  it('gives every price that a scenario stands on, each with its source and date', () => {
    const names = assumptions.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'dedicated price (own dedicated)',
        'serverless price (own serverless)',
        'compared price (year)',
        'compared price (other)',
        'tokens bill (api)',
        'k, billed / useful serverless seconds',
        'month',
      ]),
    )
    for (const { source, asOf } of assumptions) {
      expect(source).not.toBe('')
      expect(asOf).toMatch(/^\d{4}-\d\d-\d\d$/u)
    }
  })

  it('says when prices are bare', () => {
    expect(plan(planInput(demand, 0.6)).assumptions.find(({ name }) => name === 'serverless overhead')?.source).toContain('--linear-overflow')
  })
})
