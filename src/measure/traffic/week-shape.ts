import type { TrafficBins } from '../../core/traffic.ts'
import type { TimeZone } from './time-zone.ts'

const HOUR_MS = 3_600_000
const WEEK_HOURS = 168
/** 1970-01-01 was a Thursday: three days after a Monday. */
const EPOCH_WEEKDAY_HOURS = 72

export interface WeekShape {
  /** Mean requests per second in each hour of the day; null where no bin covers it. */
  readonly hourOfDay: readonly (number | null)[]
  /** The same for the 168 hours of the week, from Monday 0:00, or from the start of a relative trace. */
  readonly hourOfWeek: readonly (number | null)[]
}

/**
 * Means by hour of the day and of the week, possible gaps left out. A bin belongs to the hour in which it starts; one
 * of several hours counts in each of them. Traces with relative times count hours from their own zero.
 */
export function weekShape(bins: TrafficBins, originMs: number, zone: TimeZone): WeekShape {
  const sums = new Float64Array(WEEK_HOURS)
  const counts = new Float64Array(WEEK_HOURS)
  const hoursPerBin = Math.max(1, Math.round(bins.binSeconds / 3600))
  for (let bin = 0; bin < bins.requests.length; bin++) {
    if (bins.possibleGap[bin] === 1) continue
    const rate = bins.requests[bin]! / bins.binSeconds
    for (let hour = 0; hour < hoursPerBin; hour++) {
      const slot = hourOfWeekAt(originMs + bin * bins.binSeconds * 1000 + hour * HOUR_MS, bins.startMs !== null, zone)
      sums[slot]! += rate
      counts[slot]!++
    }
  }
  return {
    hourOfWeek: Array.from(sums, (sum, slot) => mean(sum, counts[slot]!)),
    hourOfDay: Array.from({ length: 24 }, (_, hour) => {
      let sum = 0
      let count = 0
      for (let slot = hour; slot < WEEK_HOURS; slot += 24) {
        sum += sums[slot]!
        count += counts[slot]!
      }
      return mean(sum, count)
    }),
  }
}

function mean(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count
}

function hourOfWeekAt(ms: number, absolute: boolean, zone: TimeZone): number {
  const hours = absolute ? Math.floor((ms + zone.offsetAt(ms)) / HOUR_MS) + EPOCH_WEEKDAY_HOURS : Math.floor(ms / HOUR_MS)
  return ((hours % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS
}
