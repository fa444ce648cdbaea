import type { TrafficBins } from '../core/traffic.ts'

/** Work to be served, in replicas: how many replicas each bin would keep fully busy. */
export interface Demand {
  readonly startMs: number | null
  readonly binSeconds: number
  readonly replicas: Float64Array
  readonly requests: Float64Array
  readonly possibleGap: Uint8Array
  /** Which 24-hour block of the trace a bin belongs to: the unit that is resampled. */
  readonly day: Uint16Array
  readonly days: number
  /** Local hour of the day, 0..23 (hours since the start of the trace where it has no date). */
  readonly hourOfDay: Uint8Array
}

/** The local hour of the day (0..23) of an instant in Unix ms. */
export type LocalHour = (ms: number) => number

/** Attaches the calendar to demand that is already counted in replicas. */
export function toDemand(bins: TrafficBins, replicas: Float64Array, localHour: LocalHour): Demand {
  const count = replicas.length
  const day = new Uint16Array(count)
  const hourOfDay = new Uint8Array(count)
  const days = wholeDays(count, bins.binSeconds)
  for (let t = 0; t < count; t++) {
    const seconds = t * bins.binSeconds
    day[t] = Math.min(days - 1, Math.floor(seconds / 86400))
    hourOfDay[t] = bins.startMs === null ? Math.floor(seconds / 3600) % 24 : localHour(bins.startMs + seconds * 1000)
  }
  return { startMs: bins.startMs, binSeconds: bins.binSeconds, replicas, requests: bins.requests, possibleGap: bins.possibleGap, day, days, hourOfDay }
}

/** Days of a trace, for resampling: a last day of less than half is part of the one before it. */
export function wholeDays(bins: number, binSeconds: number): number {
  return bins === 0 ? 0 : Math.max(1, Math.round((bins * binSeconds) / 86400))
}

/** Demand where the user has measured what one replica serves: requests a second / `replicaRps`. */
export function demandFromReplicaRps(bins: TrafficBins, replicaRps: number): Float64Array {
  return bins.requests.map((requests) => requests / bins.binSeconds / replicaRps)
}

/** `factor` times the work, from `requests` times as many requests. */
export function growDemand(demand: Demand, factor: number, requests = factor): Demand {
  if (factor === 1 && requests === 1) return demand
  return { ...demand, replicas: demand.replicas.map((value) => value * factor), requests: demand.requests.map((value) => value * requests) }
}

/** The most replicas that any bin keeps busy. */
export function peakOf(replicas: Float64Array): number {
  let peak = 0
  for (const value of replicas) if (value > peak) peak = value
  return peak
}

/** The bins `from`..`to` (exclusive) as demand of their own, days counted from its start. */
export function sliceDemand(demand: Demand, from: number, to: number): Demand {
  const firstDay = demand.day[from] ?? 0
  const day = demand.day.slice(from, to).map((value) => value - firstDay)
  return {
    ...demand,
    startMs: demand.startMs === null ? null : demand.startMs + from * demand.binSeconds * 1000,
    replicas: demand.replicas.subarray(from, to),
    requests: demand.requests.subarray(from, to),
    possibleGap: demand.possibleGap.subarray(from, to),
    hourOfDay: demand.hourOfDay.subarray(from, to),
    day,
    days: day.length === 0 ? 0 : day[day.length - 1]! + 1,
  }
}

/** Floor (possible gaps never count), mean and peak of the demand, in replicas. */
export function demandRange(demand: Demand): { floor: number; mean: number; peak: number } {
  let floor = Number.POSITIVE_INFINITY
  let sum = 0
  let peak = 0
  for (const [t, value] of demand.replicas.entries()) {
    sum += value
    if (value > peak) peak = value
    if (value < floor && demand.possibleGap[t] === 0) floor = value
  }
  return { floor: Number.isFinite(floor) ? floor : 0, mean: demand.replicas.length === 0 ? 0 : sum / demand.replicas.length, peak }
}

/** Mean fill of each level: the l-th entry (from 0) is the mean of min(1, max(0, d - l)). Length ceil(peak). */
export function levelFills(replicas: Float64Array): Float64Array {
  const levels = wholeReplicas(peakOf(replicas))
  // full[l] counts the bins that fill levels up to l; a difference array makes it one pass.
  const fullUpTo = new Float64Array(levels + 1)
  const fills = new Float64Array(levels)
  for (const value of replicas) {
    const full = Math.min(Math.floor(value), levels)
    fullUpTo[full]! += 1
    if (full < levels) fills[full]! += value - full
  }
  let covering = 0
  for (let l = levels; l >= 1; l--) {
    covering += fullUpTo[l]!
    fills[l - 1]! += covering
  }
  for (let l = 0; l < levels; l++) fills[l]! /= replicas.length
  return fills
}

/** Replicas that cover a demand: rounded up, with a billionth of slack so that 3.0000000001 counts as 3. */
export function wholeReplicas(demand: number): number {
  return Math.max(0, Math.ceil(demand * (1 - 1e-9)))
}
