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

export interface OpsMonthly {
  readonly dedicated: number
  readonly serverless: number
}

const seconds = (table: CostTable, weights: ArrayLike<number>): number => {
  let sum = 0
  for (let day = 0; day < table.days; day++) sum += table.daySeconds[day]! * weights[day]!
  return sum
}

const weighted = (table: CostTable, costs: Float64Array, c: number, weights: ArrayLike<number>): number => {
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
function argmin(table: CostTable, costs: Float64Array, weights: ArrayLike<number>, extra: (count: number) => number): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let c = 0; c < table.counts.length; c++) {
    const sum = weighted(table, costs, c, weights) + extra(table.counts[c]!)
    if (sum < lowest) {
      lowest = sum
      best = c
    }
  }
  return best
}

const opsFor = (ops: OpsMonthly, count: number): number => (count > 0 ? ops.dedicated : ops.serverless) / SECONDS_PER_MONTH

/**
 * All traffic on replicas that run all the time, as many as the peak needs. If the judged days peak higher than the
 * fitted ones, the replicas that were missing are added to the bill, since the traffic has to be served.
 */
export function allDedicated(id: string, perHour: number, ops: OpsMonthly, headroom = 0): Strategy {
  return {
    id,
    family: 'dedicated',
    fit(table, fitWeights) {
      const fitted = extreme(table.peak, fitWeights, Math.max, 0)
      return (weights, growth) => {
        const peak = extreme(table.peak, weights, Math.max, 0) * table.growths[growth]!
        const count = wholeReplicas(Math.max(fitted, peak) * (1 + headroom))
        return seconds(table, weights) * ((count * perHour) / 3600 + opsFor(ops, 1))
      }
    },
  }
}

export function allServerless(id: string, ops: OpsMonthly): Strategy {
  return { id, family: 'serverless', fit: (table) => (weights, growth) => weighted(table, table.fixed[growth]!, 0, weights) + seconds(table, weights) * opsFor(ops, 0) }
}

/** One fixed count, the best on the fitted days. `rebate` is USD an hour off each replica's price (a commitment). */
export function hybrid(id: string, ops: OpsMonthly, rebate = 0): Strategy {
  const cost = (count: number, time: number): number => time * (opsFor(ops, count) - (count * rebate) / 3600)
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const fitSeconds = seconds(table, fitWeights)
      const c = argmin(table, table.fixed[0]!, fitWeights, (count) => cost(count, fitSeconds))
      return (weights, growth) => weighted(table, table.fixed[growth]!, c, weights) + cost(table.counts[c]!, seconds(table, weights))
    },
  }
}

/** A base, the best on the fitted days, and the elastic rule on top. */
export function hybridElastic(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      // The rule may rent even on a base of 0, so dedicated replicas are operated in any case.
      const c = argmin(table, table.elastic[0]!, fitWeights, () => 0)
      return (weights, growth) => weighted(table, table.elastic[growth]!, c, weights) + seconds(table, weights) * opsFor(ops, 1)
    },
  }
}

/** One count for each hour of the day, the best on the fitted days. */
export function hybridHourOfDay(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const schedule = fitHourOfDay(table, fitWeights)
      return (weights, growth) => hourOfDayCost(table, schedule, weights, growth) + seconds(table, weights) * opsFor(ops, 1)
    },
  }
}

/** The guide's rule: dedicated for the floor of the traffic plus 10 %. */
export function floorPlusTen(id: string, ops: OpsMonthly): Strategy {
  return {
    id,
    family: 'hybrid',
    fit(table, fitWeights) {
      const c = nearestCount(table.counts, floorPlusTenCount(extreme(table.floor, fitWeights, Math.min, Number.POSITIVE_INFINITY)))
      return (weights, growth) => weighted(table, table.fixed[growth]!, c, weights) + seconds(table, weights) * opsFor(ops, table.counts[c]!)
    },
  }
}

/** Replicas that serve the floor plus 10 %. */
export function floorPlusTenCount(floor: number): number {
  return Number.isFinite(floor) ? wholeReplicas(floor * 1.1) : 0
}

/** A bill that does not depend on replicas: USD by day of the trace (a tokens API). */
export function perDay(id: string, family: Family, usd: Float64Array, opsMonthly: number): Strategy {
  return {
    id,
    family,
    fit: (table) => (weights, growth) => {
      let sum = 0
      for (let day = 0; day < table.days; day++) sum += usd[day]! * weights[day]!
      return sum * table.growths[growth]! + (seconds(table, weights) * opsMonthly) / SECONDS_PER_MONTH
    },
  }
}

function nearestCount(counts: readonly number[], wanted: number): number {
  let best = 0
  for (const [c, count] of counts.entries()) if (Math.abs(count - wanted) < Math.abs(counts[best]! - wanted)) best = c
  return best
}
