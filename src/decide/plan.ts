import { STALE_DAYS } from '../core/catalog/check.ts'
import { seededRandom } from '../core/random.ts'
import { billedPerUseful, breakEvenFill, headlineBreakEven } from './break-even-k.ts'
import { checkPlanInput } from './check-input.ts'
import type { Choice } from './choose-offers.ts'
import { chooseOffers } from './choose-offers.ts'
import { candidateCounts, costTable } from './cost-table.ts'
import { holdOutLastWeek, notJudged } from './hold-out.ts'
import { marginalLevels } from './marginal.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { pictureData } from './picture-data.ts'
import { planAssumptions } from './plan-assumptions.ts'
import type { Doubt, PlanInput } from './plan-input.ts'
import type { PlanResult, Scenario, TrafficSummary } from './plan-result.ts'
import type { Resampled } from './resample.ts'
import { GROWTH_SD, growthGrid, resampleDays, workSpread } from './resample.ts'
import { buildScenarios } from './scenarios.ts'
import { sensitivity } from './sensitivity.ts'
import type { DemandShape } from './shape.ts'
import { demandShape } from './shape.ts'
import { floorPlusTenCount } from './strategies.ts'
import { strategiesFor } from './strategy-list.ts'
import { decisionTree } from './tree.ts'
import { verdictOf } from './verdict.ts'


/** Dedicated counts that the resampling tries at most; the optimum itself is found over all of them. */
const MOST_COUNTS = 72

/**
 * The plan: every scenario billed by the same meters, the optimum, the bound, what the evidence supports. Pure; the
 * same input and seed give the same result. Throws PLAN_INFEASIBLE where no offer is left, PLAN_TOO_LARGE, and what
 * checkPlanInput throws.
 */
export function plan(input: PlanInput): PlanResult {
  checkPlanInput(input)
  const { best, all } = chooseOffers(input)
  const { replica, market } = best
  const { demand } = replica
  const toMonth = SECONDS_PER_MONTH / (demand.replicas.length * demand.binSeconds)
  const days = (demand.replicas.length * demand.binSeconds) / 86400
  const shape = demandShape(demand)
  const k = billedPerUseful(demand, market, best.count)
  const rentFrom = breakEvenFill(market, market.elasticPerHour, k)

  const counts = best.dedicated === null ? [0] : candidateCounts(shape.peak, MOST_COUNTS, [best.count, floorPlusTenCount(shape.floor)])
  // Bare prices are for checking the arithmetic: there a replica does exactly what is said.
  const spread = workSpread(input.growthSd, input.bare ? 0 : replica.throughputError)
  const table = costTable(demand, market, counts, growthGrid(spread.sd), rentFrom, spread.requestShare)
  const { scenarios, bounds, elasticShare, warnings } = buildScenarios(input, best, all, table, rentFrom)
  const considered = scenarios.filter((scenario) => scenario.considered)
  const ids = new Set(considered.map(({ id }) => id))
  const strategies = (of: typeof market, requests = 1): ReturnType<typeof strategiesFor> => strategiesFor(input, best, of, requests).filter(({ id }) => ids.has(id))
  const judged = input.traffic.measured ? resampleDays(table, strategies(market), input.resamples, seededRandom(input.seed)) : null
  const chosen = recommend(scenarios, judged, input.traffic.measured)
  const doubts = [...speedDoubts(replica, input.bare), ...(input.doubts ?? [])]
  const levels = marginalLevels(best, toMonth)
  const breakEven = headlineBreakEven(market, best.count, k)
  const verdict = verdictOf({
    recommended: chosen.id,
    titles: Object.fromEntries(scenarios.map(({ id, title }) => [id, title])),
    families: Object.fromEntries(scenarios.map(({ id, family }) => [id, family])),
    probabilityCheapest: judged?.probabilityCheapest ?? {},
    measured: input.traffic.measured,
    days,
    allowed: chosen.considered,
    doubts,
  })
  const lowerBound = leastBound(scenarios) ?? 0
  const allowedBound = leastBound(considered) ?? lowerBound

  return {
    schemaVersion: 1,
    scenarios,
    recommended: chosen.id,
    lowerBoundMonthlyUsd: lowerBound,
    optimalityGap: gap(chosen.monthlyUsd ?? 0, lowerBound),
    allowed: { lowerBoundMonthlyUsd: allowedBound, optimalityGap: gap(chosen.monthlyUsd ?? 0, allowedBound) },
    clairvoyant: best.dedicated === null || best.serverless === null ? null : bounds.schedule,
    marginal: levels,
    outOfSample: input.traffic.measured ? holdOutLastWeek(table, strategies(market)) : notJudged('the traffic is described, not measured', 0),
    probabilityCheapest: judged?.probabilityCheapest ?? {},
    expected: judged === null ? {} : expectedOf(judged),
    verdict: verdict.verdict,
    verdictText: verdict.text,
    family: verdict.family,
    whatToMeasureNext: verdict.next,
    breakEven,
    sensitivity:
      considered.length === 0
        ? []
        : sensitivity({
            demand,
            market,
            strategies,
            breakEven: (of, moved) => breakEvenFill(of, of.elasticPerHour, billedPerUseful(moved, of, best.count)),
            throughputError: replica.throughputError,
            // Without a growth uncertainty the tornado still moves the demand, by the usual one.
            growthSd: input.growthSd === 0 ? GROWTH_SD : input.growthSd,
            toMonth,
            random: judged === null ? null : () => seededRandom(input.seed),
          }),
    tree: treeOf(input, best, shape, days, chosen, scenarios, levels[0]?.meanFill ?? 0, levels[0]?.breakEven ?? breakEven.utilization),
    savings: savingsOf(input, chosen),
    // The line belongs where owning stops paying: at the first replica that the best fixed count leaves.
    picture: pictureData(demand, levels, chosen, elasticShare, levels[best.count]?.breakEven ?? levels[best.count - 1]?.breakEven ?? breakEven.utilization),
    assumptions: planAssumptions(input, best, all, k),
    warnings: [...doubts.map(({ text }) => text), ...input.warnings, ...warnings, ...warningsOf(demand.possibleGap, chosen), ...stalePrices(best, input.asOf)],
    traffic: trafficOf(input, best, shape, days, toMonth),
  }
}

/**
 * With days to judge on, the expected cost on days that a plan was not fitted to decides; otherwise the cost on the days
 * that there are, without the daily schedule, whose 24 counts fit a short recording too well. Where no plan that is allowed
 * meets the constraints, the cheapest that meets them, else the cheapest that breaks one.
 */
function recommend(scenarios: readonly Scenario[], judged: Resampled | null, measured: boolean): Scenario {
  const considered = scenarios.filter((scenario) => scenario.considered)
  const unfitted = considered.filter(({ id }) => id !== 'hybrid-hour-of-day')
  const complete = scenarios.filter(({ family, considered: may }) => family !== 'tokens' || may)
  const choices = [judged === null && measured ? unfitted : considered, complete.filter(({ feasible }) => feasible), complete, scenarios]
  const cost = ({ id, monthlyUsd }: Scenario): number => judged?.meanUsdPerDay[id] ?? monthlyUsd ?? Number.POSITIVE_INFINITY
  // Ties go to the first, as in the resampling: scenarios are listed with the simpler first.
  return choices.find((some) => some.length > 0)!.reduce((best, scenario) => (cost(scenario) < cost(best) * (1 - 1e-9) ? scenario : best))
}

function expectedOf({ meanUsdPerDay, intervalUsdPerDay }: Resampled): PlanResult['expected'] {
  const daysPerMonth = SECONDS_PER_MONTH / 86400
  const monthly = (id: string, mean: number, { p10, p90 }: { p10: number; p90: number }) =>
    [id, { meanUsd: mean * daysPerMonth, p10Usd: p10 * daysPerMonth, p90Usd: p90 * daysPerMonth }] as const
  return Object.fromEntries(Object.entries(meanUsdPerDay).map(([id, mean]) => monthly(id, mean, intervalUsdPerDay[id]!)))
}

/** The least bound of some scenarios; null where none has one. */
function leastBound(scenarios: readonly Scenario[]): number | null {
  const bounds = scenarios.map(({ lowerBoundMonthlyUsd }) => lowerBoundMonthlyUsd).filter((usd) => usd !== null)
  return bounds.length === 0 ? null : Math.min(...bounds)
}

/** 0 where the bound is no amount (below a nano-dollar): then the plan costs nothing either, or the bound says nothing. */
function gap(usd: number, bound: number): number {
  return bound >= 1e-9 ? Math.max(0, usd / bound - 1) : 0
}

function treeOf(
  input: PlanInput,
  best: Choice,
  shape: DemandShape,
  days: number,
  chosen: Scenario,
  scenarios: readonly Scenario[],
  firstFill: number,
  breakEven: number | null,
): PlanResult['tree'] {
  const usdOf = (id: string): number | null => scenarios.find((scenario) => scenario.id === id)?.monthlyUsd ?? null
  const owning = [usdOf('hybrid'), usdOf('hybrid-elastic')].filter((usd) => usd !== null)
  return decisionTree({
    shape,
    breakEven,
    firstFill,
    dedicatedReplicas: best.count,
    days,
    measured: input.traffic.measured,
    sloTtftSeconds: input.constraints.sloTtftSeconds,
    realTime: input.constraints.realTime,
    coldStartP50: best.serverless?.coldStart?.p50 ?? null,
    residency: input.constraints.residency,
    offersInRegion: best.replica.dedicated.length + best.replica.serverless.length,
    budgetMonthlyUsd: input.constraints.budgetMonthlyUsd,
    platformTeam: input.constraints.platformTeam,
    hybridUsd: owning.length === 0 ? null : Math.min(...owning),
    serverlessUsd: usdOf('all-serverless'),
    dedicatedUsd: usdOf('all-dedicated'),
    recommendedTitle: chosen.title,
    recommendedUsd: chosen.monthlyUsd,
  })
}

function savingsOf({ current }: PlanInput, { monthlyUsd }: Scenario): PlanResult['savings'] {
  if (current === null || monthlyUsd === null) return null
  const saved = current.monthlyUsd - monthlyUsd
  return { currentMonthlyUsd: current.monthlyUsd, monthlyUsd: saved, yearlyUsd: 12 * saved, source: current.source }
}

/** A speed that nobody measured is said before anything else. */
function speedDoubts({ rough, gpu, gpusPerReplica, throughputError }: Choice['replica'], bare: boolean): Doubt[] {
  if (rough !== true || bare) return []
  return [
    {
      text: `The speed of ${gpusPerReplica} x ${gpu} is an estimate carried over from other measurements, within ${Math.round(throughputError * 100)} % nine times in ten.`,
      next: 'Measure what one replica serves within the latency target and give it with --replica-rps: its speed here is an estimate.',
      blocks: false,
    },
  ]
}

/** Prices of the plan's own offers that are old enough to have changed. */
function stalePrices({ dedicated, onDemand, serverless }: Choice, today: string): string[] {
  const offers = [...new Set([dedicated, onDemand, serverless].filter((offer) => offer !== null))]
  const old = offers.filter(({ asOf }) => (Date.parse(today) - Date.parse(asOf)) / 86_400_000 > STALE_DAYS).map(({ id, asOf }) => `${id} (${asOf})`)
  return old.length === 0 ? [] : [`Prices older than ${STALE_DAYS} days, read them again before you decide: ${old.join(', ')}.`]
}

function warningsOf(gaps: Uint8Array, chosen: Scenario): string[] {
  const empty = gaps.reduce((sum, one) => sum + one, 0)
  const warnings: string[] = []
  if (empty > 0)
    warnings.push(
      `${empty} empty or nearly empty bins (${((empty / gaps.length) * 100).toFixed(1)} %) in busy hours may be recording gaps: they are billed as recorded and never taken as the floor; --fill-gaps plans as if the traffic had gone on.`,
    )
  if (!chosen.considered)
    warnings.push(
      `No plan that you allow meets every constraint; the recommended one is the cheapest ${chosen.feasible ? 'that meets them' : 'of those that break one'}.`,
    )
  return warnings
}

function trafficOf({ traffic }: PlanInput, { replica: { demand } }: Choice, { floor, mean, peak }: DemandShape, days: number, toMonth: number): TrafficSummary {
  return {
    source: traffic.source,
    measured: traffic.measured,
    days,
    binSeconds: demand.binSeconds,
    bins: demand.replicas.length,
    requestsPerMonth: demand.requests.reduce((sum, value) => sum + value, 0) * toMonth,
    inputTokensPerMonth: traffic.inputTokens === null ? null : traffic.inputTokens * toMonth,
    outputTokensPerMonth: traffic.outputTokens === null ? null : traffic.outputTokens * toMonth,
    floor,
    mean,
    peak,
    possibleGapBins: demand.possibleGap.reduce((sum, one) => sum + one, 0),
  }
}
