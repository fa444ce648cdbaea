import type { CostTable } from './cost-table.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { OutOfSample } from './plan-result.ts'
import type { Strategy } from './strategies.ts'

const TEST_DAYS = 7

/**
 * Holds out the last week (or, with fewer than eight days, nothing): every strategy is fitted on the days before and
 * judged on it, against the best fixed count and the best hour-by-hour count that somebody who knew the week could
 * have chosen. Figures are USD for a 730-hour month like the held-out week.
 */
export function holdOutLastWeek(table: CostTable, strategies: readonly Strategy[]): OutOfSample {
  const trainDays = table.days - TEST_DAYS
  if (trainDays < 1) {
    return { method: `not judged: ${table.days} days of traffic, more than ${TEST_DAYS} are needed to hold out a week`, available: false, trainDays: table.days, testDays: 0, bestFixedUsd: null, clairvoyantHourlyUsd: null, scenarios: {} }
  }
  return holdOut(table, strategies, (day) => day < trainDays, (day) => day >= trainDays)
}

/** The same for any split of the days. */
export function holdOut(table: CostTable, strategies: readonly Strategy[], isTrain: (day: number) => boolean, isTest: (day: number) => boolean): OutOfSample {
  const days = Array.from({ length: table.days }, (_, day) => day)
  const train = days.map((day) => (isTrain(day) ? 1 : 0))
  const test = days.map((day) => (isTest(day) ? 1 : 0))
  const seconds = days.reduce((sum, day) => sum + table.daySeconds[day]! * test[day]!, 0)
  const toMonth = SECONDS_PER_MONTH / seconds
  const bestFixed = Math.min(...table.counts.map((_, c) => days.reduce((sum, day) => sum + table.fixed[0]![c * table.days + day]! * test[day]!, 0)))
  const clairvoyant = days.reduce((sum, day) => sum + (test[day] === 0 ? 0 : cheapestHours(table, day)), 0)
  const scenarios = Object.fromEntries(
    strategies.map((strategy) => {
      const usd = strategy.fit(table, train)(test, 0)
      return [strategy.id, { monthlyUsd: usd * toMonth, regretVsBestFixed: usd / bestFixed - 1, regretVsClairvoyant: usd / clairvoyant - 1 }]
    }),
  )
  const trainDays = train.filter((weight) => weight > 0).length
  const testDays = test.filter((weight) => weight > 0).length
  return {
    method: `fitted on ${trainDays} ${trainDays === 1 ? 'day' : 'days'}, judged on ${testDays} held-out days`,
    available: true,
    trainDays,
    testDays,
    bestFixedUsd: bestFixed * toMonth,
    clairvoyantHourlyUsd: clairvoyant * toMonth,
    scenarios,
  }
}

/** USD of one day if each of its hours had the count that was best for it. */
function cheapestHours(table: CostTable, day: number): number {
  let sum = 0
  for (let hour = 0; hour < 24; hour++) {
    let best = Number.POSITIVE_INFINITY
    for (let c = 0; c < table.counts.length; c++) best = Math.min(best, table.hourly[0]![(hour * table.counts.length + c) * table.days + day]!)
    sum += best
  }
  return sum
}
