import type { QuantileSketch } from '../../core/sketch.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import type { TrafficFormat, TrafficReading } from './reading.ts'
import { TimeZone } from './time-zone.ts'
import { weekShape, type WeekShape } from './week-shape.ts'

const DAY_SECONDS = 86_400
const LISTED_GAPS = 20

/** What a traffic file looks like. Rates are requests per second. Plain data: this is what `profile --json` prints. */
export interface TrafficProfile {
  readonly file: string
  readonly format: TrafficFormat
  readonly rows: number
  readonly skippedRows: TrafficReading['skippedRows']
  readonly requests: number
  readonly span: {
    /** ISO time of the start of the first bin and the end of the last; null where the trace has only relative times. */
    readonly start: string | null
    readonly end: string | null
    readonly days: number
    readonly bins: number
    readonly binSeconds: number
    /** The zone of the hours in `shape`; null for relative times, whose hours count from their own zero. */
    readonly timeZone: string | null
  }
  readonly rate: {
    /** Lowest bin; never a possible gap, nor the first or last bin of requests, which are covered only in part. */
    readonly floor: number
    readonly median: number
    /** Over the bins that are no possible gaps, as all of `rate`. */
    readonly mean: number
    readonly peak: number
    readonly peakToMean: number
  }
  /** The rate that is reached or passed during each share of the time, percent by percent: 0 = peak, 1 = lowest bin. */
  readonly loadDuration: readonly { readonly share: number; readonly rate: number }[]
  readonly shape: WeekShape
  readonly burstiness: {
    /** Coefficient of variation of the times between requests: 1 = Poisson. Null for rates and disordered rows. */
    readonly interArrivalCv: number | null
    /** Variance / mean of the requests in a bin: 1 = Poisson with a constant rate; grows with the daily swing too. */
    readonly indexOfDispersion: number | null
  }
  readonly tokens: {
    readonly input: TokenSummary
    readonly output: TokenSummary
    /** Cached share of all input tokens. */
    readonly cachedShare: number
    /** Whether that share was estimated from block hashes (one cache for all) or said by the trace. */
    readonly cachedEstimated: boolean
  } | null
  readonly work: { readonly gpuSecondsPerRequest: number | null; readonly egressMbPerRequest: number | null } | null
  readonly gaps: {
    /** Bins in which the recording may have stopped, and their share of all. */
    readonly bins: number
    readonly share: number
    /** Those among them without any request. */
    readonly empty: number
    /** The first 20 runs of them. */
    readonly ranges: readonly { readonly firstBin: number; readonly bins: number; readonly start: string | null }[]
  }
  readonly warnings: readonly string[]
}

/** Tokens per request; quantiles within 1 %, mean and maximum exact. */
export interface TokenSummary {
  readonly total: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Describes traffic; hours are those of `timeZone` (default: the zone in which it was read). */
export function profileTraffic(reading: TrafficReading, timeZone: string = reading.timeZone): TrafficProfile {
  const { bins } = reading
  const zone = new TimeZone(timeZone)
  const rates = countedRates(bins)
  const inner = reading.binned || bins.requests.length < 4 ? rates : countedRates(bins, 1)
  const mean = sum(rates) / Math.max(1, rates.length)
  const floor = (inner.length > 0 ? inner : rates).at(-1) ?? 0
  const iso = (bin: number): string | null => (bins.startMs === null ? null : new Date(bins.startMs + bin * bins.binSeconds * 1000).toISOString())
  return {
    file: reading.file,
    format: reading.format,
    rows: reading.rows,
    skippedRows: reading.skippedRows,
    requests: sum(bins.requests),
    span: { start: iso(0), end: iso(bins.requests.length), days: (bins.requests.length * bins.binSeconds) / DAY_SECONDS, bins: bins.requests.length, binSeconds: bins.binSeconds, timeZone: bins.startMs === null ? null : zone.name },
    rate: { floor, median: atShare(rates, 0.5), mean, peak: rates[0] ?? 0, peakToMean: mean > 0 ? (rates[0] ?? 0) / mean : 1 },
    loadDuration: Array.from({ length: 101 }, (_, percent) => ({ share: percent / 100, rate: atShare(rates, percent / 100) })),
    shape: weekShape(bins, reading.originMs, zone),
    burstiness: { interArrivalCv: reading.interArrival?.cv ?? null, indexOfDispersion: dispersion(rates, bins.binSeconds) },
    tokens: tokensOf(reading),
    work: workOf(bins),
    gaps: gapsOf(bins, iso),
    warnings: reading.warnings,
  }
}

/** Rates of the bins that are no gaps, highest first; `edge` bins on either side are left out. */
function countedRates(bins: TrafficBins, edge = 0): Float64Array {
  const rates: number[] = []
  for (let bin = edge; bin < bins.requests.length - edge; bin++) if (bins.possibleGap[bin] === 0) rates.push(bins.requests[bin]! / bins.binSeconds)
  return Float64Array.from(rates).sort().reverse()
}

function atShare(descending: Float64Array, share: number): number {
  return descending[Math.min(descending.length - 1, Math.floor(share * descending.length))] ?? 0
}

function dispersion(rates: Float64Array, binSeconds: number): number | null {
  const mean = sum(rates) / rates.length
  if (rates.length < 2 || mean === 0) return null
  const variance = rates.reduce((total, rate) => total + (rate - mean) ** 2, 0) / (rates.length - 1)
  return (variance / mean) * binSeconds
}

function tokensOf(reading: TrafficReading): TrafficProfile['tokens'] {
  const { tokenHistograms, bins } = reading
  if (tokenHistograms === null || bins.tokens === null) return null
  const { input, output } = tokenHistograms
  return { input: summary(input), output: summary(output), cachedShare: input.sum === 0 ? 0 : sum(bins.tokens.cached) / input.sum, cachedEstimated: reading.prefixCache !== null }
}

function summary(sketch: QuantileSketch): TokenSummary {
  return { total: sketch.sum, mean: sketch.mean, p50: Math.round(sketch.quantile(0.5)), p90: Math.round(sketch.quantile(0.9)), p99: Math.round(sketch.quantile(0.99)), max: sketch.max }
}

function workOf(bins: TrafficBins): TrafficProfile['work'] {
  if (bins.work === undefined) return null
  const each = (values: Float64Array | null): number | null => (values === null ? null : sum(values) / sum(bins.requests))
  return { gpuSecondsPerRequest: each(bins.work.gpuSeconds), egressMbPerRequest: each(bins.work.egressMb) }
}

function gapsOf(bins: TrafficBins, iso: (bin: number) => string | null): TrafficProfile['gaps'] {
  const { possibleGap, requests } = bins
  const ranges: { firstBin: number; bins: number; start: string | null }[] = []
  let marked = 0
  let empty = 0
  for (let bin = 0; bin < possibleGap.length; bin++) {
    if (possibleGap[bin] === 0) continue
    marked++
    if (requests[bin] === 0) empty++
    if (bin === 0 || possibleGap[bin - 1] === 0) ranges.push({ firstBin: bin, bins: 0, start: iso(bin) })
    ranges.at(-1)!.bins++
  }
  return { bins: marked, share: marked / Math.max(1, possibleGap.length), empty, ranges: ranges.slice(0, LISTED_GAPS) }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
