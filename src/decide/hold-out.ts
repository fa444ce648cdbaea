import type { CostTable } from './cost-table.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { OutOfSample } from './plan-result.ts'
import type { Strategy } from './strategies.ts'
import { secondsOf, weightedRow } from './strategies.ts'

const TEST_DAYS = 7

/** Not judged, and why. */
export function notJudged(method: string, trainDays: number): OutOfSample {
  return { method: `not judged: ${method}`, available: false, trainDays, testDays: 0, bestFixedUsd: null, clairvoyantHourlyUsd: null, scenarios: {} }
}

/**
 * Holds out the last week (or, with fewer than eight days, nothing): every strategy is fitted on the days before and
 * judged on it, against the best fixed count and the best hour-by-hour count that somebody who knew the week could
 * have chosen. Figures are USD for a 730-hour month like the held-out week, operations included.
 */
export function holdOutLastWeek(table: CostTable, strategies: readonly Strategy[]): OutOfSample {
  const trainDays = table.days - TEST_DAYS
  if (trainDays < 1) return notJudged(`${table.days} ${table.days === 1 ? 'day' : 'days'} of traffic, more than ${TEST_DAYS} are needed to hold out a week`, table.days)
  return holdOut(table, strategies, (day) => day < trainDays, (day) => day >= trainDays)
}

/** The same for any split of the days. */
export function holdOut(table: CostTable, strategies: readonly Strategy[], isTrain: (day: number) => boolean, isTest: (day: number) => boolean): OutOfSample {
  const days = Array.from({ length: table.days }, (_, day) => day)
  const train = days.map((day) => (isTrain(day) ? 1 : 0))
  const test = days.map((day) => (isTest(day) ? 1 : 0))
  const trainDays = train.filter((weight) => weight > 0).length
  const testDays = test.filter((weight) => weight > 0).length
  const seconds = secondsOf(table, test)
  const toMonth = SECONDS_PER_MONTH / seconds
  const { dedicated, serverless } = table.market.opsMonthly
  const fixed = table.counts.map((count, c) => weightedRow(table, table.fixed[0]!, c, test) * toMonth + (count > 0 ? dedicated : serverless))
  const bestFixed = Math.min(...fixed)
  // Hours are rented at the hourly price; where a commitment is so cheap that a fixed count beats them, knowing the week would mean that count.
  const clairvoyant = Math.min(bestFixed, days.reduce((sum, day) => sum + (test[day] === 0 ? 0 : cheapestHours(table, day)), 0) * toMonth + dedicated)
  if (!(seconds > 0 && bestFixed > 0 && clairvoyant > 0)) return notJudged('nothing is billed on the held-out days', trainDays)
  const scenarios = Object.fromEntries(
    strategies.map((strategy) => {
      const monthlyUsd = strategy.fit(table, train)(test, 0) * toMonth
      return [strategy.id, { monthlyUsd, regretVsBestFixed: monthlyUsd / bestFixed - 1, regretVsClairvoyant: monthlyUsd / clairvoyant - 1 }]
    }),
  )
  return {
    method: `fitted on ${trainDays} ${trainDays === 1 ? 'day' : 'days'}, judged on ${testDays} held-out days`,
    available: true,
    trainDays,
    testDays,
    bestFixedUsd: bestFixed,
    clairvoyantHourlyUsd: clairvoyant,
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
