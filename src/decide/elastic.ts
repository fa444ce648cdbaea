import { payingLevel } from '../core/policy/paying-level.ts'
import { rentals } from '../core/policy/rentals.ts'
import { peakOf, wholeReplicas } from './demand.ts'
import type { Market } from './market.ts'

/**
 * For each bin, the highest level that had paid for its rental over the window before it: the first half of the
 * elastic rule (core/policy/elastic-floor.ts), which does not depend on the base. It sees only bins that have passed.
 */
export function payingLevels(replicas: Float64Array, binSeconds: number, market: Market, breakEven: number): Int32Array {
  const paying = payingLevel(Math.max(1, ticks(market.windowSeconds, binSeconds)), breakEven, wholeReplicas(peakOf(replicas)))
  const levels = new Int32Array(replicas.length)
  for (let t = 0; t < replicas.length; t++) {
    if (t > 0) paying.see(replicas[t - 1]!)
    levels[t] = paying.level()
  }
  return levels
}

/** The second half: what is rented in each bin on top of `base` by the terms of the market. */
export function rentedAbove(levels: Int32Array, binSeconds: number, market: Market, base: number): Int32Array {
  const ledger = rentals(Math.max(1, ticks(market.termSeconds, binSeconds)), ticks(market.noticeSeconds, binSeconds))
  const rented = new Int32Array(levels.length)
  for (let t = 0; t < levels.length; t++) rented[t] = ledger.step(Math.max(0, levels[t]! - base))
  return rented
}

/** The whole rule over demand: the replicas that it has rented in each bin on top of `base`. */
export function elasticCounts(replicas: Float64Array, binSeconds: number, market: Market, base: number, breakEven: number): Int32Array {
  return rentedAbove(payingLevels(replicas, binSeconds, market, breakEven), binSeconds, market, base)
}

function ticks(seconds: number, binSeconds: number): number {
  return Math.ceil(seconds / binSeconds - 1e-9)
}
