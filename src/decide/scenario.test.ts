import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Demand } from './demand.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { PartialSpec, ScenarioContext } from './scenario.ts'
import { describeScenario } from './scenario.ts'
import type { Scenario } from './plan-result.ts'
import { curvedMarket, curvedOverflow, dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const demand = demandOf([1, 3, 2, 0])
const context: ScenarioContext = {
  constraints: planInput(demand, 0.6).constraints,
  ops: { dedicatedMonthly: 0, serverlessMonthly: 0 },
  egressGbPerRequest: null,
  priceDecline: 0.3,
  marketPerHour: null,
  tokensPerMonth: null,
}
const own = dedicatedOption('d', 0.6)
const called = serverlessOption('s', 1, { overflow: curvedOverflow() })

function scenario(over: Partial<PartialSpec> & { of?: Demand } = {}, more: Partial<ScenarioContext> = {}): Scenario {
  const { of = demand, ...spec } = over
  const base = spec.base ?? 1
  const usage = spec.usage ?? monthlyUsage(of, spec.serverless === null ? { ...curvedMarket(0.6), serverless: null } : curvedMarket(0.6), base, null)
  return describeScenario(
    { id: 'x', title: 'x', family: 'hybrid', usage, base, gpu: 'h100-80gb', gpusPerReplica: 2, dedicated: own, rented: null, serverless: called, boundUsd: 100, ...spec },
    { ...context, ...more },
  )
}

const sum = (parts: object): number => Object.values(parts).reduce((total: number, part: number) => total + part, 0)

const spot = (interruptionsPerHour: number | null): Scenario =>
  scenario({ dedicated: dedicatedOption('spot', 0.6, { tier: 'spot', startupSeconds: 360, spot: { interruptionsPerHour, noticeSeconds: 30 } }) })

describe('describeScenario', () => {
  it('splits the bill so that the parts make the total', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 0, max: 9 }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (values, base, dedicatedMonthly) => {
          const { breakdown, monthlyUsd, utilization } = scenario({ of: demandOf(values), base }, { ops: { dedicatedMonthly, serverlessMonthly: 7 } })
          expect(sum(breakdown)).toBeCloseTo(monthlyUsd!, 6)
          for (const part of Object.values(breakdown)) expect(part).toBeGreaterThanOrEqual(0)
          expect(utilization ?? 0).toBeGreaterThanOrEqual(0)
          expect(utilization ?? 0).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('names the idle tax, and useful over paid as utilization', () => {
    const alone = scenario({ base: 3, serverless: null, family: 'dedicated' })
    expect(alone.breakdown.dedicatedBusy).toBeCloseTo(730 * 0.6 * 1.5, 6)
    expect(alone.breakdown.dedicatedIdle).toBeCloseTo(730 * 0.6 * 1.5, 6)
    expect(alone.utilization).toBeCloseTo(0.5, 12)
    expect(alone.unit.usdPerUsefulGpuHour).toBeCloseTo(0.6, 9)
  })

  it('charges spot for what interruptions waste, and says what it cannot know', () => {
    expect(spot(0.5).breakdown.interruptions).toBeCloseTo(730 * 0.6 * 0.05, 6)
    expect(spot(null).breakdown.interruptions).toBe(0)
    expect(spot(null).gotchas.join(' ')).toContain('How often is not stated: what it costs is not in this bill.')
  })

  it('charges egress by where requests went, and operations by what is run', () => {
    const egressPerRequest = { dedicated: 0.001, serverless: 0.01 }
    const { breakdown } = scenario({ egressPerRequest }, { ops: { dedicatedMonthly: 900, serverlessMonthly: 90 } })
    const overflow = ((2 + 1) / 4) * SECONDS_PER_MONTH
    expect(breakdown.egress).toBeCloseTo(overflow * 0.01 + (1.5 * SECONDS_PER_MONTH - overflow) * 0.001, 3)
    expect(breakdown.ops).toBe(900)
    expect(scenario({ base: 0 }, { ops: { dedicatedMonthly: 900, serverlessMonthly: 90 } }).breakdown.ops).toBe(90)
    expect(scenario({ base: 0, operatesDedicated: true }, { ops: { dedicatedMonthly: 900, serverlessMonthly: 90 } }).breakdown.ops).toBe(900)
  })

  it('an API has no replicas and nothing to operate', () => {
    const option = { id: 'api', title: 'api', usdByDay: Float64Array.of(1), missing: [], source: 't', asOf: '2026-11-24' }
    const api = scenario(
      { family: 'tokens', base: 0, serverless: null, dedicated: null, tokens: { option, monthlyUsd: 42 } },
      { ops: { dedicatedMonthly: 900, serverlessMonthly: 90 } },
    )
    expect(api).toMatchObject({ monthlyUsd: 42, utilization: null, offers: ['api'], gotchas: [], latency: { coldStartShare: null, queuedShare: null } })
  })

  it.each<[string, Partial<PartialSpec>, Partial<ScenarioContext['constraints']>, RegExp]>([
    ['work that nothing serves', { serverless: null }, {}, /Does not serve all traffic: 50\.0 %/u],
    ['work that a capped queue never drains', { serverless: { ...called, replicaCap: 1, atCap: 'queue' } }, {}, /the queue only grows/u],
    ['a cap that rejects', { serverless: { ...called, replicaCap: 1, atCap: 'reject' } }, {}, /rejects above 1/u],
  ])('refuses %s', (_, over, constraints, why) => {
    const refused = scenario(over, { constraints: { ...context.constraints, ...constraints } })
    expect(refused).toMatchObject({ feasible: false, considered: false })
    expect(refused.why[0]).toMatch(why)
  })

  it('shows without recommending what the user has not allowed', () => {
    expect(scenario({ notConsidered: 'not allowed' })).toMatchObject({ feasible: true, considered: false, why: ['not allowed'] })
  })

  it('prints its gap, and none without a bound', () => {
    expect(scenario().optimalityGap).toBeCloseTo(scenario().monthlyUsd! / 100 - 1, 12)
    expect(scenario({ boundUsd: null }).optimalityGap).toBeNull()
    expect(scenario({ boundUsd: 0 }).optimalityGap).toBeNull()
  })

  it('lists only the offers that are used', () => {
    expect(scenario().offers).toEqual(['d', 's'])
    expect(scenario({ base: 3 }).offers).toEqual(['d'])
    expect(scenario({ base: 0 }).offers).toEqual(['s'])
  })
})
