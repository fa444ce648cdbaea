import type { OfferTier } from '../core/catalog/types.ts'
import type { ColdStart } from '../core/billing/rate-card.ts'
import type { Demand } from './demand.ts'
import type { OverflowModel } from './market.ts'
import type { Assumption } from './plan-result.ts'

/** Everything that a plan is made from: plain data and pure functions. Prices are USD for one whole replica. */
export interface PlanInput {
  readonly traffic: {
    readonly source: string
    /** False where the traffic was described (`--requests-per-day`), not recorded. */
    readonly measured: boolean
    readonly inputTokens: number | null
    readonly outputTokens: number | null
  }
  /** One for each kind of replica that may serve the traffic; at least one. */
  readonly replicas: readonly ReplicaOption[]
  readonly tokens: readonly TokensOption[]
  readonly constraints: Constraints
  readonly ops: { readonly dedicatedMonthly: number; readonly serverlessMonthly: number; readonly source: string }
  readonly elastic: { readonly termSeconds: number; readonly noticeSeconds: number; readonly windowSeconds: number }
  /** Gigabytes that leave the provider per request; null = not said. */
  readonly egressGbPerRequest: number | null
  readonly growthSd: number
  readonly resamples: number
  readonly seed: number
  /** Extra dedicated capacity above the peak for the all-dedicated plan, as a share. */
  readonly headroom: number
  /** Assumed fall of GPU-hour prices, share a year: what a commitment is judged against. */
  readonly priceDecline: number
  /** Bare prices only (`--linear-overflow`). */
  readonly bare: boolean
  readonly current: { readonly monthlyUsd: number; readonly source: string } | null
  readonly assumptions: readonly Assumption[]
  readonly warnings: readonly string[]
  /** What the answer stands on and nobody has measured; the report says it first. */
  readonly doubts?: readonly Doubt[]
  /** The day of the plan, YYYY-MM-DD, for assumptions that are the planner's own. */
  readonly asOf: string
}

export interface Doubt {
  readonly text: string
  /** What to measure instead. */
  readonly next: string
  /** Whether no claim may be made as long as it stands. */
  readonly blocks: boolean
}

export interface Constraints {
  readonly residency: string | null
  readonly realTime: boolean
  readonly sloTtftSeconds: number | null
  readonly budgetMonthlyUsd: number | null
  readonly platformTeam: boolean | null
  /** Longest commitment that may be recommended, months; 0 = none. */
  readonly commitmentMonths: number
  readonly allowSpot: boolean
}

/** One way to build a replica (GPU kind and count), its demand counted in such replicas, and who sells it. */
export interface ReplicaOption {
  readonly gpu: string | null
  readonly gpusPerReplica: number
  readonly demand: Demand
  /** Requests that one replica holds at once within the SLO; null = unknown. */
  readonly slots: number | null
  /** Seconds that a request stays in a full replica. */
  readonly requestSeconds: number | null
  /** How far the replica's throughput may be off, as a share (90th percentile of the model's error). */
  readonly throughputError: number
  /** True where its speed is carried over from other models or GPUs. */
  readonly rough?: boolean
  readonly dedicated: readonly DedicatedOption[]
  readonly serverless: readonly ServerlessOption[]
  readonly assumptions: readonly Assumption[]
}

export interface DedicatedOption {
  readonly id: string
  readonly title: string
  readonly tier: OfferTier
  readonly perHour: number
  readonly startupSeconds: number | null
  readonly commitmentMonths: number | null
  readonly spot: { readonly interruptionsPerHour: number | null; readonly noticeSeconds: number | null } | null
  readonly egressPerGb: number | null
  readonly region: string | null
  readonly source: string
  readonly asOf: string
}

export interface ServerlessOption {
  readonly id: string
  readonly title: string
  readonly perSecond: number
  readonly overflow: OverflowModel
  readonly replicaCap: number | null
  readonly atCap: 'queue' | 'reject' | null
  readonly idleWindowSeconds: number | null
  readonly coldStart: ColdStart | null
  readonly coldStartBilled: boolean | null
  readonly egressPerGb: number | null
  readonly region: string | null
  readonly source: string
  readonly asOf: string
}

export interface TokensOption {
  readonly id: string
  readonly title: string
  /** USD for each day of the trace. */
  readonly usdByDay: Float64Array
  /** Buckets that have tokens and no price: the cost is then a lower limit and the plan is not recommended. */
  readonly missing: readonly string[]
  readonly source: string
  readonly asOf: string
}
