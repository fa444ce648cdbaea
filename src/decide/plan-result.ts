/**
 * The planner's answer, as `spillway plan --json` prints it and every face draws it. Stable: fields are added, never
 * renamed. Money is in US dollars for a 730-hour month with the trace as its typical period; null = unknown.
 */
export interface PlanResult {
  readonly schemaVersion: 1
  readonly scenarios: readonly Scenario[]
  /** Id of the scenario with the lowest expected cost on days that it was not fitted to. */
  readonly recommended: string
  /**
   * Nothing that is listed can cost less, nor can any schedule over the plan's offers, chosen with all of the future
   * known: the least of the scenarios' own bounds. See docs/planning.md.
   */
  readonly lowerBoundMonthlyUsd: number
  /** (recommended - lower bound) / lower bound. */
  readonly optimalityGap: number
  /** The same over what may be recommended alone: no spot or commitment that the user has not allowed. */
  readonly allowed: { readonly lowerBoundMonthlyUsd: number; readonly optimalityGap: number }
  /**
   * The least that any schedule of whole replicas over the plan's offers can cost: which to rent when, for whole rental
   * terms, serverless above, with all of the future known and no transitions billed. Exact with bare prices. Null
   * without a dedicated and a serverless offer. `terms` is false where the instance was too large for the rental terms.
   */
  readonly clairvoyant: { readonly monthlyUsd: number; readonly terms: boolean } | null
  readonly marginal: readonly MarginalLevel[]
  readonly outOfSample: OutOfSample
  /** By scenario id; the feasible scenarios sum to 1. Empty where the traffic is assumed, not measured. */
  readonly probabilityCheapest: Readonly<Record<string, number>>
  /** Monthly USD by scenario id on days that the plan was not fitted to, growth uncertainty included: mean, 10th and 90th percentile. Empty as above. */
  readonly expected: Readonly<Record<string, { readonly meanUsd: number; readonly p10Usd: number; readonly p90Usd: number }>>
  /** A scenario id, or `inconclusive`. */
  readonly verdict: string
  readonly verdictText: string
  /** Which family (dedicated, serverless, hybrid, tokens) is cheapest and how sure that is. */
  readonly family: { readonly choice: string; readonly probability: number | null }
  readonly whatToMeasureNext: readonly string[]
  /** u* = (p/s)(1 + h) / (k e) for the plan's offers; `utilization` is null where there is no offer of one kind to compare with the other. */
  readonly breakEven: { readonly utilization: number | null; readonly k: number; readonly throughputRatio: number; readonly overheadShare: number }
  readonly sensitivity: readonly SensitivityBar[]
  readonly tree: DecisionTree
  readonly savings: Savings | null
  readonly picture: PictureData
  readonly assumptions: readonly Assumption[]
  readonly warnings: readonly string[]
  readonly traffic: TrafficSummary
}

export interface Assumption {
  readonly name: string
  readonly value: string | number | boolean | null
  readonly unit?: string
  readonly source: string
  readonly asOf: string
}

export interface Scenario {
  readonly id: string
  readonly title: string
  /** dedicated | serverless | hybrid | tokens: what must be run. */
  readonly family: 'dedicated' | 'serverless' | 'hybrid' | 'tokens'
  /** Null where it cannot be priced; `why` says so. */
  readonly monthlyUsd: number | null
  readonly replicas: {
    /** Replicas rented all the time. */
    readonly base: number
    /** Mean and most replicas rented by the hour on top. */
    readonly elasticMean: number
    readonly elasticMax: number
    /** Most serverless replicas at once. */
    readonly serverlessMax: number
    readonly gpusPerReplica: number
    readonly byGpu?: Readonly<Record<string, number>>
    /** Replicas for each hour of the day, where the scenario has a schedule. */
    readonly hourOfDay?: readonly number[]
  }
  /** Useful replica-seconds / paid replica-seconds, 0..1; null for tokens APIs. */
  readonly utilization: number | null
  readonly breakdown: Breakdown
  /** Meets every hard constraint. */
  readonly feasible: boolean
  /** May be recommended; false for what the user has not allowed (commitments, spot), shown for comparison. */
  readonly considered: boolean
  /** Facts for and against, short sentences with their numbers. */
  readonly why: readonly string[]
  readonly lowerBoundMonthlyUsd: number | null
  readonly optimalityGap: number | null
  readonly unit: {
    readonly usdPerUsefulGpuHour: number | null
    readonly usdPer1kRequests: number | null
    readonly usdPerMillionTokens: number | null
  }
  readonly latency: {
    /** Share of requests that meet a cold start. */
    readonly coldStartShare: number | null
    readonly coldStartSeconds: { readonly p50: number; readonly p90: number; readonly p99: number } | null
    /** Share of requests that wait for a slot on a dedicated replica. */
    readonly queuedShare: number | null
    readonly note: string
  }
  /** What the team must run, as facts. */
  readonly operations: readonly string[]
  /** Traps that this offer triggers. */
  readonly gotchas: readonly string[]
  readonly offers: readonly string[]
  /** What to buy: each offer with its price. */
  readonly runsOn: readonly RunsOn[]
}

export interface RunsOn {
  /** base = all the time, rented = by the term, serverless = above, api = by the token. */
  readonly role: 'base' | 'rented' | 'serverless' | 'api'
  readonly offer: string
  readonly gpu: string | null
  readonly gpusPerReplica: number | null
  /** USD for one replica and hour or second; null for APIs, which have a price list. */
  readonly usd: number | null
  readonly per: 'hour' | 'second' | 'token'
  readonly asOf: string
}

/** Monthly USD; the parts sum to `monthlyUsd`. */
export interface Breakdown {
  /** Dedicated capacity that work fills, and the idle tax: paid capacity that none fills. */
  readonly dedicatedBusy: number
  readonly dedicatedIdle: number
  /** The same of live serverless replicas: what the work would take on full ones, and the rest of the time with a request. */
  readonly serverlessBusy: number
  readonly serverlessUnfilled: number
  readonly coldStart: number
  readonly keepWarm: number
  readonly rounding: number
  readonly tokens: number
  readonly interruptions: number
  readonly egress: number
  readonly ops: number
}

/** One row of the load-duration curve: the l-th replica. */
export interface MarginalLevel {
  readonly level: number
  /** Mean of min(1, max(0, demand - (level - 1))). */
  readonly meanFill: number
  /** Fill at which a dedicated replica costs the same as serverless: (p/s)(1 + h) / (k e); null without an offer of either kind. */
  readonly breakEven: number | null
  /** In the best plan with a fixed count (scenario `hybrid`). */
  readonly choice: 'dedicated' | 'serverless'
  /** Monthly USD for serving this level by each means, and what the choice saves against the alternative; null without such an offer. */
  readonly dedicatedUsd: number | null
  readonly serverlessUsd: number | null
  readonly savesUsd: number | null
}

export interface OutOfSample {
  /** How it was judged, e.g. "fitted on days 1-7, judged on days 8-14"; or why not. */
  readonly method: string
  readonly available: boolean
  readonly trainDays: number
  readonly testDays: number
  /** Monthly USD on the held-out days. */
  readonly bestFixedUsd: number | null
  readonly clairvoyantHourlyUsd: number | null
  readonly scenarios: Readonly<Record<string, { readonly monthlyUsd: number; readonly regretVsBestFixed: number; readonly regretVsClairvoyant: number }>>
}

export interface SensitivityBar {
  readonly parameter: string
  readonly low: { readonly label: string; readonly monthlyUsd: number; readonly cheapest: string }
  readonly high: { readonly label: string; readonly monthlyUsd: number; readonly cheapest: string }
}

export interface DecisionTree {
  readonly steps: readonly { readonly question: string; readonly answer: string; readonly numbers: string; readonly leadsTo: string }[]
  readonly conclusion: string
  /** The guide's two rules of thumb, for comparison. */
  readonly presets: readonly { readonly name: string; readonly answer: string; readonly because: string }[]
}

export interface Savings {
  readonly currentMonthlyUsd: number
  readonly monthlyUsd: number
  readonly yearlyUsd: number
  readonly source: string
}

export interface TrafficSummary {
  readonly source: string
  readonly measured: boolean
  readonly days: number
  readonly binSeconds: number
  readonly bins: number
  readonly requestsPerMonth: number
  readonly inputTokensPerMonth: number | null
  readonly outputTokensPerMonth: number | null
  /** In replicas. */
  readonly floor: number
  readonly mean: number
  readonly peak: number
  readonly possibleGapBins: number
}

/** Everything that the signature picture needs (decide/report/picture.ts lays it out). */
export interface PictureData {
  readonly startMs: number | null
  readonly binSeconds: number
  /** Demand in replicas, one number a bin. */
  readonly demand: readonly number[]
  /** Bins with a possible recording gap. */
  readonly gaps: readonly number[]
  readonly levels: readonly { readonly level: number; readonly meanFill: number; readonly choice: 'dedicated' | 'elastic' | 'serverless' }[]
  /** Fill at which owning stops paying: that of the first replica that the best fixed count leaves; 0 = nothing to compare. */
  readonly breakEven: number
}
