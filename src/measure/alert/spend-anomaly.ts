import { fromUsd } from '../../core/money.ts'
import type { Condition } from './condition.ts'

/** Spend of one thing by hour, oldest first, USD; the last is the hour that is judged, which must be over. */
export interface HourlySpend {
  readonly tenant: string
  /** In words: `feature search`, `key key_1`. */
  readonly about: string
  /** Unix ms of the start of the last hour. */
  readonly lastHour: number
  readonly usd: readonly number[]
}

const DAY = 24
/** Fewer hours before the one that is judged say nothing. */
const LEAST_HOURS = DAY
/** With a week of it, an hour is judged by its own hour of the day. */
const WEEK = 7 * DAY
/** Standard deviations of a normal distribution for one median absolute deviation. */
const MAD_TO_SD = 1.4826
const DEVIATIONS = 6
/** A series that never varies would make anything an anomaly. */
const LEAST_SPREAD = 0.1

/**
 * Hours that cost far more than is usual: above the median of before by six robust standard deviations (1.4826 x median absolute
 * deviation, at least a tenth of the median), at least twice it, and by at least `leastUsd`. With a week of history the median is of
 * the same hour of the day, one hour around, so that a daily peak is none. One bad hour in the past moves a median little.
 */
export function spendConditions(series: readonly HourlySpend[], leastUsd: number): readonly Condition[] {
  return series.flatMap(({ tenant, about, lastHour, usd }): Condition[] => {
    const last = usd.at(-1)
    const before = usd.slice(0, -1)
    if (last === undefined || before.length < LEAST_HOURS) return []
    const alike = before.length < WEEK ? before : before.filter((_, index) => isSameHour(before.length - index))
    const usual = median(alike)
    const spread = Math.max(MAD_TO_SD * median(alike.map((value) => Math.abs(value - usual))), LEAST_SPREAD * usual)
    const excess = last - usual
    if (excess < leastUsd || last < 2 * usual || excess < DEVIATIONS * spread) return []
    return [
      {
        id: `spend-anomaly:${tenant}:${about.slice(0, 200)}`,
        kind: 'spend-anomaly',
        tenant,
        severity: 'warning',
        text: `${about} cost $${last.toFixed(2)} in the hour from ${new Date(lastHour).toISOString().slice(0, 16).replace('T', ' ')} UTC, where $${usual.toFixed(2)} is usual.`,
        mend: 'See which calls with "spillway top" and "spillway leaks"; a budget would stop it.',
        nanoUsd: fromUsd(excess),
        holdMs: 0,
      },
    ]
  })
}

/** Whether so many hours ago it was the same hour of a day, or the one before or after. */
function isSameHour(hoursAgo: number): boolean {
  const off = hoursAgo % DAY
  return off <= 1 || off === DAY - 1
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
