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
  /** USD that leave with each request, by what served it; absent = egress is not counted. */
  readonly egressPerRequest?: { readonly dedicated: number; readonly serverless: number }
}

export interface ServerlessMarket {
  /** USD a second for a live replica. */
  readonly perSecond: number
  readonly overflow: OverflowModel
  readonly replicaCap: number | null
}

/** How much of a serverless replica's life is billed for a given useful load. */
export interface OverflowModel {
  /**
   * Replica-seconds billed per second at a steady overflow of `replicas` useful replicas: 0 at 0, never falling, and
   * billed / useful never rises (a larger pool is no worse used). The lower bounds rest on that.
   */
  readonly billed: (replicas: number) => number
  /** What the billed replica-seconds per second consist of; the parts sum to `billed`. */
  readonly split: (replicas: number) => OverflowSplit
  /** Extra replica-seconds when the billed replicas rise by one (a cold start), and when they fall by one (an idle window). */
  readonly riseSeconds: number
  readonly fallSeconds: number
  /** How long a starting replica keeps requests waiting, billed or not; absent = unknown. */
  readonly startSeconds?: number
  /** e: dedicated / serverless throughput of one replica, which `billed` has in it; absent = 1. */
  readonly throughputRatio?: number
}

export interface OverflowSplit {
  readonly busy: number
  readonly coldStart: number
  readonly keepWarm: number
  readonly rounding: number
  /** Share of the overflowing requests that wait for a starting replica, or for a slot on one, at a steady load; null = unknown. */
  readonly coldStartShare: number | null
}

/**
 * Every useful second is billed `k` times, and nothing else is; with k = 1 these are bare prices. `throughputRatio` e =
 * dedicated / serverless throughput. What k adds counts as keep-warm, since nobody said what it consists of.
 */
export function linearOverflow(throughputRatio = 1, k = 1): OverflowModel {
  const extra = throughputRatio * (k - 1)
  return {
    billed: (replicas) => replicas * throughputRatio * k,
    split: (replicas) => ({ busy: replicas * throughputRatio, coldStart: 0, keepWarm: replicas * extra, rounding: 0, coldStartShare: null }),
    riseSeconds: 0,
    fallSeconds: 0,
    throughputRatio,
  }
}

/** USD for moving the billed replicas from `before` to `now`: cold starts on the way up, idle windows on the way down. */
export function transitionUsd({ perSecond, overflow }: ServerlessMarket, before: number, now: number): number {
  const change = now - before
  return perSecond * (change >= 0 ? change * overflow.riseSeconds : -change * overflow.fallSeconds)
}

/** USD an hour at which nothing is ever rented: where no offer exists. */
export const NO_OFFER_PER_HOUR = 1e9

/** USD a replica-second for work that nothing serves, where no serverless offer applies: such a plan must never win. */
export const UNSERVED_PER_SECOND = 1e6

export const HOURS_PER_MONTH = 730
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
