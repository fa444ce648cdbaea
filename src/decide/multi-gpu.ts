import type { Demand } from './demand.ts'
import { peakOf, wholeReplicas } from './demand.ts'

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
export const MOST_COMBINATIONS = 400_000

/**
 * The cheapest whole numbers of each kind of dedicated replica with serverless above them, over all combinations of
 * which none exceeds the peak. `overflowUsd(capacity)` is the serverless bill over the trace when `capacity` reference
 * replicas are owned, and `leastUsd(capacity)` a quick lower bound of it; owning any adds `ownUsd` (operations). Combinations are tried in the order of their
 * bounds until the next bound is above the best bill, so the result is that of trying all. Ties go to the combination
 * whose bound is lower.
 */
export function bestMix(demand: Demand, kinds: readonly ReplicaKind[], overflowUsd: (capacity: number) => number, leastUsd: (capacity: number) => number = () => 0, ownUsd = 0): Mix | null {
  const peak = peakOf(demand.replicas)
  const tops = kinds.map((kind) => wholeReplicas(peak / kind.capacity))
  const combinations = tops.reduce((product, top) => product * (top + 1), 1)
  if (combinations > MOST_COMBINATIONS) return null
  const hours = (demand.replicas.length * demand.binSeconds) / 3600
  const rents = new Float64Array(combinations)
  const capacities = new Float64Array(combinations)
  const bounds = new Float64Array(combinations)
  for (let index = 0; index < combinations; index++) {
    for (const [i, count] of countsAt(index, tops).entries()) {
      rents[index]! += count * kinds[i]!.perHour * hours
      capacities[index]! += count * kinds[i]!.capacity
    }
    if (index > 0) rents[index]! += ownUsd
    capacities[index] = Math.min(peak, capacities[index]!)
    bounds[index] = rents[index]! + leastUsd(capacities[index]!)
  }
  let best = 0
  let lowest = rents[0]! + overflowUsd(0)
  for (const index of Uint32Array.from(bounds, (_, i) => i).filter((i) => bounds[i]! < lowest).sort((a, b) => bounds[a]! - bounds[b]!)) {
    if (bounds[index]! >= lowest) break
    const usd = rents[index]! + overflowUsd(capacities[index]!)
    if (usd >= lowest - 1e-9) continue
    lowest = usd
    best = index
  }
  return { counts: countsAt(best, tops), usd: lowest }
}

/** The counts of combination `index`: its digits in the mixed base of the tops. */
function countsAt(index: number, tops: readonly number[]): number[] {
  let rest = index
  return tops.map((top) => {
    const count = rest % (top + 1)
    rest = (rest - count) / (top + 1)
    return count
  })
}

/** sum s_t (d_t - capacity)+ over the trace as a function of owned capacity, O(log bins) a question; `perSecond` is the price s_t by bin. */
export function linearOverflowUsd(demand: Demand, perSecond: Float64Array): (capacity: number) => number {
  const rising = Uint32Array.from(demand.replicas, (_, t) => t).sort((a, b) => demand.replicas[a]! - demand.replicas[b]!)
  const sorted = Float64Array.from(rising, (t) => demand.replicas[t]!)
  const price = new Float64Array(sorted.length + 1)
  const work = new Float64Array(sorted.length + 1)
  for (let i = sorted.length - 1; i >= 0; i--) {
    price[i] = price[i + 1]! + perSecond[rising[i]!]!
    work[i] = work[i + 1]! + sorted[i]! * perSecond[rising[i]!]!
  }
  return (capacity) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]! > capacity) high = middle
      else low = middle + 1
    }
    return Math.max(0, work[low]! - price[low]! * capacity) * demand.binSeconds
  }
}
