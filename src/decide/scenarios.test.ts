import { describe, expect, it } from 'vitest'
import type { Demand } from './demand.ts'
import type { PlanInput, ReplicaOption } from './plan-input.ts'
import type { PlanResult, Scenario } from './plan-result.ts'
import { plan } from './plan.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption, sineWeeks } from './testing.ts'

const week = demandOf(sineWeeks(1, 5, 1, 7))
const planOf = (over: Partial<ReplicaOption> = {}, more: Partial<PlanInput> = {}, demand: Demand = week): PlanResult => {
  const input = planInput(demand, 0.6, { resamples: 20, ...more })
  return plan({ ...input, replicas: [{ ...input.replicas[0]!, ...over }] })
}
const byId = (result: PlanResult, id: string): Scenario => result.scenarios.find((scenario) => scenario.id === id)!
const ids = (result: PlanResult): string[] => result.scenarios.map(({ id }) => id)

const bill = (c: number): number => (week.replicas.reduce((sum, d) => sum + (0.6 * c + Math.max(0, d - c)) / 6, 0) * 730) / 168

const api = (id: string, usd: number, missing: string[]) => ({ id, title: id, usdByDay: new Float64Array(7).fill(usd), missing, source: 'test', asOf: '2026-11-24' })
const kindOf = (one: ReplicaOption, gpu: string): ReplicaOption => ({
  ...one,
  gpu,
  serverless: [serverlessOption('own-serverless', 1), serverlessOption(`of-${gpu}`, 2)],
})

describe('the scenarios', () => {
  it('with bare prices equal their closed forms', () => {
    const { scenarios } = planOf()
    const all = Object.fromEntries(scenarios.map(({ id, monthlyUsd }) => [id, monthlyUsd]))
    expect(all['all-dedicated']).toBeCloseTo(0.6 * 5 * 730, 8)
    expect(all['all-serverless']).toBeCloseTo(bill(0), 8)
    expect(all['hybrid']).toBeCloseTo(Math.min(...[0, 1, 2, 3, 4, 5].map((c) => bill(c))), 8)
    expect(all['floor-plus-10']).toBeCloseTo(bill(2), 8)
  })

  it('exist as far as there are offers', () => {
    expect(ids(planOf())).toEqual(['all-serverless', 'all-dedicated', 'hybrid', 'floor-plus-10', 'hybrid-hour-of-day', 'hybrid-elastic'])
    expect(ids(planOf({ serverless: [] }))).toEqual(['all-dedicated'])
    expect(ids(planOf({ dedicated: [] }))).toEqual(['all-serverless'])
    const tokens = [{ id: 'api', title: 'api', usdByDay: new Float64Array(7).fill(3), missing: [], source: 'test', asOf: '2026-11-24' }]
    expect(ids(planOf({ dedicated: [], serverless: [] }, { tokens }))).toEqual(['tokens-api'])
  })

  it('show what is not allowed, with the way to allow it', () => {
    const offers = [
      dedicatedOption('hourly', 0.6),
      dedicatedOption('year', 0.4, { tier: 'committed-1y', commitmentMonths: 12 }),
      dedicatedOption('spot', 0.2, { tier: 'spot', spot: { interruptionsPerHour: 0.1, noticeSeconds: 30 } }),
      dedicatedOption('crowd', 0.1, { tier: 'decentralized' }),
    ]
    const result = planOf({ dedicated: offers })
    for (const [id, mend] of [
      ['year', '--commit'],
      ['spot', '--allow-spot'],
      ['crowd', '--dedicated'],
    ] as const) {
      expect(byId(result, `hybrid@${id}`)).toMatchObject({ considered: false, feasible: true, why: [expect.stringContaining(mend)] })
      expect(byId(result, `all-dedicated@${id}`).considered).toBe(false)
    }
    const allowed = planOf({ dedicated: offers }, { constraints: { ...planInput(week, 1).constraints, commitmentMonths: 12 } })
    expect(byId(allowed, 'hybrid').offers).toContain('year')
    expect(byId(allowed, 'hybrid-elastic').offers).toContain('hourly')
    expect(byId(allowed, 'hybrid-hour-of-day').offers).toContain('hourly')
  })

  it('a price at which nothing is owned is all-serverless under another name, and no plan of its own', () => {
    const result = planOf({ dedicated: [dedicatedOption('hourly', 0.6), dedicatedOption('managed', 5, { tier: 'managed' })] })
    expect(byId(result, 'hybrid@managed')).toMatchObject({ considered: false, feasible: true, replicas: { base: 0 }, why: [expect.stringContaining('the same as all-serverless')] })
    expect(byId(result, 'all-dedicated@managed').considered).toBe(true)
  })

  it('a commitment alone cannot be rented by the hour, and the plan says so', () => {
    const result = planOf(
      { dedicated: [dedicatedOption('year', 0.4, { tier: 'committed-1y', commitmentMonths: 12 })] },
      { constraints: { ...planInput(week, 1).constraints, commitmentMonths: 12 } },
    )
    expect(ids(result)).toEqual(['all-serverless', 'all-dedicated', 'hybrid', 'floor-plus-10'])
    expect(result.warnings.join()).toContain('No offer can be rented by the hour')
  })

  it('rentals of more than an hour leave no daily schedule', () => {
    const result = planOf({}, { elastic: { termSeconds: 86_400, noticeSeconds: 0, windowSeconds: 1800 } })
    expect(ids(result)).not.toContain('hybrid-hour-of-day')
    expect(result.warnings.join()).toContain('a rental lasts 24.0 hours')
  })

  it('list each other serverless offer once, also where kinds of replica share it', () => {
    const input = planInput(week, 0.6, { resamples: 20 })
    const [one] = input.replicas
    const kinds = ['a', 'b', 'c'].map((gpu) => kindOf(one!, gpu))
    const list = ids(plan({ ...input, replicas: kinds }))
    expect(new Set(list).size).toBe(list.length)
    expect(list).toEqual(
      expect.arrayContaining(['all-serverless@own-serverless (1 x b)', 'all-serverless@own-serverless (1 x c)', 'all-serverless@of-a', 'all-serverless@of-c']),
    )
  })

  it('an incomplete API bill is shown and never recommended', () => {
    const result = planOf({}, { tokens: [api('part', 0.01, ['output']), api('whole', 1, []), api('dear', 2, [])] })
    expect(byId(result, 'tokens-api').title).toContain('whole')
    expect(byId(result, 'tokens-api@part')).toMatchObject({
      monthlyUsd: null,
      optimalityGap: null,
      considered: false,
      why: [expect.stringContaining('No price for output: the rest alone costs $0.30')],
    })
    expect(byId(result, 'tokens-api@dear').considered).toBe(false)
    expect(result.recommended).toBe('tokens-api')
  })

  it('residency and real time rule an API out, for what nobody states', () => {
    const tokens = [{ id: 'api', title: 'api', usdByDay: new Float64Array(7).fill(0.01), missing: [], source: 'test', asOf: '2026-11-24' }]
    const { constraints } = planInput(week, 1)
    expect(byId(planOf({}, { tokens, constraints: { ...constraints, residency: 'eu' } }), 'tokens-api').feasible).toBe(false)
    const realTime = planOf({}, { tokens, constraints: { ...constraints, realTime: true } })
    expect(realTime.recommended).toBe('all-dedicated')
    expect(byId(realTime, 'tokens-api').feasible).toBe(false)
  })
})
