import { scanFixed } from './cost-table.ts'
import type { Demand } from './demand.ts'
import { levelFills, wholeReplicas } from './demand.ts'
import type { Market } from './market.ts'

/** USD over the trace for each fixed dedicated count from 0 to the peak, serverless above it, operations not included. */
export function fixedCosts(demand: Demand, market: Market): Float64Array {
  let peak = 0
  for (const value of demand.replicas) if (value > peak) peak = value
  const top = wholeReplicas(peak)
  const costs = new Float64Array(top + 1)
  for (let count = 0; count <= top; count++) {
    if (market.serverless === null && count < top) costs[count] = Number.POSITIVE_INFINITY
    else
      scanFixed(demand, demand.replicas, market, count, (_, usd) => {
        costs[count]! += usd
      })
  }
  return costs
}

/**
 * The best fixed count: an exhaustive scan, so exact whatever the shape of the serverless bill. `opsPerTrace` is added
 * to every count above 0. Ties go to the smaller count.
 */
export function bestCount(costs: Float64Array, opsPerTrace = 0): number {
  let best = 0
  for (let count = 1; count < costs.length; count++) if (costs[count]! + opsPerTrace < costs[best]! + (best === 0 ? 0 : opsPerTrace)) best = count
  return best
}

/**
 * Lower bound for plans with one fixed count: the same problem without cold starts, idle windows and rounding, with
 * fractions of a replica allowed. cost(c) = p c T + s sum (d_t - c)+ is convex and piecewise linear with corners at the
 * demands, so the minimum over real c is at a quantile of the demand: the smallest c with share(d > c) <= p/s.
 */
export function fixedBound(demand: Demand, perHour: number, serverlessPerSecond: number | null): number {
  const hours = demand.binSeconds / 3600
  const sorted = Float64Array.from(demand.replicas).sort()
  const bins = sorted.length
  if (bins === 0) return 0
  // Without serverless every bin must be covered: the peak, fractional.
  if (serverlessPerSecond === null) return perHour * hours * bins * sorted[bins - 1]!
  const ratio = perHour / (serverlessPerSecond * 3600)
  const index = Math.max(-1, Math.min(bins - 1, Math.ceil(bins * (1 - ratio) - 1e-12) - 1))
  const count = index < 0 ? 0 : sorted[index]!
  let overflow = 0
  for (let t = index + 1; t < bins; t++) overflow += sorted[t]! - count
  return perHour * hours * bins * count + serverlessPerSecond * demand.binSeconds * overflow
}

/**
 * Lower bound for every plan over these offers, schedules and elastic rentals included: each replica-second of useful
 * work is bought at the cheaper of the two prices, none is idle. Valid with deferral and with any rental terms, since
 * the work is conserved.
 */
export function workBound(demand: Demand, cheapestPerHour: number, serverlessPerSecond: number | null): number {
  const perSecond = Math.min(cheapestPerHour / 3600, serverlessPerSecond ?? Number.POSITIVE_INFINITY)
  let work = 0
  for (const value of demand.replicas) work += value
  return work * demand.binSeconds * perSecond
}

/** One level of the optimum as money: what the l-th replica costs dedicated, and what serving it serverless adds. */
export interface LevelCost {
  readonly level: number
  readonly meanFill: number
  readonly dedicatedUsd: number
  readonly serverlessUsd: number
}

/**
 * The marginal table. Level l is worth a dedicated replica exactly when its rent is below the serverless bill that it
 * avoids; with bare prices that is mean fill >= p/s.
 */
export function levelCosts(demand: Demand, market: Market, costs: Float64Array): LevelCost[] {
  const hours = (demand.replicas.length * demand.binSeconds) / 3600
  return Array.from(levelFills(demand.replicas), (meanFill, index) => {
    const dedicatedUsd = market.basePerHour * hours
    return { level: index + 1, meanFill, dedicatedUsd, serverlessUsd: costs[index]! - costs[index + 1]! + dedicatedUsd }
  })
}
