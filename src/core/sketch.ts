/**
 * Quantiles of any number of values in bounded memory, after DDSketch (Masson, Rim and Lee, VLDB 2019): values fall
 * into buckets whose limits grow by a constant factor, so a quantile is right within 1 % of its value. Two sketches
 * merge by adding their buckets.
 */
export const RELATIVE_ERROR = 0.01
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const PER_LN = 1 / Math.log(GAMMA)
const SMALLEST = 1e-9
const LARGEST = 1e15
/** Bucket of the smallest value kept apart from zero. */
const FIRST = Math.ceil(Math.log(SMALLEST) * PER_LN)
const BUCKETS = Math.ceil(Math.log(LARGEST) * PER_LN) - FIRST + 1

/** Buckets of the whole numbers below 65,536, so that a token count costs no logarithm. */
let wholeNumbers: Int16Array | null = null

/** The bucket of a value above zero: all values of a bucket are within 1 % of `bucketValue`. Fit for a GROUP BY. */
export function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.min(LARGEST, Math.max(SMALLEST, value))) * PER_LN)
}

/** The value that stands for a bucket. */
export function bucketValue(bucket: number): number {
  return (2 * GAMMA ** bucket) / (GAMMA + 1)
}

/** A sketch as plain data: the counts of the buckets from `first` on. */
export interface SketchData {
  readonly relativeError: number
  readonly zeros: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly first: number
  readonly counts: readonly number[]
}

export class QuantileSketch {
  count = 0
  sum = 0
  min = Infinity
  max = -Infinity
  #zeros = 0
  readonly #counts = new Float64Array(BUCKETS)

  /** Adds a value of zero or more. Negative or non-finite values are a mistake of the caller. */
  add(value: number, weight = 1): void {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`a sketch holds finite values of zero or more, not ${value}`)
    this.count += weight
    this.sum += value * weight
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (value < SMALLEST) {
      this.#zeros += weight
      return
    }
    const slot = value < 65536 && Number.isInteger(value) ? slotOfWhole(value) : bucketOf(value) - FIRST
    this.#counts[slot]! += weight
  }

  /** Mean of all values (exact), or NaN where there are none. */
  get mean(): number {
    return this.count === 0 ? Number.NaN : this.sum / this.count
  }

  /** The value at share `q` (0 to 1) of all values in order, within 1 %; NaN where there are none. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN
    const rank = Math.min(1, Math.max(0, q)) * (this.count - 1)
    let seen = this.#zeros
    if (rank < seen) return 0
    for (let slot = 0; slot < BUCKETS; slot++) {
      seen += this.#counts[slot]!
      if (rank < seen) return Math.min(this.max, Math.max(this.min, bucketValue(slot + FIRST)))
    }
    return this.max
  }

  /** Adds everything that `other` holds. */
  merge(other: QuantileSketch): void {
    this.count += other.count
    this.sum += other.sum
    this.min = Math.min(this.min, other.min)
    this.max = Math.max(this.max, other.max)
    this.#zeros += other.#zeros
    for (let slot = 0; slot < BUCKETS; slot++) this.#counts[slot]! += other.#counts[slot]!
  }

  toJSON(): SketchData {
    let first = 0
    let last = BUCKETS
    while (first < last && this.#counts[first] === 0) first++
    while (last > first && this.#counts[last - 1] === 0) last--
    return { relativeError: RELATIVE_ERROR, zeros: this.#zeros, sum: this.sum, min: this.count === 0 ? 0 : this.min, max: this.count === 0 ? 0 : this.max, first: first + FIRST, counts: [...this.#counts.subarray(first, last)] }
  }

  /** The inverse of `toJSON`. Throws RangeError for another error bound or buckets out of range. */
  static from(data: SketchData): QuantileSketch {
    const start = data.first - FIRST
    if (data.relativeError !== RELATIVE_ERROR || start < 0 || start + data.counts.length > BUCKETS) throw new RangeError('the sketch was made with other buckets')
    const sketch = new QuantileSketch()
    sketch.#zeros = data.zeros
    sketch.sum = data.sum
    sketch.#counts.set(data.counts, start)
    sketch.count = data.counts.reduce((total, count) => total + count, data.zeros)
    if (sketch.count > 0) [sketch.min, sketch.max] = [data.min, data.max]
    return sketch
  }
}

function slotOfWhole(value: number): number {
  wholeNumbers ??= Int16Array.from({ length: 65536 }, (_, whole) => (whole === 0 ? 0 : bucketOf(whole) - FIRST))
  return wholeNumbers[value]!
}
