const DAY_SECONDS = 86_400
const WEEK_SECONDS = 7 * DAY_SECONDS
/** A bin is busy from this share of the mean on. */
const BUSY_SHARE = 0.2
/** Below this many expected requests an empty bin is chance, not a gap: exp(-10) is 1 in 22,000. */
const BUSY_REQUESTS = 10
/** A bin under this share of the mean beside an empty one is a bin that was recorded in part. */
const RESIDUE_SHARE = 0.02
/** An interruption up to this long is seen from its neighbors alone. */
/** More runs of empty bins than this within 2 hours are a habit of the traffic. */
const EMPTY_RUNS = 2
const SHORT_SECONDS = 2 * 3600
const NEAR_SECONDS = 2 * 3600

/**
 * Marks (with 1) bins in which the recording may have stopped. Looked at are runs of empty bins, together with the
 * bins under 2 % of the mean next to them; `missing` bins (no row at all) are always marked. "Busy" is a median of at
 * least 20 % of the mean and at least 10 requests, and more than two runs of empty bins within 2 hours are a habit of
 * the traffic (bursts, batches), of which nothing follows. A bin of a run is marked when
 * - the same time a week before or after is busy (median over the weeks there are), or, where no bin lies a week away,
 *   the same time on both the day before and the day after; or
 * - the run is at most 2 hours long, the 2 hours on either side of it are busy, and the same time of day is
 *   not usually quiet (median over the other days).
 * So nights and weekends without traffic are no gaps: their edges are busy, but other nights and weekends are not.
 */
export function possibleGaps(requests: Float64Array, binSeconds: number, missing?: Uint8Array): Uint8Array {
  const gaps = Uint8Array.from(requests, (_, bin) => missing?.[bin] ?? 0)
  const mean = requests.reduce((sum, count) => sum + count, 0) / Math.max(1, requests.length)
  const busy = Math.max(BUSY_SHARE * mean, BUSY_REQUESTS)
  const series = new Series(requests, binSeconds)
  for (const [from, to] of emptyRuns(requests, RESIDUE_SHARE * mean)) {
    const short = (to - from) * binSeconds <= SHORT_SECONDS && series.level(from - series.near, from) >= busy && series.level(to, to + series.near) >= busy && series.emptyRuns(from - series.near, to + series.near) <= EMPTY_RUNS
    for (let bin = from; bin < to; bin++) {
      if (series.usuallyBusy(bin, busy) || (short && !series.quietDaily(bin, busy))) gaps[bin] = 1
    }
  }
  return gaps
}

/** Maximal runs of bins at or under `residue` that hold at least one empty bin. */
function emptyRuns(requests: Float64Array, residue: number): [number, number][] {
  const runs: [number, number][] = []
  let from = -1
  let empty = false
  for (let bin = 0; bin <= requests.length; bin++) {
    const count = requests[bin] ?? Infinity
    if (count <= residue) {
      if (from === -1) from = bin
      if (count === 0) empty = true
    } else if (from !== -1) {
      if (empty) runs.push([from, bin])
      from = -1
      empty = false
    }
  }
  return runs
}

/** The trace seen as days and weeks. */
class Series {
  readonly near: number
  readonly #requests: Float64Array
  /** Level around each bin, NaN until asked for. */
  readonly #levels: Float64Array
  readonly #day: number
  readonly #week: number
  /** Bins within a quarter of an hour. */
  readonly #quarter: number

  constructor(requests: Float64Array, binSeconds: number) {
    this.#requests = requests
    this.#levels = new Float64Array(requests.length).fill(Number.NaN)
    this.#day = Math.round(DAY_SECONDS / binSeconds)
    this.#week = Math.round(WEEK_SECONDS / binSeconds)
    this.#quarter = Math.max(1, Math.floor(900 / binSeconds))
    this.near = Math.max(1, Math.round(NEAR_SECONDS / binSeconds))
  }

  /** Median of the bins `from` to `to` (excluded) as far as they exist; 0 where none does. */
  level(from: number, to: number): number {
    return medianOf(this.#requests.subarray(Math.max(0, from), Math.max(0, to)))
  }

  /** Runs of empty bins between `from` and `to`. */
  emptyRuns(from: number, to: number): number {
    let runs = 0
    for (let bin = Math.max(0, from); bin < Math.min(to, this.#requests.length); bin++) {
      if (this.#requests[bin] === 0 && (bin <= from || this.#requests[bin - 1] !== 0)) runs++
    }
    return runs
  }

  usuallyBusy(bin: number, busy: number): boolean {
    const weeks = this.#atSteps(bin, this.#week)
    if (weeks.length > 0) return medianOf(weeks) >= busy
    const before = bin - this.#day
    const after = bin + this.#day
    return before >= 0 && after < this.#requests.length && this.#around(before) >= busy && this.#around(after) >= busy
  }

  quietDaily(bin: number, busy: number): boolean {
    const days = this.#atSteps(bin, this.#day)
    return days.length > 0 && medianOf(days) < busy
  }

  /** Levels at the same time in all other periods of `step` bins. */
  #atSteps(bin: number, step: number): number[] {
    const levels: number[] = []
    for (let at = bin % step; at < this.#requests.length; at += step) if (at !== bin) levels.push(this.#around(at))
    return levels
  }

  /** The level within a quarter of an hour; 0 among many empty bins. */
  #around(bin: number): number {
    let level = this.#levels[bin]!
    if (level !== level) {
      const regular = this.emptyRuns(bin - this.near, bin + this.near + 1) <= EMPTY_RUNS
      level = regular ? this.level(bin - this.#quarter, bin + this.#quarter + 1) : 0
      this.#levels[bin] = level
    }
    return level
  }
}

function medianOf(values: ArrayLike<number>): number {
  if (values.length === 0) return 0
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
