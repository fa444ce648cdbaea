import type { ColdStart } from '../../core/billing/rate-card.ts'
import { findGpu, findModel } from '../../core/catalog/find.ts'
import type { Catalog, Precision } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { PerfTable } from '../../core/perf/perf-table.ts'
import { DEFAULT_RULES, type FleetRules } from '../fleet/rules.ts'
import { OPS_PRESETS, opsPresetMonthly, type OpsPreset } from '../operations.ts'
import type { PlanInput } from '../plan-input.ts'
import { ASSUMED_TOKENS } from './assumed.ts'
import { describedTraffic, parsePattern, scaleTraffic, type WeekPattern } from '../../core/described-traffic.ts'
import type { Capacity, PlanRequest, TokensPerRequest } from './plan-request.ts'

/** What a person chooses about a plan, on the command line and in the calculator. Absent = not said. */
export interface PlanChoices {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cachedShare?: number
  readonly model?: string
  readonly gpu?: readonly string[]
  readonly gpusPerReplica?: number
  readonly precision?: Precision
  readonly sloTtft?: number
  readonly sloTpot?: number
  readonly replicaRps?: number
  readonly replicaConcurrency?: number
  readonly gpuSeconds?: number | true
  readonly egressMb?: number
  readonly egressPerGb?: number
  readonly dedicated?: number
  readonly serverless?: number
  readonly provider?: readonly string[]
  readonly api?: readonly string[]
  readonly ownWeights?: boolean
  readonly throughputRatio: number
  readonly coldStart?: ColdStart
  readonly coldStartBilled?: boolean
  readonly idleWindow?: number
  readonly serverlessCap?: number
  readonly serverlessRules: FleetRules
  readonly idleOverheadK?: number
  readonly linearOverflow?: boolean
  readonly residency?: string
  readonly realTime?: boolean
  readonly budget?: number
  readonly platformTeam?: boolean
  readonly commit: number
  readonly allowSpot?: boolean
  readonly ops?: OpsPreset
  readonly opsMonthly?: number
  readonly rentalTerm: number
  readonly rentalNotice: number
  readonly rentalWindow: number
  readonly headroom: number
  readonly growthSd: number
  readonly priceDecline: number
  readonly resamples: number
  readonly seed: number
}

/** What holds where nothing is said: durations in seconds, shares of 1. */
export const DEFAULT_CHOICES = {
  throughputRatio: 1,
  serverlessRules: DEFAULT_RULES,
  commit: 0,
  rentalTerm: 3600,
  rentalNotice: 600,
  rentalWindow: 1800,
  headroom: 0,
  growthSd: 0.2,
  priceDecline: 0.3,
  resamples: 1000,
  seed: 1,
} as const satisfies PlanChoices

/** What a request is made of besides the choices. */
export interface RequestParts {
  readonly catalog: Catalog
  readonly perf: PerfTable
  readonly traffic: PlanRequest['traffic']
  readonly current: PlanInput['current']
  /** YYYY-MM-DD. */
  readonly today: string
}

/** Puts a request together. Throws CATALOG_UNKNOWN for a model or GPU that the catalog does not have, CLI_USAGE for choices that contradict one another. */
export function requestOf(choices: PlanChoices, { catalog, perf, traffic, current, today }: RequestParts): PlanRequest {
  return {
    traffic,
    capacity: capacityOf(choices, catalog, perf),
    catalog,
    prices: { providers: choices.provider ?? null, dedicatedPerHour: choices.dedicated ?? null, serverlessPerSecond: choices.serverless ?? null, egressPerGb: choices.egressPerGb ?? null, tokenOffers: choices.api ?? [], sameModelApis: choices.ownWeights !== true },
    serverless: {
      linear: choices.linearOverflow ?? false,
      overheadK: choices.idleOverheadK ?? null,
      coldStart: choices.coldStart ?? null,
      idleWindowSeconds: choices.idleWindow ?? null,
      coldStartBilled: choices.coldStartBilled ?? null,
      replicaCap: choices.serverlessCap ?? null,
      throughputRatio: choices.throughputRatio,
      rules: choices.serverlessRules,
    },
    constraints: {
      residency: choices.residency ?? null,
      realTime: choices.realTime ?? (choices.sloTtft !== undefined && choices.sloTtft <= 0.1),
      sloTtftSeconds: choices.sloTtft ?? null,
      budgetMonthlyUsd: choices.budget ?? null,
      platformTeam: choices.platformTeam ?? null,
      commitmentMonths: choices.commit,
      allowSpot: choices.allowSpot ?? false,
    },
    ops: opsOf(choices),
    elastic: { termSeconds: choices.rentalTerm, noticeSeconds: choices.rentalNotice, windowSeconds: choices.rentalWindow },
    egressMbPerRequest: choices.egressMb ?? null,
    growthSd: choices.growthSd,
    resamples: choices.resamples,
    seed: choices.seed,
    headroom: choices.headroom,
    priceDecline: choices.priceDecline,
    current,
    today,
  }
}

const HOUR_MS = 3_600_000

/** Traffic in words: so many requests on each active day of a weekly pattern, as `parsePattern` reads it. Throws TRAFFIC_PATTERN_INVALID. */
export function describedRequestTraffic(requestsPerDay: number, pattern: string, choices: Pick<PlanChoices, 'inputTokens' | 'outputTokens' | 'cachedShare'>, scale = 1): PlanRequest['traffic'] {
  return weeklyRequestTraffic(requestsPerDay, parsePattern(pattern), pattern, choices, scale)
}

/** The same for hours of the week that were drawn; `words` names them. */
export function weeklyRequestTraffic(requestsPerDay: number, week: WeekPattern, words: string, choices: Pick<PlanChoices, 'inputTokens' | 'outputTokens' | 'cachedShare'>, scale = 1): PlanRequest['traffic'] {
  const bins = describedTraffic(requestsPerDay, week, null)
  return {
    source: `described: ${requestsPerDay.toLocaleString('en-US')} requests a day, ${words}`,
    measured: false,
    bins: scale === 1 ? bins : scaleTraffic(bins, scale),
    localHour: (ms) => Math.floor(ms / HOUR_MS) % 24,
    tokens: tokensOf(choices),
    warnings: [],
  }
}

export function tokensOf({ inputTokens, outputTokens, cachedShare }: Pick<PlanChoices, 'inputTokens' | 'outputTokens' | 'cachedShare'>): TokensPerRequest | null {
  if (inputTokens === undefined && outputTokens === undefined && cachedShare === undefined) return null
  const input = inputTokens ?? ASSUMED_TOKENS.input
  return { input, cached: input * (cachedShare ?? 0), output: outputTokens ?? ASSUMED_TOKENS.output }
}

function capacityOf(choices: PlanChoices, catalog: Catalog, perf: PerfTable): Capacity {
  const gpus = choices.gpu?.map((id) => findGpu(catalog, id)) ?? null
  if (choices.replicaRps !== undefined) {
    return { by: 'replica-rps', replicaRps: choices.replicaRps, model: choices.model === undefined ? null : findModel(catalog, choices.model), gpu: onlyOne(gpus, '--replica-rps'), gpusPerReplica: choices.gpusPerReplica ?? 1, concurrency: choices.replicaConcurrency ?? null }
  }
  if (choices.gpuSeconds !== undefined) {
    return { by: 'gpu-seconds', perRequest: choices.gpuSeconds === true ? null : choices.gpuSeconds, gpu: onlyOne(gpus, '--gpu-seconds'), concurrency: choices.replicaConcurrency ?? null }
  }
  const slo = choices.sloTtft === undefined && choices.sloTpot === undefined ? null : { ttftSeconds: choices.sloTtft ?? null, tpotSeconds: choices.sloTpot ?? null }
  return { by: 'model', model: findModel(catalog, choices.model ?? ''), gpus, gpusPerReplica: choices.gpusPerReplica ?? null, precision: choices.precision ?? null, slo, perf }
}

function onlyOne<T>(gpus: readonly T[] | null, option: string): T | null {
  if (gpus === null || gpus.length === 1) return gpus?.[0] ?? null
  throw new SpillwayError('CLI_USAGE', `${option} was measured on one kind of GPU, and --gpu names ${gpus.length}`, 'Name the one that you measured')
}

function opsOf({ ops, opsMonthly }: PlanChoices): PlanInput['ops'] {
  if (opsMonthly !== undefined) return { dedicatedMonthly: opsMonthly, serverlessMonthly: 0, source: 'given with --ops-monthly' }
  if (ops === undefined || ops === 'none') return { dedicatedMonthly: 0, serverlessMonthly: 0, source: 'not counted; count it with --ops PRESET or --ops-monthly USD' }
  const { share, note } = OPS_PRESETS[ops]
  return {
    dedicatedMonthly: opsPresetMonthly(ops),
    serverlessMonthly: Math.min(opsPresetMonthly(ops), opsPresetMonthly('serverless')),
    source: `--ops ${ops}: ${share} of an engineer (${note}), an assumption of Spillway; change with --ops-monthly`,
  }
}
