import type { Demand } from './demand.ts'
import { wholeReplicas } from './demand.ts'

/** One kind of dedicated replica: what it costs and how much of the reference replica's work it does. */
export interface ReplicaKind {
  readonly gpu: string
  readonly perHour: number
  /** Throughput / that of the reference replica. */
  readonly capacity: number
}

export interface Mix {
  readonly counts: readonly number[]
  /** USD over the trace. */
  readonly usd: number
}

/** Combinations that are tried at most; above it the search is refused (null) rather than cut silently. */
const MOST_COMBINATIONS = 400_000

/**
 * The cheapest whole numbers of each kind of dedicated replica with serverless above them, by exhaustive search over
 * all combinations that do not exceed the peak. `overflowUsd(capacity)` is the serverless bill over the trace when
 * `capacity` reference replicas are owned; it is asked once for each distinct capacity.
 */
export function bestMix(demand: Demand, kinds: readonly ReplicaKind[], overflowUsd: (capacity: number) => number): Mix | null {
  let peak = 0
  for (const value of demand.replicas) if (value > peak) peak = value
  const tops = kinds.map((kind) => wholeReplicas(peak / kind.capacity))
  if (tops.reduce((product, top) => product * (top + 1), 1) > MOST_COMBINATIONS) return null
  const hours = (demand.replicas.length * demand.binSeconds) / 3600
  const asked = new Map<number, number>()
  const overflow = (capacity: number): number => {
    const key = Math.round(Math.min(capacity, peak) * 1e6)
    let usd = asked.get(key)
    if (usd === undefined) {
      usd = overflowUsd(Math.min(capacity, peak))
      asked.set(key, usd)
    }
    return usd
  }
  let best: Mix = { counts: kinds.map(() => 0), usd: overflow(0) }
  const counts = kinds.map(() => 0)
  const visit = (kind: number, rent: number, capacity: number): void => {
    // Rent alone is a lower bound of everything below, and more capacity than the peak is never better.
    if (rent >= best.usd) return
    if (kind === kinds.length) {
      const usd = rent + overflow(capacity)
      if (usd < best.usd - 1e-9) best = { counts: [...counts], usd }
      return
    }
    const { perHour, capacity: each } = kinds[kind]!
    for (let count = 0; count <= tops[kind]!; count++) {
      counts[kind] = count
      visit(kind + 1, rent + count * perHour * hours, capacity + count * each)
      if (capacity + count * each >= peak) break
    }
    counts[kind] = 0
  }
  visit(0, 0, 0)
  return best
}

/** The serverless bill with bare prices as a function of owned capacity, O(log bins) a question. */
export function bareOverflowUsd(demand: Demand, perSecond: number): (capacity: number) => number {
  const sorted = Float64Array.from(demand.replicas).sort()
  const above = new Float64Array(sorted.length + 1)
  for (let i = sorted.length - 1; i >= 0; i--) above[i] = above[i + 1]! + sorted[i]!
  return (capacity) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]! > capacity) high = middle
      else low = middle + 1
    }
    return (above[low]! - (sorted.length - low) * capacity) * demand.binSeconds * perSecond
  }
}
