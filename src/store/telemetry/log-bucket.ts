import { bucketOf, bucketValue } from '../../core/sketch.ts'

/** Stands for zero, below every bucket. */
const ZERO = -32_768

/** The log bucket of a value, computed once when a row is stored, so that every adapter groups by the same whole number. */
export function logBucket(value: number | null): number | null {
  if (value === null || !(value >= 0)) return null
  return value === 0 ? ZERO : bucketOf(value)
}

/** The value that stands for a bucket of `logBucket`. */
export function logBucketValue(bucket: number): number {
  return bucket === ZERO ? 0 : bucketValue(bucket)
}

/** Index of the nearest-rank quantile among `count` sorted values: the smallest value that at least the share `q` does not exceed. */
export function nearestRank(q: number, count: number): number {
  return Math.max(0, Math.ceil(q * count - 1e-9) - 1)
}
