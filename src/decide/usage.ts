import { billedAbove, unservedAbove } from './bin-costs.ts'
import type { Demand } from './demand.ts'
import type { Market, OverflowModel } from './market.ts'
import { SECONDS_PER_MONTH } from './market.ts'

/** What a plan uses in a 730-hour month with the trace as its typical period: replica-seconds, before any price. */
export interface MonthlyUsage {
  /** Replica-seconds of useful work, wherever done. */
  readonly useful: number
  readonly dedicatedBusy: number
  readonly dedicatedIdle: number
  /** Rented by the term, busy and idle together; part of the two above. */
  readonly rented: number
  /** Useful work on serverless, in dedicated replica-seconds; busy is what its replicas need for it. */
  readonly overflow: number
  readonly serverlessBusy: number
  readonly coldStart: number
  readonly keepWarm: number
  readonly rounding: number
  /** Requests that overflow to serverless, and those of them that wait for a starting replica. */
  readonly requests: number
  readonly overflowRequests: number
  readonly coldRequests: number | null
  /** Replicas rented by the term on average and at most, serverless replicas at most. */
  readonly rentedMean: number
  readonly rentedMax: number
  readonly serverlessMax: number
  /** Most useful load on serverless, in its replicas. */
  readonly overflowMax: number
  /** Demand that nothing in the plan serves, replica-seconds. */
  readonly unserved: number
}

/**
 * Counts the usage of `base` replicas all the time (a fraction where they are several kinds), `rented[t]` more by the
 * term, and serverless above. At the prices of `market` it costs what binCosts says.
 */
export function monthlyUsage(demand: Demand, market: Market, base: number, rented: Int32Array | null): MonthlyUsage {
  const { binSeconds, replicas, requests } = demand
  const bins = replicas.length
  const toMonth = SECONDS_PER_MONTH / (bins * binSeconds)
  const overflow = market.serverless?.overflow
  const sum = { useful: 0, busy: 0, paid: 0, rented: 0, overflow: 0, slsBusy: 0, cold: 0, warm: 0, rounding: 0, requests: 0, overflowRequests: 0, coldRequests: 0, unserved: 0 }
  let coldKnown = overflow !== undefined
  let rentedMax = 0
  let serverlessMax = 0
  let overflowMax = 0
  let before = overflow === undefined || bins === 0 ? 0 : billedAbove(overflow.billed, replicas[bins - 1]!, base + (rented?.[bins - 1] ?? 0))
  for (let t = 0; t < bins; t++) {
    const d = replicas[t]!
    const extra = rented?.[t] ?? 0
    const over = Math.max(0, d - base - extra)
    sum.useful += d
    sum.busy += d - over
    sum.paid += base + extra
    sum.rented += extra
    sum.requests += requests[t]!
    if (extra > rentedMax) rentedMax = extra
    if (overflow === undefined) {
      sum.unserved += unservedAbove(d, base + extra)
      continue
    }
    const now = over === 0 ? 0 : overflow.billed(over)
    const change = now - before
    before = now
    // Per second of the bin, so that everything below scales alike.
    if (change > 0) sum.cold += (change * overflow.riseSeconds) / binSeconds
    else sum.warm += (-change * overflow.fallSeconds) / binSeconds
    if (over === 0) continue
    if (now > serverlessMax) serverlessMax = now
    if (over > overflowMax) overflowMax = over
    sum.overflow += over
    const split = overflow.split(over)
    sum.slsBusy += split.busy
    sum.cold += split.coldStart
    sum.warm += split.keepWarm
    sum.rounding += split.rounding
    const overflowing = (requests[t]! * over) / d
    sum.overflowRequests += overflowing
    if (split.coldStartShare === null) coldKnown = false
    else sum.coldRequests += Math.min(overflowing, overflowing * split.coldStartShare + (change > 0 ? startingShare(overflow, change / now, binSeconds) * overflowing : 0))
  }
  const seconds = binSeconds * toMonth
  return {
    useful: sum.useful * seconds,
    dedicatedBusy: sum.busy * seconds,
    dedicatedIdle: (sum.paid - sum.busy) * seconds,
    rented: sum.rented * seconds,
    overflow: sum.overflow * seconds,
    serverlessBusy: sum.slsBusy * seconds,
    coldStart: sum.cold * seconds,
    keepWarm: sum.warm * seconds,
    rounding: sum.rounding * seconds,
    requests: sum.requests * toMonth,
    overflowRequests: sum.overflowRequests * toMonth,
    coldRequests: coldKnown ? sum.coldRequests * toMonth : null,
    rentedMean: bins === 0 ? 0 : sum.rented / bins,
    rentedMax,
    serverlessMax,
    overflowMax: overflowMax * (overflow?.throughputRatio ?? 1),
    unserved: sum.unserved * seconds,
  }
}

/** Share of a bin's requests that come while the replicas it needs more (a share `risen` of all) are still starting. */
function startingShare({ startSeconds = 0 }: OverflowModel, risen: number, binSeconds: number): number {
  return risen * Math.min(1, startSeconds / binSeconds)
}
