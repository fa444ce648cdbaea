import { fromUsd, toUsd } from '../core/money.ts'
import { gotchasOf } from './gotchas.ts'
import { effectivePerHour } from './choose-offers.ts'
import { HOURS_PER_MONTH } from './market.ts'
import { operationsOf } from './operations.ts'
import type { Constraints, DedicatedOption, ServerlessOption, TokensOption } from './plan-input.ts'
import type { Breakdown, RunsOn, Scenario } from './plan-result.ts'
import type { Family } from './strategies.ts'
import type { MonthlyUsage } from './usage.ts'

/** What a scenario runs; `describeScenario` turns it into money, latency and facts. */
export interface ScenarioSpec {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly usage: MonthlyUsage
  readonly base: number
  readonly gpu: string | null
  readonly gpusPerReplica: number
  /** The offer of the base and of what is rented by the term; null where the scenario uses none. */
  readonly dedicated: DedicatedOption | null
  readonly rented: DedicatedOption | null
  readonly serverless: ServerlessOption | null
  /** USD an hour for a base replica where it is not `dedicated.perHour` (several kinds of replica). */
  readonly basePerHour?: number
  /** USD that leave with each request, by what served it. */
  readonly egressPerRequest?: { readonly dedicated: number; readonly serverless: number } | undefined
  /** e of the serverless offer: dedicated / serverless throughput of one replica; absent = 1. */
  readonly throughputRatio?: number | undefined
  /** Whether dedicated replicas must be operated; absent = where any is used. */
  readonly operatesDedicated?: boolean
  readonly tokens?: { readonly option: TokensOption; readonly monthlyUsd: number }
  readonly scheduled?: boolean
  readonly hourOfDay?: readonly number[]
  readonly byGpu?: Readonly<Record<string, number>>
  /** The bases of a mix, instead of `dedicated`. */
  readonly mixed?: readonly RunsOn[]
  readonly queuedShare?: number | null
  readonly why?: readonly string[]
  /** Why it may not be recommended though it is feasible; undefined = it may. */
  readonly notConsidered?: string
  /** USD a month below which no plan of this class can be; null = unknown. */
  readonly boundUsd: number | null
}

/** A scenario as its builder states it: what is not said is that of the plan's offers. */
export type PartialSpec = Partial<ScenarioSpec> & Pick<ScenarioSpec, 'id' | 'title' | 'family' | 'usage'>

export interface ScenarioContext {
  readonly constraints: Constraints
  readonly ops: { readonly dedicatedMonthly: number; readonly serverlessMonthly: number }
  readonly egressGbPerRequest: number | null
  readonly priceDecline: number
  readonly marketPerHour: number | null
  readonly tokensPerMonth: number | null
}

/** Less work a month than this is none: a cost per unit of it would mean nothing. */
const TRACE = 1e-6

/** Prices a scenario and states what it means. Money is summed in integer nano-USD, so the parts make the total exactly. */
export function describeScenario(spec: ScenarioSpec, context: ScenarioContext): Scenario {
  const { usage, serverless, dedicated } = spec
  const breakdown = breakdownOf(spec, context)
  const known = toUsd(Object.values(breakdown).reduce((sum, part) => sum + fromUsd(part), 0n))
  const monthlyUsd = spec.tokens !== undefined && spec.tokens.option.missing.length > 0 ? null : known
  const objections = objectionsTo(spec, context.constraints)
  const paid = usage.dedicatedBusy + usage.dedicatedIdle + (serverless === null ? 0 : usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding)
  const usefulGpuHours = (usage.useful / 3600) * spec.gpusPerReplica
  const usesServerless = serverless !== null && usage.serverlessMax > 0
  const runsOn = runsOnOf(spec)
  return {
    id: spec.id,
    title: spec.title,
    family: spec.family,
    monthlyUsd,
    replicas: {
      base: spec.base,
      elasticMean: usage.rentedMean,
      elasticMax: usage.rentedMax,
      serverlessMax: usesServerless ? Math.ceil(usage.serverlessMax - 1e-9) : 0,
      gpusPerReplica: spec.gpusPerReplica,
      ...(spec.byGpu === undefined ? {} : { byGpu: spec.byGpu }),
      ...(spec.hourOfDay === undefined ? {} : { hourOfDay: spec.hourOfDay }),
    },
    utilization: spec.tokens !== undefined || paid === 0 ? null : Math.min(1, (usage.dedicatedBusy + usage.overflow * (spec.throughputRatio ?? 1)) / paid),
    breakdown,
    feasible: objections.length === 0,
    considered: objections.length === 0 && spec.notConsidered === undefined,
    why: [...objections, ...(spec.notConsidered === undefined ? [] : [spec.notConsidered]), ...(spec.why ?? [])],
    lowerBoundMonthlyUsd: spec.boundUsd,
    // Where cost and bound are the same sum in another order, the last digits may differ.
    optimalityGap: monthlyUsd === null || spec.boundUsd === null || spec.boundUsd < 1e-9 ? null : Math.max(0, monthlyUsd / spec.boundUsd - 1),
    unit: {
      usdPerUsefulGpuHour: spec.tokens !== undefined || usefulGpuHours < TRACE || monthlyUsd === null ? null : monthlyUsd / usefulGpuHours,
      usdPer1kRequests: usage.requests < TRACE || monthlyUsd === null ? null : (monthlyUsd / usage.requests) * 1000,
      usdPerMillionTokens: context.tokensPerMonth === null || context.tokensPerMonth < TRACE || monthlyUsd === null ? null : (monthlyUsd / context.tokensPerMonth) * 1e6,
    },
    latency: latencyOf(spec, usesServerless),
    operations: operationsOf({
      dedicated,
      dedicatedReplicas: spec.base,
      gpusPerReplica: spec.gpusPerReplica,
      rentedMax: usage.rentedMax,
      scheduled: spec.scheduled ?? false,
      serverless: usesServerless ? serverless : null,
      tokens: spec.tokens !== undefined,
    }),
    gotchas:
      spec.tokens !== undefined
        ? []
        : gotchasOf({
            usage,
            dedicated: spec.base > 0 ? dedicated : usage.rentedMax > 0 ? spec.rented : null,
            serverless: usesServerless ? serverless : null,
            gpuKinds: Object.keys(spec.byGpu ?? {}).length,
            rents: usage.rentedMax > 0 && !(spec.scheduled ?? false),
            egressGbPerRequest: context.egressGbPerRequest,
            priceDecline: context.priceDecline,
            marketPerHour: context.marketPerHour,
          }),
    offers: [...new Set(runsOn.map(({ offer }) => offer))],
    runsOn,
  }
}

/** What the scenario buys, in the order of how long it runs. */
function runsOnOf({ usage, base, gpu, gpusPerReplica, dedicated, rented, serverless, tokens, mixed }: ScenarioSpec): RunsOn[] {
  if (tokens !== undefined) return [{ role: 'api', offer: tokens.option.id, gpu: null, gpusPerReplica: null, usd: null, per: 'token', asOf: tokens.option.asOf }]
  const hourly = (role: 'base' | 'rented', option: DedicatedOption | null): RunsOn[] =>
    option === null ? [] : [{ role, offer: option.id, gpu, gpusPerReplica, usd: option.perHour, per: 'hour', asOf: option.asOf }]
  return [
    ...(mixed ?? (base > 0 ? hourly('base', dedicated) : [])),
    ...(usage.rentedMax > 0 ? hourly('rented', rented) : []),
    ...(serverless !== null && usage.serverlessMax > 0 ? [{ role: 'serverless', offer: serverless.id, gpu, gpusPerReplica, usd: serverless.perSecond, per: 'second', asOf: serverless.asOf } as const] : []),
  ]
}

/** Rounded to the nano-dollar, so that parts that are summed in integers make the total. */
const exact = (usd: number): number => toUsd(fromUsd(usd))

function breakdownOf(spec: ScenarioSpec, context: ScenarioContext): Breakdown {
  const { usage, serverless, dedicated, rented, egressPerRequest: egress } = spec
  const dedicatedSeconds = usage.dedicatedBusy + usage.dedicatedIdle
  const basePerHour = spec.basePerHour ?? dedicated?.perHour ?? 0
  const baseRent = spec.base * basePerHour * HOURS_PER_MONTH
  const termRent = (usage.rented / 3600) * (rented?.perHour ?? 0)
  const rent = exact(baseRent + termRent)
  const busy = dedicatedSeconds === 0 ? 0 : exact((rent * usage.dedicatedBusy) / dedicatedSeconds)
  const perSecond = serverless?.perSecond ?? 0
  // A live replica with one request is busy, but hardly full: what the work alone would take comes first.
  const full = exact(Math.min(usage.serverlessBusy, usage.overflow * (spec.throughputRatio ?? 1)) * perSecond)
  const runsDedicated = spec.operatesDedicated ?? spec.base + usage.rentedMax > 0
  return {
    dedicatedBusy: busy,
    dedicatedIdle: Math.max(0, exact(rent - busy)),
    serverlessBusy: full,
    serverlessUnfilled: Math.max(0, exact(exact(usage.serverlessBusy * perSecond) - full)),
    coldStart: exact(usage.coldStart * perSecond),
    keepWarm: exact(usage.keepWarm * perSecond),
    rounding: exact(usage.rounding * perSecond),
    tokens: exact(spec.tokens?.monthlyUsd ?? 0),
    interruptions: exact(baseRent * wasted(dedicated) + termRent * wasted(rented)),
    egress:
      egress === undefined || spec.tokens !== undefined
        ? 0
        : exact(usage.overflowRequests * egress.serverless + (usage.requests - usage.overflowRequests) * egress.dedicated),
    // An API has nothing to operate.
    ops: spec.tokens !== undefined ? 0 : exact(runsDedicated ? context.ops.dedicatedMonthly : context.ops.serverlessMonthly),
  }
}

/** Share of the rent that interruptions add. */
function wasted(option: DedicatedOption | null): number {
  return option === null || option.perHour === 0 ? 0 : effectivePerHour(option) / option.perHour - 1
}

/** Hard constraints that the scenario breaks, one sentence each. */
function objectionsTo(spec: ScenarioSpec, constraints: Constraints): string[] {
  const { usage, serverless } = spec
  const objections: string[] = []
  const usesServerless = serverless !== null && usage.serverlessMax > 0
  if (usage.unserved > 0)
    objections.push(
      `Does not serve all traffic: ${((usage.unserved / usage.useful) * 100).toFixed(1)} % of the work is above the owned replicas and no serverless offer applies.`,
    )
  if (constraints.realTime && spec.tokens !== undefined) objections.push('Breaks the real-time target: a shared API states no first-token time.')
  if (constraints.residency !== null && spec.tokens !== undefined) objections.push(`Residency ${constraints.residency}: the API's region is not stated.`)
  if (usesServerless && serverless.replicaCap !== null && serverless.atCap === 'reject' && usage.serverlessMax > serverless.replicaCap)
    objections.push(`Needs ${Math.ceil(usage.serverlessMax)} serverless replicas at once, the provider rejects above ${serverless.replicaCap}.`)
  if (usesServerless && serverless.replicaCap !== null && serverless.atCap !== 'reject' && usage.overflowMax > serverless.replicaCap)
    objections.push(`Brings ${usage.overflowMax.toFixed(1)} replicas of work to at most ${serverless.replicaCap} serverless replicas: the queue only grows.`)
  return objections
}

function latencyOf(spec: ScenarioSpec, usesServerless: boolean): Scenario['latency'] {
  const { usage, serverless } = spec
  if (spec.tokens !== undefined) return { coldStartShare: null, coldStartSeconds: null, queuedShare: null, note: 'the provider states no latency' }
  const coldStartShare = !usesServerless ? 0 : usage.coldRequests === null || usage.requests === 0 ? null : usage.coldRequests / usage.requests
  const share = coldStartShare === null ? 'an unknown share' : coldStartShare > 0 && coldStartShare < 0.0001 ? 'under 0.01 %' : `${(coldStartShare * 100).toFixed(2)} %`
  return {
    coldStartShare,
    coldStartSeconds: usesServerless ? (serverless?.coldStart ?? null) : null,
    queuedShare: spec.queuedShare ?? null,
    note: usesServerless ? `${share} of requests wait for a starting replica` : 'no cold starts; a burst above the peak of the trace waits',
  }
}
