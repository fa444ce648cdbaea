import { fromUsd, toUsd } from '../core/money.ts'
import { gotchasOf } from './gotchas.ts'
import { HOURS_PER_MONTH } from './market.ts'
import { operationsOf } from './operations.ts'
import type { Constraints, DedicatedOption, ServerlessOption, TokensOption } from './plan-input.ts'
import type { Breakdown, Scenario } from './plan-result.ts'
import type { Family } from './strategies.ts'
import type { MonthlyUsage } from './usage.ts'

/** What a scenario runs; `describeScenario` turns it into money, latency and facts. */
export interface ScenarioSpec {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly usage: MonthlyUsage
  readonly base: number
  readonly gpusPerReplica: number
  readonly basePerHour: number
  readonly elasticPerHour: number
  readonly dedicated: DedicatedOption | null
  /** Null where the scenario uses none. */
  readonly serverless: ServerlessOption | null
  readonly tokens?: { readonly option: TokensOption; readonly monthlyUsd: number }
  readonly scheduled?: boolean
  readonly hourOfDay?: readonly number[]
  readonly byGpu?: Readonly<Record<string, number>>
  readonly queuedShare?: number | null
  readonly why?: readonly string[]
  /** Why it may not be recommended though it is feasible; undefined = it may. */
  readonly notConsidered?: string
  /** USD a month below which no plan of this class can be; null = unknown. */
  readonly boundUsd: number | null
}

export interface ScenarioContext {
  readonly constraints: Constraints
  readonly ops: { readonly dedicatedMonthly: number; readonly serverlessMonthly: number }
  readonly egressGbPerRequest: number | null
  readonly priceDecline: number
  readonly marketPerHour: number | null
  readonly tokensPerMonth: number | null
}

/** Prices a scenario and states what it means. Money is summed in integer nano-USD, so the parts make the total exactly. */
export function describeScenario(spec: ScenarioSpec, context: ScenarioContext): Scenario {
  const { usage, serverless, dedicated } = spec
  const breakdown = breakdownOf(spec, context)
  const monthlyUsd = toUsd(Object.values(breakdown).reduce((sum, part) => sum + fromUsd(part), 0n))
  const objections = objectionsTo(spec, context.constraints)
  const paid = usage.dedicatedBusy + usage.dedicatedIdle + (serverless === null ? 0 : usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding)
  const usefulGpuHours = (usage.useful / 3600) * spec.gpusPerReplica
  const usesServerless = serverless !== null && usage.serverlessMax > 0
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
    utilization: spec.tokens !== undefined || paid === 0 ? null : (usage.useful - usage.unserved) / paid,
    breakdown,
    feasible: objections.length === 0,
    considered: objections.length === 0 && spec.notConsidered === undefined,
    why: [...objections, ...(spec.notConsidered === undefined ? [] : [spec.notConsidered]), ...(spec.why ?? [])],
    lowerBoundMonthlyUsd: spec.boundUsd,
    optimalityGap: spec.boundUsd === null || spec.boundUsd <= 0 ? null : monthlyUsd / spec.boundUsd - 1,
    unit: {
      usdPerUsefulGpuHour: spec.tokens !== undefined || usefulGpuHours === 0 ? null : monthlyUsd / usefulGpuHours,
      usdPer1kRequests: usage.requests === 0 ? null : (monthlyUsd / usage.requests) * 1000,
      usdPerMillionTokens: context.tokensPerMonth === null || context.tokensPerMonth === 0 ? null : (monthlyUsd / context.tokensPerMonth) * 1e6,
    },
    latency: latencyOf(spec, usesServerless),
    operations: operationsOf({ dedicated, dedicatedReplicas: spec.base, gpusPerReplica: spec.gpusPerReplica, rentedMax: usage.rentedMax, scheduled: spec.scheduled ?? false, serverless: usesServerless ? serverless : null, tokens: spec.tokens !== undefined }),
    gotchas: spec.tokens !== undefined ? [] : gotchasOf({ usage, dedicated: spec.base + usage.rentedMax > 0 ? dedicated : null, serverless: usesServerless ? serverless : null, gpuKinds: Object.keys(spec.byGpu ?? {}).length, rents: usage.rentedMax > 0 && !(spec.scheduled ?? false), egressGbPerRequest: context.egressGbPerRequest, priceDecline: context.priceDecline, marketPerHour: context.marketPerHour }),
    offers: [spec.base + usage.rentedMax > 0 ? dedicated?.id : undefined, usesServerless ? serverless?.id : undefined, spec.tokens?.option.id].filter((id) => id !== undefined),
  }
}

/** Rounded to the nano-dollar, so that parts that are summed in integers make the total. */
const exact = (usd: number): number => toUsd(fromUsd(usd))

function breakdownOf(spec: ScenarioSpec, context: ScenarioContext): Breakdown {
  const { usage, serverless, dedicated } = spec
  const dedicatedSeconds = usage.dedicatedBusy + usage.dedicatedIdle
  const rent = spec.base * spec.basePerHour * HOURS_PER_MONTH + (usage.rented / 3600) * spec.elasticPerHour
  const busy = dedicatedSeconds === 0 ? 0 : exact((rent * usage.dedicatedBusy) / dedicatedSeconds)
  const perSecond = serverless?.perSecond ?? 0
  const gb = context.egressGbPerRequest ?? 0
  const overflowGb = usage.overflowRequests * gb
  const dedicatedGb = (usage.requests - usage.overflowRequests) * gb
  const runsDedicated = spec.base + usage.rentedMax > 0
  return {
    dedicatedBusy: busy,
    dedicatedIdle: exact(rent) - busy > 0 ? exact(exact(rent) - busy) : 0,
    serverlessBusy: exact(usage.serverlessBusy * perSecond),
    coldStart: exact(usage.coldStart * perSecond),
    keepWarm: exact(usage.keepWarm * perSecond),
    rounding: exact(usage.rounding * perSecond),
    tokens: exact(spec.tokens?.monthlyUsd ?? 0),
    interruptions: exact(interruptionUsd(spec, rent)),
    egress: spec.tokens !== undefined ? 0 : exact(overflowGb * (serverless?.egressPerGb ?? 0) + dedicatedGb * (dedicated?.egressPerGb ?? 0)),
    ops: exact(runsDedicated ? context.ops.dedicatedMonthly : context.ops.serverlessMonthly),
  }
}

/** Spot: each interruption loses the time until a replacement serves, which is paid and useless. */
function interruptionUsd(spec: ScenarioSpec, rent: number): number {
  const perHour = spec.dedicated?.spot?.interruptionsPerHour ?? 0
  return (rent * perHour * (spec.dedicated?.startupSeconds ?? 0)) / 3600
}

/** Hard constraints that the scenario breaks, one sentence each. */
function objectionsTo(spec: ScenarioSpec, constraints: Constraints): string[] {
  const { usage, serverless } = spec
  const objections: string[] = []
  const usesServerless = serverless !== null && usage.serverlessMax > 0
  if (usage.unserved > 0) objections.push(`Does not serve all traffic: ${((usage.unserved / usage.useful) * 100).toFixed(1)} % of the work is above the owned replicas and no serverless offer applies.`)
  if (constraints.realTime && usesServerless) objections.push('Breaks the real-time target: a request that meets a cold start waits for seconds.')
  if (constraints.realTime && spec.tokens !== undefined) objections.push('Breaks the real-time target: a shared API states no first-token time.')
  if (constraints.residency !== null && spec.tokens !== undefined) objections.push(`Residency ${constraints.residency}: the API's region is not stated.`)
  if (usesServerless && serverless.replicaCap !== null && serverless.atCap === 'reject' && usage.serverlessMax > serverless.replicaCap) objections.push(`Needs ${Math.ceil(usage.serverlessMax)} serverless replicas at once, the provider rejects above ${serverless.replicaCap}.`)
  return objections
}

function latencyOf(spec: ScenarioSpec, usesServerless: boolean): Scenario['latency'] {
  const { usage, serverless } = spec
  if (spec.tokens !== undefined) return { coldStartShare: null, coldStartSeconds: null, queuedShare: null, note: 'the provider states no latency' }
  const coldStartShare = !usesServerless ? 0 : usage.coldRequests === null || usage.requests === 0 ? null : usage.coldRequests / usage.requests
  const share = coldStartShare === null ? 'an unknown share' : `${(coldStartShare * 100).toFixed(2)} %`
  return {
    coldStartShare,
    coldStartSeconds: usesServerless ? (serverless?.coldStart ?? null) : null,
    queuedShare: spec.queuedShare ?? null,
    note: usesServerless ? `${share} of requests meet a cold start` : 'no cold starts; a burst above the peak of the trace waits',
  }
}
