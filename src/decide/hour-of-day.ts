import type { CostTable } from './cost-table.ts'

/**
 * The best dedicated count for each hour of the day (24 of them, indexes into `table.counts`), fitted on the days with
 * the given weights. Costs separate by hour, so each is an exhaustive scan. Ties go to the smaller count.
 */
export function fitHourOfDay(table: CostTable, weights: ArrayLike<number>, growth = 0): Uint16Array {
  const { counts, days } = table
  const costs = table.hourly[growth]!
  const schedule = new Uint16Array(24)
  for (let hour = 0; hour < 24; hour++) {
    let best = Number.POSITIVE_INFINITY
    for (let c = 0; c < counts.length; c++) {
      let sum = 0
      const row = (hour * counts.length + c) * days
      for (let day = 0; day < days; day++) sum += costs[row + day]! * weights[day]!
      if (sum < best) {
        best = sum
        schedule[hour] = c
      }
    }
  }
  return schedule
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
  return sum
}
