/** Counts of values by upper bound, as Prometheus has them. */
export class Histogram {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0
  count = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length)
  }

  /** Adds `times` observations of the same value. */
  observe(value: number, times = 1): void {
    this.sum += value * times
    this.count += times
    let low = 0
    let high = this.bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (value <= this.bounds[middle]!) high = middle
      else low = middle + 1
    }
    if (low < this.bounds.length) this.counts[low]! += times
  }
}
