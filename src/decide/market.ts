/** What replicas cost, reduced to the numbers that the optimum needs. All prices are for one whole replica (its GPUs together). */
export interface Market {
  /** USD an hour for a replica that is rented all the time. */
  readonly basePerHour: number
  /** USD an hour for a replica rented by the term, and its terms. */
  readonly elasticPerHour: number
  readonly termSeconds: number
  readonly noticeSeconds: number
  /** How far back the elastic rule looks. */
  readonly windowSeconds: number
  /** Null where no serverless offer applies: demand above the rented replicas then cannot be served. */
  readonly serverless: ServerlessMarket | null
  /** Absolute USD a month for operating what is run, by whether any dedicated replica is. */
  readonly opsMonthly: { readonly dedicated: number; readonly serverless: number }
}

export interface ServerlessMarket {
  /** USD a second for a live replica. */
  readonly perSecond: number
  readonly overflow: OverflowModel
  readonly replicaCap: number | null
}

/** How much of a serverless replica's life is billed for a given useful load. */
export interface OverflowModel {
  /** Replica-seconds billed per second at a steady overflow of `replicas` useful replicas; at least as much as is useful. */
  readonly billed: (replicas: number) => number
  /** What the billed replica-seconds per second consist of; the parts sum to `billed`. */
  readonly split: (replicas: number) => OverflowSplit
  /** Extra replica-seconds when the billed replicas rise by one (a cold start), and when they fall by one (an idle window). */
  readonly riseSeconds: number
  readonly fallSeconds: number
}

export interface OverflowSplit {
  readonly busy: number
  readonly coldStart: number
  readonly keepWarm: number
  readonly rounding: number
  /** Share of the overflowing requests that meet a cold start; null = unknown. */
  readonly coldStartShare: number | null
}

/** Bare prices: every useful second is billed once and nothing else is. `throughputRatio` e = dedicated / serverless throughput. */
export function linearOverflow(throughputRatio = 1): OverflowModel {
  return {
    billed: (replicas) => replicas * throughputRatio,
    split: (replicas) => ({ busy: replicas * throughputRatio, coldStart: 0, keepWarm: 0, rounding: 0, coldStartShare: null }),
    riseSeconds: 0,
    fallSeconds: 0,
  }
}

export const HOURS_PER_MONTH = 730
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
