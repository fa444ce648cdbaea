import type { Choice } from './choose-offers.ts'
import { cheapest } from './choose-offers.ts'
import type { CostTable } from './cost-table.ts'
import type { Demand } from './demand.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { PlanInput } from './plan-input.ts'
import type { Scenario } from './plan-result.ts'
import type { PartialSpec, ScenarioContext } from './scenario.ts'
import { describeScenario } from './scenario.ts'
import type { ScenarioBounds } from './scenario-bounds.ts'
import { scenarioBounds } from './scenario-bounds.ts'
import { allDedicatedScenario, otherDedicatedScenarios } from './scenario-dedicated.ts'
import { elasticHybrid, fixedHybrids, scheduleHybrid } from './scenario-hybrids.ts'
import { mixScenario } from './scenario-mix.ts'
import { serverlessScenarios } from './scenario-serverless.ts'
import type { OpsMonthly } from './strategies.ts'
import { cheapestTokens, tokensUsage } from './tokens-offers.ts'

export interface BuiltScenarios {
  readonly scenarios: readonly Scenario[]
  readonly bounds: ScenarioBounds
  /** Share of each level's work that rented replicas serve in `hybrid-elastic`, from level 1 on; empty without it. */
  readonly elasticShare: Float64Array
  readonly warnings: readonly string[]
}

/** Every scenario that the offers allow, each sized on the whole trace and billed for a month. The simpler come first. */
export function buildScenarios(input: PlanInput, best: Choice, all: readonly Choice[], table: CostTable, breakEven: number): BuiltScenarios {
  const { replica, market, serverless, dedicated } = best
  const { demand } = replica
  const ops: OpsMonthly = { dedicated: input.ops.dedicatedMonthly, serverless: input.ops.serverlessMonthly }
  const bounds = scenarioBounds(demand, market, ops)
  const specs: PartialSpec[] = serverlessScenarios(best, all, bounds, ops)
  const warnings: string[] = []
  let elasticShare: Float64Array = new Float64Array(0)
  if (dedicated !== null) specs.push(allDedicatedScenario(input, best, bounds, dedicated))
  specs.push(...tokensScenarios(input, demand))
  if (dedicated !== null && serverless !== null) {
    specs.push(...fixedHybrids(best, bounds))
    if (best.onDemand === null) warnings.push('No offer can be rented by the hour without a commitment: no elastic floor and no daily schedule.')
    else {
      const { spec, warning } = scheduleHybrid(best, table, bounds, ops)
      if (spec !== undefined) specs.push(spec)
      if (warning !== undefined) warnings.push(warning)
      const elastic = elasticHybrid(best, table, bounds, breakEven)
      specs.push(elastic.spec)
      elasticShare = elastic.share
    }
    const mix = mixScenario(best, all, ops)
    if (mix?.spec !== undefined) specs.push(mix.spec)
    if (mix?.warning !== undefined) warnings.push(mix.warning)
  }
  specs.push(...otherDedicatedScenarios(input, best, bounds, ops))
  const plan = {
    base: 0,
    gpu: replica.gpu,
    gpusPerReplica: replica.gpusPerReplica,
    dedicated,
    rented: best.onDemand,
    serverless,
    egressPerRequest: market.egressPerRequest,
    throughputRatio: serverless?.overflow.throughputRatio,
    boundUsd: null,
  }
  const context = contextOf(input, best)
  return { scenarios: specs.map((spec) => describeScenario(Object.assign({}, plan, spec), context)), bounds, elasticShare, warnings }
}

/** Every tokens API; the cheapest whose bill is complete may be recommended. */
function tokensScenarios({ tokens }: PlanInput, demand: Demand): PartialSpec[] {
  const leading = cheapestTokens(tokens)
  return tokens.map((option): PartialSpec => {
    const monthlyUsd = (option.usdByDay.reduce((sum, usd) => sum + usd, 0) * SECONDS_PER_MONTH) / (demand.replicas.length * demand.binSeconds)
    const partial = option.missing.length > 0
    const objection = partial
      ? `No price for ${option.missing.join(', ')}: the rest alone costs $${monthlyUsd.toFixed(2)} a month.`
      : 'Another API is cheaper for the same model.'
    return {
      id: option === leading ? 'tokens-api' : `tokens-api@${option.id}`,
      title: `Tokens API (${option.title})`,
      family: 'tokens',
      usage: tokensUsage(demand),
      dedicated: null,
      rented: null,
      serverless: null,
      tokens: { option, monthlyUsd },
      boundUsd: partial ? null : monthlyUsd,
      ...(option === leading ? {} : { notConsidered: objection }),
    }
  })
}

function contextOf(input: PlanInput, { replica: { demand, dedicated } }: Choice): ScenarioContext {
  const market = cheapest(dedicated.filter(({ commitmentMonths, spot, tier }) => commitmentMonths === null && spot === null && tier !== 'decentralized'), ({ perHour }) => perHour)
  const tokens = (input.traffic.inputTokens ?? 0) + (input.traffic.outputTokens ?? 0)
  return {
    constraints: input.constraints,
    ops: input.ops,
    egressGbPerRequest: input.egressGbPerRequest,
    priceDecline: input.priceDecline,
    marketPerHour: market?.perHour ?? null,
    tokensPerMonth: tokens === 0 ? null : (tokens * SECONDS_PER_MONTH) / (demand.replicas.length * demand.binSeconds),
  }
}
