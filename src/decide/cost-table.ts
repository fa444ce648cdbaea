import type { Demand } from './demand.ts'
import { wholeReplicas } from './demand.ts'
import { elasticCounts } from './elastic.ts'
import type { Market } from './market.ts'

/**
 * What each candidate plan costs on each day of the trace, for several growths of the demand. Costs add up over days,
 * so a resample of days, a hold-out or a month is a weighted sum over this table, and nothing is simulated twice.
 * Operations are not in it: they do not depend on the day.
 */
export interface CostTable {
  readonly days: number
  /** Seconds of trace in each day (the last may be short). */
  readonly daySeconds: Float64Array
  /** Dedicated counts that were tried, ascending, from 0. */
  readonly counts: readonly number[]
  /** Demand multipliers; the first is 1. */
  readonly growths: readonly number[]
  /** USD for `counts[c]` fixed replicas and serverless above: [growth][c * days + day]. */
  readonly fixed: readonly Float64Array[]
  /** The same split by hour of the day, the replicas rented by the hour: [growth][(hour * counts + c) * days + day]. */
  readonly hourly: readonly Float64Array[]
  /** USD for `counts[c]` base replicas, the elastic rule on top and serverless above. */
  readonly elastic: readonly Float64Array[]
  /** Highest demand and lowest demand outside possible gaps, in replicas, by day, at growth 1. */
  readonly peak: Float64Array
  readonly floor: Float64Array
}

/** Dedicated counts worth trying: all of them up to `most`, then evenly spread ones. Always 0 and the peak. */
export function candidateCounts(peak: number, most: number): number[] {
  const top = wholeReplicas(peak)
  if (top < most) return Array.from({ length: top + 1 }, (_, c) => c)
  const counts = new Set<number>()
  for (let i = 0; i < most; i++) counts.add(Math.round((i * top) / (most - 1)))
  return [...counts].sort((a, b) => a - b)
}

/** Fills the table. Cost: growths x counts x bins, twice; `elasticBreakEven` is the fill at which renting pays. */
export function costTable(demand: Demand, market: Market, counts: readonly number[], growths: readonly number[], elasticBreakEven: number): CostTable {
  const { days } = demand
  const daySeconds = new Float64Array(days)
  const peak = new Float64Array(days)
  const floor = new Float64Array(days).fill(Number.POSITIVE_INFINITY)
  for (const [t, value] of demand.replicas.entries()) {
    const day = demand.day[t]!
    daySeconds[day]! += demand.binSeconds
    if (value > peak[day]!) peak[day] = value
    if (value < floor[day]! && demand.possibleGap[t] === 0) floor[day] = value
  }
  const fixed: Float64Array[] = []
  const hourly: Float64Array[] = []
  const elastic: Float64Array[] = []
  for (const growth of growths) {
    const grown = growth === 1 ? demand.replicas : demand.replicas.map((value) => value * growth)
    const byHour = new Float64Array(24 * counts.length * days)
    const byCount = new Float64Array(counts.length * days)
    const byBase = new Float64Array(counts.length * days)
    for (const [c, count] of counts.entries()) {
      const byTheHour = count * (market.elasticPerHour - market.basePerHour) * (demand.binSeconds / 3600)
      scanFixed(demand, grown, market, count, (t, cost) => {
        const day = demand.day[t]!
        byCount[c * days + day]! += cost
        byHour[(demand.hourOfDay[t]! * counts.length + c) * days + day]! += cost + byTheHour
      })
      const rented = elasticCounts(grown, demand.binSeconds, market, count, elasticBreakEven)
      scanSchedule(demand, grown, market, count, rented, (t, cost) => {
        byBase[c * days + demand.day[t]!]! += cost
      })
    }
    fixed.push(byCount)
    hourly.push(byHour)
    elastic.push(byBase)
  }
  return { days, daySeconds, counts, growths, fixed, hourly, elastic, peak, floor }
}

/** Calls `each(bin, usd)` with the cost of a fixed count and serverless overflow. */
export function scanFixed(demand: Demand, replicas: Float64Array, market: Market, count: number, each: (t: number, usd: number) => void): void {
  scan(demand, replicas, market, count, null, 0, each)
}

/** The same for a schedule: `base` all the time at the base price and `rented[t]` more at the elastic price. */
export function scanSchedule(demand: Demand, replicas: Float64Array, market: Market, base: number, rented: Int32Array, each: (t: number, usd: number) => void): void {
  scan(demand, replicas, market, base, rented, market.elasticPerHour, each)
}

function scan(demand: Demand, replicas: Float64Array, market: Market, base: number, rented: Int32Array | null, rentedPerHour: number, each: (t: number, usd: number) => void): void {
  const hours = demand.binSeconds / 3600
  const baseCost = base * market.basePerHour * hours
  const { serverless } = market
  const last = replicas.length - 1
  const overflowAt = (t: number): number => Math.max(0, replicas[t]! - base - (rented === null ? 0 : rented[t]!))
  // The trace stands for a typical period, so it is closed to a ring: the bin before the first is the last.
  let before = serverless === null ? 0 : serverless.overflow.billed(overflowAt(last))
  for (let t = 0; t <= last; t++) {
    let usd = baseCost + (rented === null ? 0 : rented[t]! * rentedPerHour * hours)
    if (serverless !== null) {
      const now = serverless.overflow.billed(overflowAt(t))
      const change = now - before
      const transition = change > 0 ? change * serverless.overflow.riseSeconds : -change * serverless.overflow.fallSeconds
      usd += (now * demand.binSeconds + transition) * serverless.perSecond
      before = now
    }
    each(t, usd)
  }
}
