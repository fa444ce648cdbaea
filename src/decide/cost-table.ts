import { binCosts } from './bin-costs.ts'
import type { Demand } from './demand.ts'
import { growDemand, wholeReplicas } from './demand.ts'
import { payingLevels, rentedAbove } from './elastic.ts'
import type { HourSeam } from './hour-of-day.ts'
import { hourSeams } from './hour-of-day.ts'
import type { Market } from './market.ts'

/**
 * What each candidate plan costs on each day of the trace, for several growths of the demand. Costs add up over days,
 * so a resample of days, a hold-out or a month is a weighted sum over this table, and nothing is simulated twice.
 * Operations are not in it: they do not depend on the day.
 */
export interface CostTable {
  readonly market: Market
  readonly days: number
  /** Seconds of trace in each day (the last may be short). */
  readonly daySeconds: Float64Array
  /** Dedicated counts that were tried, ascending, from 0. */
  readonly counts: readonly number[]
  /** Demand multipliers; the first is 1. */
  readonly growths: readonly number[]
  /** Requests, and what is paid by the request, multiply by growth to this power: the rest of it is replicas that do less than thought. */
  readonly requestShare: number
  /** USD for `counts[c]` fixed replicas and serverless above: [growth][c * days + day]. */
  readonly fixed: readonly Float64Array[]
  /** The same split by hour of the day, the replicas rented by the hour: [growth][(hour * counts + c) * days + day]. */
  readonly hourly: readonly Float64Array[]
  /** Where the hour changes: what a schedule's change of count adds to `hourly`. */
  readonly seams: readonly HourSeam[]
  /** USD for `counts[c]` base replicas, the elastic rule on top and serverless above. */
  readonly elastic: readonly Float64Array[]
  /** Requests that `counts[c]` fixed replicas serve, [growth][c * days + day]; empty where egress is not counted. */
  readonly ownedRequests: readonly Float64Array[]
  /** By day, at growth 1: requests; highest demand, and lowest demand outside possible gaps, in replicas. */
  readonly requests: Float64Array
  readonly peak: Float64Array
  readonly floor: Float64Array
}

/**
 * Dedicated counts worth trying for a peak: all of them below `most`; else half of `most` evenly spread, the other half
 * around the counts in `near`. Always 0, the peak and those in `near`, even above the peak.
 */
export function candidateCounts(peak: number, most: number, near: readonly number[] = []): number[] {
  const top = Math.max(wholeReplicas(peak), ...near)
  if (top < most) return Array.from({ length: top + 1 }, (_, c) => c)
  const counts = new Set<number>([wholeReplicas(peak), ...near])
  const spread = (from: number, to: number, points: number): void => {
    for (let i = 0; i < points; i++) counts.add(Math.round(from + (i * (to - from)) / (points - 1)))
  }
  spread(0, top, near.length === 0 ? most : Math.ceil(most / 2))
  if (near.length > 0) spread(Math.floor(0.6 * Math.min(...near)), Math.min(top, Math.ceil(1.5 * Math.max(...near))), Math.floor(most / 2))
  return [...counts].sort((a, b) => a - b)
}

/** Fills the table. Cost: growths x counts x bins, twice; `elasticBreakEven` is the fill at which renting pays. */
export function costTable(demand: Demand, market: Market, counts: readonly number[], growths: readonly number[], elasticBreakEven: number, requestShare = 1): CostTable {
  const { days, binSeconds } = demand
  const byDay = dayFacts(demand)
  const table = {
    market,
    days,
    counts,
    growths,
    requestShare,
    seams: hourSeams(demand, market),
    ...byDay,
    fixed: [] as Float64Array[],
    hourly: [] as Float64Array[],
    elastic: [] as Float64Array[],
    ownedRequests: [] as Float64Array[],
  }
  const usd = new Float64Array(demand.replicas.length)
  for (const growth of growths) {
    const grown = growDemand(demand, growth, growth ** requestShare)
    const levels = payingLevels(grown.replicas, binSeconds, market, elasticBreakEven)
    const fixed = new Float64Array(counts.length * days)
    const hourly = new Float64Array(24 * counts.length * days)
    const elastic = new Float64Array(counts.length * days)
    for (const [c, count] of counts.entries()) {
      const byTheHour = count * (market.elasticPerHour - market.basePerHour) * (binSeconds / 3600)
      binCosts(grown, market, count, null, usd)
      for (let t = 0; t < usd.length; t++) {
        const day = demand.day[t]!
        fixed[c * days + day]! += usd[t]!
        hourly[(demand.hourOfDay[t]! * counts.length + c) * days + day]! += usd[t]! + byTheHour
      }
      binCosts(grown, market, count, rentedAbove(levels, binSeconds, market, count), usd)
      for (let t = 0; t < usd.length; t++) elastic[c * days + demand.day[t]!]! += usd[t]!
    }
    table.fixed.push(fixed)
    table.hourly.push(hourly)
    table.elastic.push(elastic)
    if (market.egressPerRequest !== undefined) table.ownedRequests.push(ownedRequests(grown, counts))
  }
  return table
}

function dayFacts(demand: Demand): Pick<CostTable, 'daySeconds' | 'requests' | 'peak' | 'floor'> {
  const daySeconds = new Float64Array(demand.days)
  const requests = new Float64Array(demand.days)
  const peak = new Float64Array(demand.days)
  const floor = new Float64Array(demand.days).fill(Number.POSITIVE_INFINITY)
  for (const [t, value] of demand.replicas.entries()) {
    const day = demand.day[t]!
    daySeconds[day]! += demand.binSeconds
    requests[day]! += demand.requests[t]!
    if (value > peak[day]!) peak[day] = value
    if (value < floor[day]! && demand.possibleGap[t] === 0) floor[day] = value
  }
  return { daySeconds, requests, peak, floor }
}

function ownedRequests({ replicas, requests, day, days }: Demand, counts: readonly number[]): Float64Array {
  const owned = new Float64Array(counts.length * days)
  for (const [c, count] of counts.entries()) {
    for (const [t, d] of replicas.entries()) owned[c * days + day[t]!]! += d > count ? (requests[t]! * count) / d : requests[t]!
  }
  return owned
}
