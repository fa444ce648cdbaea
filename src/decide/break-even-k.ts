import type { Demand } from './demand.ts'
import type { Market } from './market.ts'

/**
 * k: billed / useful serverless seconds for the overflow above `count` owned replicas. 1 where nothing overflows and
 * nothing is known; then the whole demand is taken instead.
 */
export function billedPerUseful(demand: Demand, market: Market, count: number): number {
  const { serverless } = market
  if (serverless === null) return 1
  let useful = 0
  let billed = 0
  for (const value of demand.replicas) {
    const over = Math.max(0, value - count)
    useful += over
    billed += serverless.overflow.billed(over)
  }
  if (useful > 0) return billed / useful
  return count > 0 ? billedPerUseful(demand, market, 0) : 1
}

/** The fill from which one more dedicated replica pays: u* = (p/s) / k; at most 1 where renting can pay at all. */
export function breakEvenFill(market: Market, perHour: number, k: number): number {
  if (market.serverless === null) return 0
  return perHour / (market.serverless.perSecond * 3600 * k)
}
