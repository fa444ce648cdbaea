import type { Choice } from './choose-offers.ts'
import { allowedBase, cheapest, marketOf } from './choose-offers.ts'
import type { CostTable } from './cost-table.ts'
import { demandRange, wholeReplicas } from './demand.ts'
import { elasticCounts } from './elastic.ts'
import { queuedShare } from './queueing.ts'
import { fitHourOfDay } from './hour-of-day.ts'
import type { Market } from './market.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { bareOverflowUsd, bestMix } from './multi-gpu.ts'
import { bestCount, fixedBound, fixedCosts, workBound } from './optimum.ts'
import type { DedicatedOption, PlanInput, ServerlessOption, TokensOption } from './plan-input.ts'
import type { Scenario } from './plan-result.ts'
import type { ScenarioContext, ScenarioSpec } from './scenario.ts'
import { describeScenario } from './scenario.ts'
import { floorPlusTenCount } from './strategies.ts'
import type { MonthlyUsage } from './usage.ts'
import { monthlyUsage } from './usage.ts'

export interface BuiltScenarios {
  readonly scenarios: readonly Scenario[]
  /** Share of each level's work that rented replicas serve in `hybrid-elastic`; index 0 is level 1. */
  readonly elasticShare: Float64Array
}

/** Every scenario that the offers allow, each sized on the whole trace and billed for a month. */
export function buildScenarios(input: PlanInput, best: Choice, all: readonly Choice[], table: CostTable, breakEven: number): BuiltScenarios {
  const { replica, market, serverless } = best
  const { demand } = replica
  const seconds = demand.replicas.length * demand.binSeconds
  const toMonth = SECONDS_PER_MONTH / seconds
  const { floor, peak } = demandRange(demand)
  const tokens = (input.traffic.inputTokens ?? 0) + (input.traffic.outputTokens ?? 0)
  const context: ScenarioContext = {
    constraints: input.constraints,
    ops: input.ops,
    egressGbPerRequest: input.egressGbPerRequest,
    priceDecline: input.priceDecline,
    marketPerHour: best.onDemand?.perHour ?? null,
    tokensPerMonth: tokens === 0 ? null : tokens * toMonth,
  }
  const scenarios: Scenario[] = []
  const fixedBoundUsd = (perHour: number, offer: ServerlessOption | null): number => fixedBound(demand, perHour, offer?.perSecond ?? null) * toMonth
  const add = (spec: Partial<ScenarioSpec> & Pick<ScenarioSpec, 'id' | 'title' | 'family' | 'usage'>): void => {
    const full = { base: 0, gpusPerReplica: replica.gpusPerReplica, basePerHour: market.basePerHour, elasticPerHour: market.elasticPerHour, dedicated: best.dedicated, serverless, boundUsd: null, ...spec }
    scenarios.push(describeScenario(full, context))
  }
  const fixed = (id: string, title: string, count: number, of: Market, option: DedicatedOption | null, more: Partial<ScenarioSpec> = {}): void =>
    add({ id, title, family: 'hybrid', usage: monthlyUsage(demand, of, count, null), base: count, basePerHour: of.basePerHour, dedicated: option, boundUsd: fixedBoundUsd(of.basePerHour, serverless), ...more })

  // All-serverless: the plan's offer, then each other one.
  if (serverless !== null) {
    add({ id: 'all-serverless', title: `All-serverless (${serverless.title})`, family: 'serverless', usage: monthlyUsage(demand, market, 0, null), boundUsd: serverless.perSecond * workSeconds(demand.replicas, demand.binSeconds) * toMonth })
    for (const choice of all) {
      if (choice.serverless === null || (choice.serverless.id === serverless.id && choice.replica === replica)) continue
      const work = workSeconds(choice.replica.demand.replicas, demand.binSeconds) * toMonth
      add({ id: `all-serverless@${choice.serverless.id}`, title: `All-serverless (${choice.serverless.title})`, family: 'serverless', usage: monthlyUsage(choice.replica.demand, choice.market, 0, null), serverless: choice.serverless, gpusPerReplica: choice.replica.gpusPerReplica, boundUsd: choice.serverless.perSecond * work, notConsidered: 'Another serverless offer makes a cheaper plan.' })
    }
  }

  const top = wholeReplicas(peak * (1 + input.headroom))
  const owned = (id: string, title: string, option: DedicatedOption, more: Partial<ScenarioSpec> = {}): void => {
    const of = marketOf(input, option, best.onDemand, null)
    fixed(id, title, top, of, option, { family: 'dedicated', serverless: null, boundUsd: fixedBoundUsd(option.perHour, null), queuedShare: replica.slots === null ? null : queuedShare(demand, top, replica.slots), ...more })
  }
  if (best.dedicated !== null) owned('all-dedicated', `All-dedicated: ${top} ${best.dedicated.title}`, best.dedicated)

  const cheapestTokens = cheapest(input.tokens, (option) => option.usdByDay.reduce((sum, usd) => sum + usd, 0))
  for (const option of input.tokens) {
    const id = option === cheapestTokens ? 'tokens-api' : `tokens-api@${option.id}`
    add({ id, title: `Tokens API (${option.title})`, family: 'tokens', usage: tokensUsage(demand.requests, toMonth), dedicated: null, serverless: null, tokens: { option, monthlyUsd: option.usdByDay.reduce((sum, usd) => sum + usd, 0) * toMonth }, ...tokensObjection(option, option === cheapestTokens) })
  }

  const elasticShare = new Float64Array(Math.max(1, wholeReplicas(peak)))
  if (best.dedicated !== null && serverless !== null) {
    const { dedicated } = best
    const bound = workBound(demand, Math.min(market.basePerHour, market.elasticPerHour), serverless.perSecond) * toMonth
    fixed('hybrid', `Hybrid: ${best.count} dedicated, serverless above`, best.count, market, dedicated, { why: [`Best of all ${best.costs.length} fixed counts, 0 to the peak.`] })
    const tenth = floorPlusTenCount(floor)
    fixed('floor-plus-10', `Floor + 10 %: ${tenth} dedicated, serverless above`, tenth, market, dedicated, { why: [`Floor of ${floor.toFixed(2)} replicas + 10 %, rounded up; the guide's rule, not an optimum.`] })
    if (seconds >= 86400) {
      const counts = Array.from(fitHourOfDay(table, new Float64Array(table.days).fill(1)), (c) => table.counts[c]!)
      const base = Math.min(...counts)
      const rented = Int32Array.from(demand.hourOfDay, (hour) => counts[hour]! - base)
      add({ id: 'hybrid-hour-of-day', title: `Hybrid on a daily schedule: ${base} to ${Math.max(...counts)} dedicated`, family: 'hybrid', usage: monthlyUsage(demand, { ...market, basePerHour: market.elasticPerHour }, base, rented), base, basePerHour: market.elasticPerHour, scheduled: true, hourOfDay: counts, boundUsd: bound, why: ['24 counts fitted on this trace: trust its out-of-sample figure, not this one.'] })
    }
    const base = elasticBase(table)
    const rented = elasticCounts(demand.replicas, demand.binSeconds, market, base, breakEven)
    countShare(demand.replicas, base, rented, elasticShare)
    add({ id: 'hybrid-elastic', title: `Hybrid, elastic: ${base} dedicated, up to ${Math.max(0, ...rented)} by the hour, serverless above`, family: 'hybrid', usage: monthlyUsage(demand, market, base, rented), base, boundUsd: bound, why: ['Rented by a rule that sees only the past, so this figure is already out of sample but for the base.'] })
    addMix(input, best, all, add, toMonth)
  }
  for (const option of replica.dedicated) {
    if (option.id === best.dedicated?.id || option.tier === 'on-demand') continue
    const reason = notAllowed(option, input)
    const more = reason === undefined ? {} : { notConsidered: reason }
    const count = bestCount(fixedCosts(demand, marketOf(input, option, best.onDemand, serverless)))
    owned(`all-dedicated@${option.id}`, `All-dedicated: ${top} ${option.title}`, option, more)
    if (serverless !== null) fixed(`hybrid@${option.id}`, `Hybrid: ${count} ${option.title}, serverless above`, count, marketOf(input, option, best.onDemand, serverless), option, more)
  }
  return { scenarios, elasticShare }
}

function notAllowed(option: DedicatedOption, input: PlanInput): string | undefined {
  if (allowedBase(option, input)) return undefined
  if (option.commitmentMonths !== null) return `Needs a commitment of ${option.commitmentMonths} months: allow it with --commit.`
  if (option.spot !== null) return 'Spot capacity can be reclaimed at any time: allow it with --allow-spot.'
  return 'A decentralized network states no availability: name the offer with --dedicated to plan on it.'
}

/** Hybrids over several kinds of replica, where more than one was given. Overflow goes to the plan's serverless offer. */
function addMix(input: PlanInput, best: Choice, all: readonly Choice[], add: (spec: Partial<ScenarioSpec> & Pick<ScenarioSpec, 'id' | 'title' | 'family' | 'usage'>) => void, toMonth: number): void {
  const { serverless, replica } = best
  const kinds = [...new Map(all.flatMap((choice) => (choice.dedicated === null ? [] : [[choice.replica.gpu ?? 'replica', choice] as const]))).entries()]
  if (kinds.length < 2 || serverless === null) return
  const work = workSeconds(replica.demand.replicas, 1)
  const mix = bestMix(
    replica.demand,
    kinds.map(([gpu, choice]) => ({ gpu, perHour: choice.dedicated!.perHour, capacity: work / workSeconds(choice.replica.demand.replicas, 1) })),
    input.bare ? bareOverflowUsd(replica.demand, serverless.perSecond) : overflowUsd(best),
  )
  if (mix === null) return
  const byGpu = Object.fromEntries(kinds.map(([gpu], i) => [gpu, mix.counts[i]!]).filter(([, count]) => count !== 0))
  const capacity = kinds.reduce((sum, [, choice], i) => sum + (mix.counts[i]! * work) / workSeconds(choice.replica.demand.replicas, 1), 0)
  const rentPerHour = kinds.reduce((sum, [, choice], i) => sum + mix.counts[i]! * choice.dedicated!.perHour, 0)
  const owned = mix.counts.reduce((sum, count) => sum + count, 0)
  const usage = monthlyUsage(replica.demand, best.market, capacity, null)
  const named = Object.entries(byGpu).map(([gpu, count]) => `${count} x ${gpu}`).join(' + ') || 'none owned'
  add({ id: 'hybrid-multi-gpu', title: `Hybrid of several kinds: ${named}, serverless above`, family: 'hybrid', usage, base: owned, basePerHour: owned === 0 ? 0 : rentPerHour / owned, byGpu, boundUsd: workBound(replica.demand, Math.min(...kinds.map(([, choice]) => (choice.dedicated!.perHour * workSeconds(choice.replica.demand.replicas, 1)) / work)), serverless.perSecond) * toMonth, ...(Object.keys(byGpu).length < 2 ? { notConsidered: 'The best mix is a single kind of replica.' } : { notConsidered: 'A second kind of GPU doubles images and benchmarks: shown for comparison.' }) })
}

/** The serverless bill over the trace as a function of owned capacity, with everything that is billed. */
function overflowUsd(best: Choice): (capacity: number) => number {
  const { demand } = best.replica
  return (capacity) => {
    const usage = monthlyUsage(demand, best.market, capacity, null)
    const billed = usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding
    return ((billed * demand.replicas.length * demand.binSeconds) / SECONDS_PER_MONTH) * (best.serverless?.perSecond ?? 0)
  }
}

function tokensObjection(option: TokensOption, leads: boolean): { notConsidered?: string } {
  if (option.missing.length > 0) return { notConsidered: `No price for ${option.missing.join(', ')}: the cost is a lower limit.` }
  return leads ? {} : { notConsidered: 'Another API is cheaper for the same model.' }
}

function tokensUsage(requests: Float64Array, toMonth: number): MonthlyUsage {
  const total = requests.reduce((sum, value) => sum + value, 0) * toMonth
  return { useful: 0, dedicatedBusy: 0, dedicatedIdle: 0, rented: 0, serverlessBusy: 0, coldStart: 0, keepWarm: 0, rounding: 0, requests: total, overflowRequests: 0, coldRequests: null, rentedMean: 0, rentedMax: 0, serverlessMax: 0, unserved: 0 }
}

/** The base under the elastic rule that costs least on the whole trace; ties go to the larger base, which is simpler to run. */
function elasticBase(table: CostTable): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (const [c] of table.counts.entries()) {
    const usd = table.elastic[0]!.subarray(c * table.days, (c + 1) * table.days).reduce((sum, value) => sum + value, 0)
    if (usd <= lowest * (1 + 1e-9)) {
      lowest = Math.min(lowest, usd)
      best = c
    }
  }
  return table.counts[best]!
}

function countShare(replicas: Float64Array, base: number, rented: Int32Array, share: Float64Array): void {
  for (let level = 0; level < share.length; level++) {
    let work = 0
    let served = 0
    for (const [t, value] of replicas.entries()) {
      const fill = Math.min(1, Math.max(0, value - level))
      work += fill
      if (base + rented[t]! > level) served += fill
    }
    share[level] = work === 0 ? 0 : served / work
  }
}

function workSeconds(replicas: Float64Array, binSeconds: number): number {
  return replicas.reduce((sum, value) => sum + value, 0) * binSeconds
}
