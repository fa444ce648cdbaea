import { SpillwayError } from '../core/errors.ts'
import { binCosts } from './bin-costs.ts'
import type { Demand } from './demand.ts'
import { levelFills, peakOf, wholeReplicas } from './demand.ts'
import type { Market } from './market.ts'

/** Bins x counts that are scanned at most for one offer: about three seconds. */
const MOST_STEPS = 300_000_000

/**
 * USD over the trace for each fixed dedicated count from 0 to the peak, serverless above it, operations not included;
 * infinite where serverless is missing and the count is below the peak. Throws PLAN_TOO_LARGE.
 */
export function fixedCosts(demand: Demand, market: Market): Float64Array {
  return withRent(demand, market, overflowCosts(demand, market))
}

/** The same without rent: what does not depend on the dedicated price, so that offers share one scan. */
export function overflowCosts(demand: Demand, market: Market): Float64Array {
  const top = wholeReplicas(peakOf(demand.replicas))
  const bins = demand.replicas.length
  if ((top + 1) * bins > MOST_STEPS)
    throw new SpillwayError('PLAN_TOO_LARGE', `${top} replicas in ${bins} bins are more than the planner scans`, 'Use longer bins, a shorter trace or a larger replica')
  const costs = new Float64Array(top + 1)
  const free = { ...market, basePerHour: 0 }
  const usd = new Float64Array(bins)
  for (let count = 0; count <= top; count++) {
    if (market.serverless === null && count < top) costs[count] = Number.POSITIVE_INFINITY
    else for (const value of binCosts(demand, free, count, null, usd)) costs[count]! += value
  }
  return costs
}

/** Adds the rent of each count at the market's base price. */
export function withRent(demand: Demand, market: Market, overflow: Float64Array): Float64Array {
  const rent = market.basePerHour * ((demand.replicas.length * demand.binSeconds) / 3600)
  return overflow.map((usd, count) => usd + count * rent)
}

/**
 * The best fixed count: an exhaustive scan, so exact whatever the shape of the serverless bill. `opsPerTrace` is added
 * to every count above 0; counts below `least` are not allowed (a serverless cap). Ties go to the smaller count.
 */
export function bestCount(costs: Float64Array, opsPerTrace = 0, least = 0): number {
  const usd = (count: number): number => costs[count]! + (count === 0 ? 0 : opsPerTrace)
  let best = Math.min(least, costs.length - 1)
  for (let count = best + 1; count < costs.length; count++) if (usd(count) < usd(best)) best = count
  return best
}

/** One level of the optimum as money: what the l-th replica costs dedicated, and what serving it serverless adds. */
export interface LevelCost {
  readonly level: number
  readonly meanFill: number
  readonly dedicatedUsd: number
  /** Null without serverless. */
  readonly serverlessUsd: number | null
}

/**
 * The marginal table over the trace. Level l is worth a dedicated replica exactly when its rent is below the serverless
 * bill that it avoids; with bare prices that is mean fill >= p/s.
 */
export function levelCosts(demand: Demand, market: Market, costs: Float64Array): LevelCost[] {
  const hours = (demand.replicas.length * demand.binSeconds) / 3600
  return Array.from(levelFills(demand.replicas), (meanFill, index) => {
    const dedicatedUsd = market.basePerHour * hours
    return { level: index + 1, meanFill, dedicatedUsd, serverlessUsd: market.serverless === null ? null : costs[index]! - costs[index + 1]! + dedicatedUsd }
  })
}
