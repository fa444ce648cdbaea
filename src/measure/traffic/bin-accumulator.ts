import type { TokenMoments } from '../../core/traffic.ts'

/** 5 years of 10-minute bins, 19 MB. */
export const MAX_BINS = 262_144
const STRIDE = 9
/** Bins start narrow and merge as the trace grows: each width nests in the next, and all in an hour. */
const WIDTHS = [60, 300, 600] as const
const GROW_AT_SECONDS = [6 * 3600, 3 * 86_400] as const

/** The arrays of TrafficBins, before gaps are looked for. */
export interface BinSums {
  readonly binSeconds: number
  /** Start of bin 0 in ms on the trace's clock: a multiple of the bin width. */
  readonly originMs: number
  readonly requests: Float64Array
  readonly tokens: TokenMoments
  readonly work: { readonly gpuSeconds: Float64Array; readonly egressMb: Float64Array }
}

/**
 * Counts requests and the moments of their tokens in bins, in one pass and in any order. Memory follows the span of the
 * trace, never the number of rows. Without a given width bins are 60 s wide, 300 s from 6 hours of trace on and 600 s
 * from 3 days on.
 */
export class BinAccumulator {
  #widthSeconds: number
  #widthMs: number
  readonly #fixed: boolean
  /** Index (time / width) of the first slot of `#sums`, and of the first and last bin in use. */
  #base = 0
  #low = 0
  #high = -1
  #sums = new Float64Array(STRIDE * 64)
  #lastBin = Number.NaN
  #lastSlot = 0

  constructor(binSeconds?: number) {
    this.#fixed = binSeconds !== undefined
    this.#widthSeconds = binSeconds ?? WIDTHS[0]
    this.#widthMs = this.#widthSeconds * 1000
  }

  /** Adds one request; false (and nothing added) where the trace would get more than MAX_BINS bins. */
  add(ms: number, input: number, output: number, cached: number, gpuSeconds: number, egressMb: number): boolean {
    const bin = Math.floor(ms / this.#widthMs)
    if (bin !== this.#lastBin && !this.#select(ms)) return false
    const sums = this.#sums
    const slot = this.#lastSlot
    const uncached = input - cached
    sums[slot]! += 1
    sums[slot + 1]! += input
    sums[slot + 2]! += cached
    sums[slot + 3]! += uncached * uncached
    sums[slot + 4]! += output
    sums[slot + 5]! += output * output
    sums[slot + 6]! += input * output
    sums[slot + 7]! += gpuSeconds
    sums[slot + 8]! += egressMb
    return true
  }

  finish(): BinSums {
    const bins = this.#high - this.#low + 1
    const from = (this.#low - this.#base) * STRIDE
    const column = (offset: number): Float64Array => Float64Array.from({ length: bins }, (_, bin) => this.#sums[from + bin * STRIDE + offset]!)
    return {
      binSeconds: this.#widthSeconds,
      originMs: this.#low * this.#widthMs,
      requests: column(0),
      tokens: { input: column(1), cached: column(2), uncachedSquared: column(3), output: column(4), outputSquared: column(5), inputOutput: column(6) },
      work: { gpuSeconds: column(7), egressMb: column(8) },
    }
  }

  /** Makes the bin of `ms` the current one: widens bins and array as needed. */
  #select(ms: number): boolean {
    let bin = Math.floor(ms / this.#widthMs)
    let low = bin
    let high = bin
    if (this.#high >= this.#low) {
      low = Math.min(this.#low, bin)
      high = Math.max(this.#high, bin)
      const widest = this.#fixed ? this.#widthSeconds : WIDTHS[2]
      if ((high - low) * this.#widthSeconds >= MAX_BINS * widest) return false
      for (let step = WIDTHS.indexOf(this.#widthSeconds as 60); !this.#fixed && step < GROW_AT_SECONDS.length && (high - low + 1) * this.#widthSeconds >= GROW_AT_SECONDS[step]!; step++) {
        this.#widen(WIDTHS[step + 1]!)
        bin = Math.floor(ms / this.#widthMs)
        low = Math.min(this.#low, bin)
        high = Math.max(this.#high, bin)
      }
    }
    this.#reach(low, high)
    this.#lastBin = bin
    this.#lastSlot = (bin - this.#base) * STRIDE
    return true
  }

  #widen(widthSeconds: number): void {
    const factor = widthSeconds / this.#widthSeconds
    const low = Math.floor(this.#low / factor)
    const high = Math.floor(this.#high / factor)
    const merged = new Float64Array(STRIDE * (high - low + 1))
    for (let bin = this.#low; bin <= this.#high; bin++) {
      const from = (bin - this.#base) * STRIDE
      const to = (Math.floor(bin / factor) - low) * STRIDE
      for (let k = 0; k < STRIDE; k++) merged[to + k]! += this.#sums[from + k]!
    }
    this.#widthSeconds = widthSeconds
    this.#widthMs = widthSeconds * 1000
    this.#sums = merged
    this.#base = this.#low = low
    this.#high = high
  }

  /** Makes the array hold the bins `low` to `high`, with room to grow on the side that grew. */
  #reach(low: number, high: number): void {
    const first = this.#high < this.#low
    const slots = this.#sums.length / STRIDE
    if (first) this.#base = low
    if (low < this.#base || high >= this.#base + slots) {
      const wanted = high - low + 1
      const room = Math.min(MAX_BINS, Math.max(64, 2 * wanted))
      const base = low < this.#base ? low - Math.floor((room - wanted) / 2) : low
      const larger = new Float64Array(STRIDE * room)
      if (!first) larger.set(this.#sums.subarray((this.#low - this.#base) * STRIDE, (this.#high - this.#base + 1) * STRIDE), (this.#low - base) * STRIDE)
      this.#sums = larger
      this.#base = base
    }
    this.#low = low
    this.#high = high
  }
}
