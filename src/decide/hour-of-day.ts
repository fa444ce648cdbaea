import { billedAbove } from './bin-costs.ts'
import type { CostTable } from './cost-table.ts'
import type { Demand } from './demand.ts'
import type { Market } from './market.ts'
import { transitionUsd } from './market.ts'

/** A place in the trace where the hour of the day changes: the demand of the bins on its two sides, at growth 1. */
export interface HourSeam {
  readonly day: number
  readonly hourBefore: number
  readonly hour: number
  readonly demandBefore: number
  readonly demand: number
}

/** The seams of a trace, closed to a ring; none where nothing is billed for a change of the serverless load. */
export function hourSeams(demand: Demand, { serverless }: Market): HourSeam[] {
  if (serverless === null || (serverless.overflow.riseSeconds === 0 && serverless.overflow.fallSeconds === 0)) return []
  const seams: HourSeam[] = []
  const { hourOfDay, replicas, day } = demand
  for (let t = 0; t < replicas.length; t++) {
    const before = t === 0 ? replicas.length - 1 : t - 1
    if (hourOfDay[t] === hourOfDay[before]) continue
    seams.push({ day: day[t]!, hourBefore: hourOfDay[before]!, hour: hourOfDay[t]!, demandBefore: replicas[before]!, demand: replicas[t]! })
  }
  return seams
}

/**
 * The best dedicated count for each hour of the day (24 of them, indexes into `table.counts`), fitted on the days with
 * the given weights: an exhaustive scan an hour, what a change of count costs left aside. Ties go to the smaller count.
 * `opsUsd` is what any dedicated replica adds on these days: if the schedule is not worth it, all counts are 0.
 */
export function fitHourOfDay(table: CostTable, weights: ArrayLike<number>, opsUsd = 0): Uint16Array {
  const { counts, days } = table
  const costs = table.hourly[0]!
  const schedule = new Uint16Array(24)
  let saved = 0
  for (let hour = 0; hour < 24; hour++) {
    let best = Number.POSITIVE_INFINITY
    let none = 0
    for (let c = 0; c < counts.length; c++) {
      let sum = 0
      const row = (hour * counts.length + c) * days
      for (let day = 0; day < days; day++) sum += costs[row + day]! * weights[day]!
      if (c === 0) none = sum
      if (sum < best) {
        best = sum
        schedule[hour] = c
      }
    }
    saved += none - best
  }
  return saved < opsUsd ? new Uint16Array(24) : schedule
}

/** USD of a schedule on the days with the given weights. */
export function hourOfDayCost(table: CostTable, schedule: ArrayLike<number>, weights: ArrayLike<number>, growth = 0): number {
  const { counts, days } = table
  const costs = table.hourly[growth]!
  let sum = 0
  for (let hour = 0; hour < 24; hour++) {
    const row = (hour * counts.length + schedule[hour]!) * days
    for (let day = 0; day < days; day++) sum += costs[row + day]! * weights[day]!
  }
  return sum + seamsUsd(table, schedule, weights, growth)
}

/** `hourly` takes each bin as if its count had also held in the bin before; where the schedule steps, this puts it right. */
function seamsUsd({ market, counts, seams, growths }: CostTable, schedule: ArrayLike<number>, weights: ArrayLike<number>, growth: number): number {
  const { serverless } = market
  if (serverless === null) return 0
  const { billed } = serverless.overflow
  const factor = growths[growth]!
  let sum = 0
  for (const seam of seams) {
    const weight = weights[seam.day]!
    if (weight === 0 || schedule[seam.hour] === schedule[seam.hourBefore]) continue
    const count = counts[schedule[seam.hour]!]!
    const now = billedAbove(billed, seam.demand * factor, count)
    const assumed = billedAbove(billed, seam.demandBefore * factor, count)
    const real = billedAbove(billed, seam.demandBefore * factor, counts[schedule[seam.hourBefore]!]!)
    sum += weight * (transitionUsd(serverless, real, now) - transitionUsd(serverless, assumed, now))
  }
  return sum
}
