import { seededRandom } from '../core/random.ts'
import { billedPerUseful, breakEvenFill } from './break-even-k.ts'
import type { Choice } from './choose-offers.ts'
import { chooseOffers } from './choose-offers.ts'
import { candidateCounts, costTable } from './cost-table.ts'
import { holdOutLastWeek } from './hold-out.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { levelCosts, workBound } from './optimum.ts'
import type { PlanInput } from './plan-input.ts'
import type { MarginalLevel, PlanResult, Scenario } from './plan-result.ts'
import { planAssumptions } from './plan-assumptions.ts'
import { growthGrid, resampleDays } from './resample.ts'
import { buildScenarios } from './scenarios.ts'
import { sensitivity } from './sensitivity.ts'
import { demandShape } from './shape.ts'
import type { OpsMonthly, Strategy } from './strategies.ts'
import { allDedicated, allServerless, floorPlusTen, hybrid, hybridElastic, hybridHourOfDay, perDay } from './strategies.ts'
import { decisionTree } from './tree.ts'
import { verdictOf } from './verdict.ts'

/** Dedicated counts that the resampling tries at most; the optimum itself is found over all of them. */
const MOST_COUNTS = 72

/**
 * The plan: every scenario billed by the same meters, the optimum, the bound, what the evidence supports. Pure; the
 * same input and seed give the same result. Throws PLAN_INFEASIBLE where no offer is left.
 */
export function plan(input: PlanInput): PlanResult {
  const { best, all } = chooseOffers(input)
  const { replica, market } = best
  const { demand } = replica
  const seconds = demand.replicas.length * demand.binSeconds
  const toMonth = SECONDS_PER_MONTH / seconds
  const days = seconds / 86400
  const shape = demandShape(demand)
  const k = billedPerUseful(demand, market, best.count)
  const breakEven = breakEvenFill(market, market.elasticPerHour, k)
  const ops: OpsMonthly = { dedicated: input.ops.dedicatedMonthly, serverless: input.ops.serverlessMonthly }

  const table = costTable(demand, market, candidateCounts(shape.peak, MOST_COUNTS), growthGrid(input.growthSd), breakEven)
  const { scenarios, elasticShare } = buildScenarios(input, best, all, table, breakEven)
  const considered = scenarios.filter((scenario) => scenario.considered).map(({ id }) => id)
  const strategies = (of: typeof market, cost: OpsMonthly): Strategy[] => strategiesFor(input, best, of, cost).filter(({ id }) => considered.includes(id))
  const judged = input.traffic.measured && table.days >= 2 ? resampleDays(table, strategies(market, ops), input.resamples, seededRandom(input.seed)) : null
  const byCost = (cost: (scenario: Scenario) => number): string => [...scenarios].filter(({ id }) => considered.includes(id)).sort((a, b) => cost(a) - cost(b))[0]?.id ?? best.replica.gpu ?? 'hybrid'
  // With days to judge on, the expected cost on other days decides; otherwise the cost on the days that there are,
  // without the schedule, whose 24 counts fit a short trace too well.
  const recommended = judged === null ? byCost(({ id, monthlyUsd }) => (id === 'hybrid-hour-of-day' ? Number.POSITIVE_INFINITY : (monthlyUsd ?? Number.POSITIVE_INFINITY))) : byCost(({ id }) => judged.meanUsdPerDay[id] ?? Number.POSITIVE_INFINITY)

  const verdict = verdictOf({
    recommended,
    titles: Object.fromEntries(scenarios.map(({ id, title }) => [id, title])),
    families: Object.fromEntries(scenarios.map(({ id, family }) => [id, family])),
    probabilityCheapest: judged?.probabilityCheapest ?? {},
    measured: input.traffic.measured,
    days,
    candidates: considered.length,
  })
  const chosen = scenarios.find(({ id }) => id === recommended)!
  const levels = marginal(best, toMonth)
  const cheapestPerHour = Math.min(...replica.dedicated.filter((option) => considered.some((id) => scenarios.find((scenario) => scenario.id === id)?.offers.includes(option.id))).map(({ perHour }) => perHour), market.basePerHour, market.elasticPerHour)
  const gpuBound = workBound(demand, cheapestPerHour, market.serverless?.perSecond ?? null) * toMonth
  const tokensUsd = scenarios.filter(({ family, feasible }) => family === 'tokens' && feasible).map(({ monthlyUsd }) => monthlyUsd ?? Number.POSITIVE_INFINITY)
  const others = scenarios.filter(({ id, family }) => family !== 'tokens' && !considered.includes(id)).map(({ lowerBoundMonthlyUsd }) => lowerBoundMonthlyUsd ?? Number.POSITIVE_INFINITY)
  const lowerBound = Math.min(gpuBound, ...tokensUsd, ...others)
  const usdOf = (id: string): number | null => scenarios.find((scenario) => scenario.id === id)?.monthlyUsd ?? null

  return {
    schemaVersion: 1,
    scenarios,
    recommended,
    lowerBoundMonthlyUsd: lowerBound,
    optimalityGap: lowerBound > 0 ? (chosen.monthlyUsd ?? Number.NaN) / lowerBound - 1 : 0,
    marginal: levels,
    outOfSample: input.traffic.measured ? holdOutLastWeek(table, strategies(market, ops)) : { method: 'not judged: the traffic is described, not measured', available: false, trainDays: 0, testDays: 0, bestFixedUsd: null, clairvoyantHourlyUsd: null, scenarios: {} },
    probabilityCheapest: judged?.probabilityCheapest ?? {},
    verdict: verdict.verdict,
    verdictText: verdict.text,
    family: verdict.family,
    whatToMeasureNext: verdict.next,
    breakEven: { utilization: breakEven, k, throughputRatio: 1, overheadShare: ops.dedicated / Math.max(1, best.count * market.basePerHour * 730) },
    sensitivity: sensitivity({ demand, market, strategies, breakEven: (of) => breakEvenFill(of, of.elasticPerHour, billedPerUseful(demand, of, best.count)), ops, throughputError: replica.throughputError, growthSd: input.growthSd === 0 ? 0.2 : input.growthSd, toMonth }),
    tree: decisionTree({
      shape,
      breakEven,
      firstFill: levels[0]?.meanFill ?? 0,
      dedicatedReplicas: best.count,
      days,
      measured: input.traffic.measured,
      sloTtftSeconds: input.constraints.sloTtftSeconds,
      realTime: input.constraints.realTime,
      coldStartP50: best.serverless?.coldStart?.p50 ?? null,
      residency: input.constraints.residency,
      offersInRegion: replica.dedicated.length + replica.serverless.length,
      budgetMonthlyUsd: input.constraints.budgetMonthlyUsd,
      platformTeam: input.constraints.platformTeam,
      hybridUsd: Math.min(usdOf('hybrid') ?? Number.POSITIVE_INFINITY, usdOf('hybrid-elastic') ?? Number.POSITIVE_INFINITY),
      serverlessUsd: usdOf('all-serverless'),
      dedicatedUsd: usdOf('all-dedicated'),
      recommendedTitle: chosen.title,
      recommendedUsd: chosen.monthlyUsd,
    }),
    savings: input.current && { currentMonthlyUsd: input.current.monthlyUsd, monthlyUsd: input.current.monthlyUsd - (chosen.monthlyUsd ?? 0), yearlyUsd: 12 * (input.current.monthlyUsd - (chosen.monthlyUsd ?? 0)), source: input.current.source },
    picture: {
      startMs: demand.startMs,
      binSeconds: demand.binSeconds,
      demand: Array.from(demand.replicas),
      gaps: Array.from(demand.possibleGap).flatMap((gap, t) => (gap === 1 ? [t] : [])),
      levels: levels.map(({ level, meanFill }) => ({ level, meanFill, choice: servedBy(level, chosen, elasticShare) })),
      breakEven,
    },
    assumptions: planAssumptions(input, best, k),
    warnings: [...input.warnings, ...warningsOf(demand.possibleGap, chosen)],
    traffic: {
      source: input.traffic.source,
      measured: input.traffic.measured,
      days,
      binSeconds: demand.binSeconds,
      bins: demand.replicas.length,
      requestsPerMonth: demand.requests.reduce((sum, value) => sum + value, 0) * toMonth,
      inputTokensPerMonth: input.traffic.inputTokens === null ? null : input.traffic.inputTokens * toMonth,
      outputTokensPerMonth: input.traffic.outputTokens === null ? null : input.traffic.outputTokens * toMonth,
      floor: shape.floor,
      mean: shape.mean,
      peak: shape.peak,
      possibleGapBins: demand.possibleGap.reduce((sum, gap) => sum + gap, 0),
    },
  }
}

/** The strategies behind the scenarios, the simpler first: ties count for the simpler. */
function strategiesFor(input: PlanInput, best: Choice, market: typeof best.market, ops: OpsMonthly): Strategy[] {
  const seconds = best.replica.demand.replicas.length * best.replica.demand.binSeconds
  const rebates = best.replica.dedicated.filter(({ id }) => id !== best.dedicated?.id)
  return [
    allServerless('all-serverless', ops),
    allDedicated('all-dedicated', market.basePerHour, ops, input.headroom),
    ...input.tokens.slice(0, 1).map((option) => perDay('tokens-api', 'tokens', option.usdByDay, 0)),
    hybrid('hybrid', ops),
    floorPlusTen('floor-plus-10', ops),
    ...(seconds >= 86400 ? [hybridHourOfDay('hybrid-hour-of-day', ops)] : []),
    hybridElastic('hybrid-elastic', ops),
    ...rebates.flatMap((option) => [allDedicated(`all-dedicated@${option.id}`, option.perHour, ops, input.headroom), hybrid(`hybrid@${option.id}`, ops, market.basePerHour - option.perHour)]),
  ]
}

/** The marginal table for a month, each level with what serves it in the best plan of a fixed count. */
function marginal(best: Choice, toMonth: number): MarginalLevel[] {
  const { market } = best
  return levelCosts(best.replica.demand, market, best.costs).map(({ level, meanFill, dedicatedUsd, serverlessUsd }) => {
    const known = Number.isFinite(serverlessUsd)
    const breakEven = market.serverless === null ? 0 : known && serverlessUsd > 0 ? (meanFill * dedicatedUsd) / serverlessUsd : breakEvenFill(market, market.basePerHour, 1)
    const choice = level <= best.count || market.serverless === null ? 'dedicated' : 'serverless'
    return {
      level,
      meanFill,
      breakEven,
      choice,
      dedicatedUsd: dedicatedUsd * toMonth,
      serverlessUsd: known ? serverlessUsd * toMonth : 0,
      savesUsd: known ? Math.abs(serverlessUsd - dedicatedUsd) * toMonth : 0,
    }
  })
}

/** What serves most of a level's work in the recommended plan. */
function servedBy(level: number, chosen: Scenario, elasticShare: Float64Array): 'dedicated' | 'elastic' | 'serverless' {
  if (level <= chosen.replicas.base || chosen.family === 'dedicated') return 'dedicated'
  if (chosen.id === 'hybrid-elastic' && elasticShare[level - 1]! >= 0.5) return 'elastic'
  if (chosen.replicas.hourOfDay !== undefined && chosen.replicas.hourOfDay.filter((count) => count >= level).length >= 12) return 'elastic'
  return 'serverless'
}

function warningsOf(gaps: Uint8Array, chosen: Scenario): string[] {
  const empty = gaps.reduce((sum, gap) => sum + gap, 0)
  const warnings: string[] = []
  if (empty > 0) warnings.push(`${empty} empty bins (${((empty / gaps.length) * 100).toFixed(1)} %) in busy hours may be recording gaps: they are billed as recorded (no demand) and never taken as the floor.`)
  if (!chosen.feasible) warnings.push('No plan meets every constraint; the recommended one is the cheapest of those that break one.')
  return warnings
}
