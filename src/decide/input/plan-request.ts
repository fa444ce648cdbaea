import type { ColdStart } from '../../core/billing/rate-card.ts'
import type { Catalog, Gpu, Model, Precision } from '../../core/catalog/types.ts'
import type { Slo } from '../../core/perf/operating-point.ts'
import type { PerfTable } from '../../core/perf/perf-table.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import type { LocalHour } from '../demand.ts'
import type { FleetRules } from '../fleet/rules.ts'
import type { Constraints, PlanInput } from '../plan-input.ts'

/**
 * What a person asks: traffic, what serves it, prices, limits. `buildPlanInput` turns it into the planner's input. Null
 * = not said; the planner then names what it assumes.
 */
export interface PlanRequest {
  readonly traffic: {
    readonly source: string
    /** False where it was described, not recorded. */
    readonly measured: boolean
    readonly bins: TrafficBins
    readonly localHour: LocalHour
    /** Tokens of a request, for traffic without token counts. */
    readonly tokens: TokensPerRequest | null
    readonly warnings: readonly string[]
  }
  readonly capacity: Capacity
  readonly catalog: Catalog
  readonly prices: PriceSources
  readonly serverless: ServerlessTerms
  readonly constraints: Constraints
  readonly ops: PlanInput['ops']
  readonly elastic: PlanInput['elastic']
  readonly egressMbPerRequest: number | null
  readonly growthSd: number
  readonly resamples: number
  readonly seed: number
  readonly headroom: number
  readonly priceDecline: number
  readonly current: PlanInput['current']
  /** YYYY-MM-DD. */
  readonly today: string
}

/** How requests become replicas. */
export type Capacity = ModelCapacity | MeasuredCapacity | GpuSecondsCapacity

/** From tokens, by the latency model. */
export interface ModelCapacity {
  readonly by: 'model'
  readonly model: Model
  /** Kinds to consider; null = every one in the catalog. */
  readonly gpus: readonly Gpu[] | null
  /** GPUs in a replica; null = the size that does the work with the fewest GPU-seconds. */
  readonly gpusPerReplica: number | null
  readonly precision: Precision | null
  readonly slo: Slo | null
  readonly perf: PerfTable
}

export interface TokensPerRequest {
  readonly input: number
  readonly cached: number
  readonly output: number
}

/** The user has measured what one replica serves. */
export interface MeasuredCapacity {
  readonly by: 'replica-rps'
  readonly replicaRps: number
  /** What runs on it, where that is said: for the weights to load and the APIs to compare with. */
  readonly model: Model | null
  readonly gpu: Gpu | null
  readonly gpusPerReplica: number
  /** Requests that a replica holds at once; null = unknown. */
  readonly concurrency: number | null
}

/** Work that tokens do not tell (images, audio, video, embeddings): seconds of one GPU a request. */
export interface GpuSecondsCapacity {
  readonly by: 'gpu-seconds'
  /** Null = the trace's own column. */
  readonly perRequest: number | null
  readonly gpu: Gpu | null
  readonly concurrency: number | null
}

export interface PriceSources {
  /** Providers to consider; null = all. */
  readonly providers: readonly string[] | null
  /** USD an hour for a dedicated replica, USD a second for a serverless one: they replace the catalog's of that kind. */
  readonly dedicatedPerHour: number | null
  readonly serverlessPerSecond: number | null
  /** USD for a gigabyte that leaves the own replicas. */
  readonly egressPerGb: number | null
  /** Token offers to compare with besides those of the same open model. */
  readonly tokenOffers: readonly string[]
  /** Whether APIs that serve the same open model by the token take part; false for weights of one's own. */
  readonly sameModelApis: boolean
}

/** Terms of serverless offers; what is given here wins over the catalog, since the user has measured or negotiated it. */
export interface ServerlessTerms {
  /** Bare prices: no cold start, window or rounding. */
  readonly linear: boolean
  /** Billed / useful seconds, given outright instead of simulated. */
  readonly overheadK: number | null
  readonly coldStart: ColdStart | null
  readonly idleWindowSeconds: number | null
  readonly coldStartBilled: boolean | null
  readonly replicaCap: number | null
  /** e: throughput of a dedicated replica / a serverless one. */
  readonly throughputRatio: number
  readonly rules: FleetRules
}
