import type { Demand } from './demand.ts'
import { demandRange, wholeReplicas } from './demand.ts'

/** What the decision tree asks of the demand's shape. */
export interface DemandShape {
  readonly floor: number
  readonly mean: number
  readonly peak: number
  /** Floor / mean: how much of the work is always there. */
  readonly floorShare: number
  /** Standard deviation of hourly demand / its mean. */
  readonly hourlyVariation: number
  /** Share of the variance of hourly demand that the hour of the day explains, each day judged by the other days; null under three days. */
  readonly hourOfDayExplains: number | null
  /** Mean demand / whole replicas that cover the peak: the utilization of an all-dedicated fleet. */
  readonly dedicatedUtilization: number
}

export function demandShape(demand: Demand): DemandShape {
  const { floor, mean, peak } = demandRange(demand)
  const hourly = hourlyMeans(demand)
  const hourMean = hourly.reduce((sum, { value }) => sum + value, 0) / Math.max(1, hourly.length)
  const variance = hourly.reduce((sum, { value }) => sum + (value - hourMean) ** 2, 0) / Math.max(1, hourly.length)
  return {
    floor,
    mean,
    peak,
    floorShare: mean > 0 ? floor / mean : 0,
    hourlyVariation: hourMean > 0 ? Math.sqrt(variance) / hourMean : 0,
    hourOfDayExplains: demand.days < 3 || variance === 0 ? null : explained(hourly, demand.days),
    dedicatedUtilization: peak > 0 ? mean / wholeReplicas(peak) : 0,
  }
}

interface HourlyMean {
  readonly day: number
  readonly hour: number
  readonly value: number
}

function hourlyMeans(demand: Demand): HourlyMean[] {
  const sums = new Map<number, { sum: number; bins: number }>()
  for (const [t, value] of demand.replicas.entries()) {
    if (demand.possibleGap[t] === 1) continue
    const key = demand.day[t]! * 24 + demand.hourOfDay[t]!
    const cell = sums.get(key) ?? { sum: 0, bins: 0 }
    cell.sum += value
    cell.bins++
    sums.set(key, cell)
  }
  return Array.from(sums, ([key, { sum, bins }]) => ({ day: Math.floor(key / 24), hour: key % 24, value: sum / bins }))
}

/** Leave-one-day-out R squared of the hour-of-day mean; 0 where it predicts no better than the overall mean. */
function explained(hourly: readonly HourlyMean[], days: number): number {
  const everyDay = Array.from({ length: days }, () => hourSums())
  const all = hourSums()
  for (const { day, hour, value } of hourly) {
    for (const sums of [everyDay[day]!, all]) {
      sums.value[hour]! += value
      sums.cells[hour]! += 1
    }
  }
  let error = 0
  let total = 0
  for (const { day, hour, value } of hourly) {
    const own = everyDay[day]!
    const others = sum(all.cells) - sum(own.cells)
    if (others === 0) continue
    const mean = (sum(all.value) - sum(own.value)) / others
    const cells = all.cells[hour]! - own.cells[hour]!
    const predicted = cells === 0 ? mean : (all.value[hour]! - own.value[hour]!) / cells
    error += (value - predicted) ** 2
    total += (value - mean) ** 2
  }
  return total === 0 ? 0 : Math.max(0, 1 - error / total)
}

interface HourSums {
  readonly value: Float64Array
  readonly cells: Float64Array
}

const hourSums = (): HourSums => ({ value: new Float64Array(24), cells: new Float64Array(24) })
const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0)
