import { breakEvenUtilization } from '../core/break-even.ts'
import { billedAbove } from './bin-costs.ts'
import type { Demand } from './demand.ts'
import type { Market } from './market.ts'
import { HOURS_PER_MONTH, NO_OFFER_PER_HOUR } from './market.ts'

/**
 * k: billed / needed serverless seconds for the overflow above `count` owned replicas, transitions included; needed are
 * e seconds for each useful one. Where nothing overflows the whole demand is taken; 1 where there is none.
 */
export function billedPerUseful(demand: Demand, market: Market, count: number): number {
  const { serverless } = market
  if (serverless === null) return 1
  const { billed, riseSeconds, fallSeconds, throughputRatio = 1 } = serverless.overflow
  const { replicas, binSeconds } = demand
  let useful = 0
  let sum = 0
  let before = replicas.length === 0 ? 0 : billedAbove(billed, replicas[replicas.length - 1]!, count)
  for (const value of replicas) {
    const now = billedAbove(billed, value, count)
    useful += Math.max(0, value - count)
    sum += now + (now > before ? (now - before) * riseSeconds : (before - now) * fallSeconds) / binSeconds
    before = now
  }
  if (useful > 0) return sum / (useful * throughputRatio)
  return count > 0 ? billedPerUseful(demand, market, 0) : 1
}

/** The fill from which one more dedicated replica at `perHour` pays: u* = (p/s) / (k e). 0 without serverless: it always pays. */
export function breakEvenFill(market: Market, perHour: number, k: number): number {
  return market.serverless === null ? 0 : perHour / (market.serverless.perSecond * 3600 * k * (market.serverless.overflow.throughputRatio ?? 1))
}

export interface HeadlineBreakEven {
  readonly utilization: number | null
  readonly k: number
  readonly throughputRatio: number
  readonly overheadShare: number
}

/** u* = (p/s)(1 + h) / (k e) for a fleet of `count` replicas, h being what operating it adds to its rent. */
export function headlineBreakEven(market: Market, count: number, k: number): HeadlineBreakEven {
  const { serverless, basePerHour } = market
  const throughputRatio = serverless?.overflow.throughputRatio ?? 1
  if (serverless === null || basePerHour === NO_OFFER_PER_HOUR) return { utilization: null, k, throughputRatio, overheadShare: 0 }
  const overheadShare = overheadOf(market, count)
  return {
    utilization: breakEvenUtilization({ dedicatedPerHour: basePerHour, serverlessPerSecond: serverless.perSecond, overheadShare, k, throughputRatio }),
    k,
    throughputRatio,
    overheadShare,
  }
}

/** h: what operating dedicated replicas costs more than operating serverless alone, as a share of the rent of `count` (at least one). */
export function overheadOf({ basePerHour, opsMonthly }: Market, count: number): number {
  return Math.max(0, opsMonthly.dedicated - opsMonthly.serverless) / (Math.max(1, count) * basePerHour * HOURS_PER_MONTH)
}
