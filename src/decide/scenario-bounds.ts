import { fixedBound, leastServerless, scheduleBound, serverlessBound } from './bounds.ts'
import { clairvoyantUsd } from './clairvoyant.ts'
import type { Demand } from './demand.ts'
import { peakOf } from './demand.ts'
import type { Market } from './market.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { OpsMonthly } from './strategies.ts'

/**
 * Lower bounds in USD a month for each class of plans over one market, with the operations and the egress that no plan
 * of the class escapes.
 */
export interface ScenarioBounds {
  readonly allServerless: number
  /** Replicas that cover the peak, at this price. */
  readonly allDedicated: (perHour: number, egressPerRequest: number) => number
  /** One fixed count of replicas at this price, serverless above. */
  readonly fixed: (perHour: number, egressPerRequest: number) => number
  /** Any schedule of the market's dedicated offers, serverless above. */
  readonly schedule: { readonly monthlyUsd: number; readonly terms: boolean }
}

export function scenarioBounds(demand: Demand, market: Market, ops: OpsMonthly): ScenarioBounds {
  const toMonth = SECONDS_PER_MONTH / (demand.replicas.length * demand.binSeconds)
  const requests = demand.requests.reduce((sum, value) => sum + value, 0) * toMonth
  const egress = market.egressPerRequest ?? { dedicated: 0, serverless: 0 }
  const least = market.serverless === null ? null : leastServerless(demand, market.serverless)
  const leastOps = Math.min(ops.dedicated, ops.serverless)
  return {
    allServerless: (least === null ? 0 : serverlessBound(demand, least)) * toMonth + requests * egress.serverless + ops.serverless,
    allDedicated: (perHour, egressPerRequest) =>
      fixedBound(demand, perHour, null) * toMonth + requests * egressPerRequest + (peakOf(demand.replicas) > 0 ? ops.dedicated : ops.serverless),
    fixed: (perHour, egressPerRequest) => fixedBound(demand, perHour, least) * toMonth + requests * Math.min(egressPerRequest, egress.serverless) + leastOps,
    schedule:
      least === null ? { monthlyUsd: 0, terms: false } : schedule(demand, market, least, toMonth, requests * Math.min(egress.dedicated, egress.serverless) + leastOps),
  }
}

function schedule(demand: Demand, market: Market, least: Float64Array, toMonth: number, constant: number): ScenarioBounds['schedule'] {
  const perHour = { base: market.basePerHour, elastic: market.elasticPerHour }
  // Rounded down: a schedule by the hour rents whole hours as near as the bins allow.
  const termBins = Math.max(1, Math.floor(market.termSeconds / demand.binSeconds + 1e-9))
  const exact = termBins === 1 ? null : clairvoyantUsd(demand, perHour, least, termBins)
  return { monthlyUsd: (exact ?? scheduleBound(demand, perHour, least)) * toMonth + constant, terms: termBins === 1 || exact !== null }
}
