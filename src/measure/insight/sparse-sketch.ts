import { bucketOf, bucketValue } from '../../core/sketch.ts'

/** The buckets of core/sketch.ts in a map: for thousands of small distributions, where an array each would be too much. */
export class SparseSketch {
  count = 0
  readonly #buckets = new Map<number, number>()
  #zeros = 0

  add(value: number): void {
    this.count++
    if (value <= 0) {
      this.#zeros++
      return
    }
    const bucket = bucketOf(value)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  /** By nearest rank, within 1 %; 0 where there is nothing. */
  quantile(share: number): number {
    const rank = Math.ceil(share * this.count)
    let seen = this.#zeros
    if (rank <= seen) return 0
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count
      if (rank <= seen) return bucketValue(bucket)
    }
    return 0
  }
}
