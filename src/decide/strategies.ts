import type { CostTable } from './cost-table.ts'
import { wholeReplicas } from './demand.ts'
import { fitHourOfDay, hourOfDayCost } from './hour-of-day.ts'
import { SECONDS_PER_MONTH } from './market.ts'

export type Family = 'dedicated' | 'serverless' | 'hybrid' | 'tokens'

/**
 * A way of choosing a plan, apart from the days that it is chosen on: `fit` looks at some days of the cost table,
 * `cost` judges what was fitted on others. That split is what makes the out-of-sample figures honest.
 */
export interface Strategy {
  readonly id: string
  readonly family: Family
  readonly fit: (table: CostTable, weights: ArrayLike<number>) => Fitted
}

/** USD on the days with the given weights at `table.growths[growth]`, operations included. */
export type Fitted = (weights: ArrayLike<number>, growth: number) => number

/** USD a month for operating what is run, by whether it includes dedicated replicas. */
export interface OpsMonthly {
  readonly dedicated: number
  readonly serverless: number
}

/** A dedicated offer other than the table's: what it changes against it. */
export interface OtherOffer {
  /** USD an hour less for each replica. */
  readonly rebate: number
  /** USD more for what leaves with each request. */
  readonly egressPerRequest: number
}

const SAME_OFFER: OtherOffer = { rebate: 0, egressPerRequest: 0 }

/** Seconds of trace on the weighted days. */
export function secondsOf(table: CostTable, weights: ArrayLike<number>): number {
  let sum = 0
  for (let day = 0; day < table.days; day++) sum += table.daySeconds[day]! * weights[day]!
  return sum
}

/** Row `c` of a table of costs by day, summed over the weighted days. */
export function weightedRow(table: CostTable, costs: Float64Array, c: number, weights: ArrayLike<number>): number {
  let sum = 0
  const row = c * table.days
  for (let day = 0; day < table.days; day++) sum += costs[row + day]! * weights[day]!
  return sum
}

const extreme = (values: Float64Array, weights: ArrayLike<number>, pick: (a: number, b: number) => number, start: number): number => {
  let result = start
  for (let day = 0; day < values.length; day++) if (weights[day]! > 0) result = pick(result, values[day]!)
  return result
}

/** Index into `table.counts` of the count with the lowest `costs` on the weighted days. Ties go to the smaller. */
function argmin(table: CostTable, costs: Float64Array, weights: ArrayLike<number>, extra: (c: number) => number): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let c = 0; c < table.counts.length; c++) {
    const sum = weightedRow(table, costs, c, weights) + extra(c)
    if (sum < lowest) {
      lowest = sum
      best = c
    }
  }
  return best
}

/** USD a second for operating a plan, by whether it runs dedicated replicas. */
const opsFor = (ops: OpsMonthly, dedicated: boolean): number => (dedicated ? ops.dedicated : ops.serverless) / SECONDS_PER_MONTH

/**
 * All traffic on replicas that run all the time, as many as the peak needs. If the judged days peak higher than the
 * fitted ones, the replicas that were missing are added to the bill, since the traffic has to be served.
 */
export function allDedicated(id: string, offer: { readonly perHour: number; readonly egressPerRequest: number }, ops: OpsMonthly, headroom = 0): Strategy {
  return {
    id,
    family: 'dedicated',
    fit(table, fitWeights) {
      const fitted = extreme(table.peak, fitWeights, Math.max, 0)
      return (weights, growth) => {
        const factor = table.growths[growth]!
        const peak = extreme(table.peak, weights, Math.max, 0) * factor
        const count = wholeReplicas(Math.max(fitted, peak) * (1 + headroom))
        const requests = weightedRow(table, table.requests, 0, weights) * factor ** table.requestShare
        return secondsOf(table, weights) * ((count * offer.perHour) / 3600 + opsFor(ops, count > 0)) + requests * offer.egressPerRequest
      }
    },
  }
}

export function allServerless(id: string, ops: OpsMonthly): Strategy {
  return { id, family: 'serverless', fit: (table) => (weights, growth) => weightedRow(table, table.fixed[growth]!, 0, weights) + secondsOf(table, weights) * opsFor(ops, false) }
}

/** One fixed count, the best on the fitted days, of the table's dedicated offer or another; at least `least` (a serverless cap). */
export function hybrid(id: string, ops: OpsMonthly, other: OtherOffer = SAME_OFFER, least = 0): Strategy {
  const change = (table: CostTable, c: number, weights: ArrayLike<number>, growth: number): number => {
    const egress = other.egressPerRequest === 0 ? 0 : weightedRow(table, table.ownedRequests[growth]!, c, weights) * other.egressPerRequest
    return secondsOf(table, weights) * (opsFor(ops, table.counts[c]! > 0) - (table.counts[c]! * other.rebate) / 3600) + egress
  }
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const c = argmin(table, table.fixed[0]!, fitWeights, (index) => (table.counts[index]! < least ? Number.POSITIVE_INFINITY : change(table, index, fitWeights, 0)))
      return (weights, growth) => weightedRow(table, table.fixed[growth]!, c, weights) + change(table, c, weights, growth)
    },
  }
}

/** A base, the best on the fitted days, and the elastic rule on top. It may rent at any time, so dedicated replicas are operated in any case. */
export function hybridElastic(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const c = bestElastic(table, fitWeights)
      return (weights, growth) => weightedRow(table, table.elastic[growth]!, c, weights) + secondsOf(table, weights) * opsFor(ops, true)
    },
  }
}

/** Index of the base under the elastic rule that costs least on the weighted days. Ties go to the larger base, which is simpler to run. */
export function bestElastic(table: CostTable, weights: ArrayLike<number>): number {
  const lowest = weightedRow(table, table.elastic[0]!, argmin(table, table.elastic[0]!, weights, () => 0), weights)
  let best = table.counts.length - 1
  while (best > 0 && weightedRow(table, table.elastic[0]!, best, weights) > lowest * (1 + 1e-9)) best--
  return best
}

/** One count for each hour of the day, the best on the fitted days. */
export function hybridHourOfDay(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const schedule = bestSchedule(table, fitWeights, ops)
      const dedicated = schedule.some((c) => table.counts[c]! > 0)
      return (weights, growth) => hourOfDayCost(table, schedule, weights, growth) + secondsOf(table, weights) * opsFor(ops, dedicated)
    },
  }
}

export function bestSchedule(table: CostTable, weights: ArrayLike<number>, ops: OpsMonthly): Uint16Array {
  return fitHourOfDay(table, weights, secondsOf(table, weights) * (opsFor(ops, true) - opsFor(ops, false)))
}

/** The guide's rule: dedicated for the floor of the traffic plus 10 %. */
export function floorPlusTen(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const c = nearest(table.counts, floorPlusTenCount(extreme(table.floor, fitWeights, Math.min, Number.POSITIVE_INFINITY)))
      return (weights, growth) => weightedRow(table, table.fixed[growth]!, c, weights) + secondsOf(table, weights) * opsFor(ops, table.counts[c]! > 0)
    },
  }
}

/** Replicas that serve the floor plus 10 %. */
export function floorPlusTenCount(floor: number): number {
  return Number.isFinite(floor) ? wholeReplicas(floor * 1.1) : 0
}

/** A bill that does not depend on replicas: USD by day of the trace (a tokens API). `scale` multiplies it. */
export function perDay(id: string, family: Family, usd: Float64Array, scale = 1): Strategy {
  return {
    id,
    family,
    fit: (table) => (weights, growth) => {
      let sum = 0
      for (let day = 0; day < table.days; day++) sum += (usd[day] ?? 0) * weights[day]!
      return sum * table.growths[growth]! ** table.requestShare * scale
    },
  }
}

/** Index of the count nearest to `wanted`. */
function nearest(counts: readonly number[], wanted: number): number {
  let best = 0
  for (const [c, count] of counts.entries()) if (Math.abs(count - wanted) < Math.abs(counts[best]! - wanted)) best = c
  return best
}
