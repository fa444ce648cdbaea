import { elasticFloor } from '../core/policy/elastic-floor.ts'
import { wholeReplicas } from './demand.ts'
import type { Market } from './market.ts'

/**
 * Runs the elastic rule (core/policy/elastic-floor.ts, the code that the gateway runs) over demand: the replicas that
 * it has rented in each bin on top of `base`. It sees only bins that have passed.
 */
export function elasticCounts(replicas: Float64Array, binSeconds: number, market: Market, base: number, breakEven: number): Int32Array {
  const ticks = (seconds: number): number => Math.ceil(seconds / binSeconds - 1e-9)
  let peak = 0
  for (const value of replicas) if (value > peak) peak = value
  const floor = elasticFloor({
    base,
    breakEven,
    termTicks: Math.max(1, ticks(market.termSeconds)),
    noticeTicks: ticks(market.noticeSeconds),
    windowTicks: Math.max(1, ticks(market.windowSeconds)),
    limit: Math.max(0, wholeReplicas(peak) - base),
  })
  const rented = new Int32Array(replicas.length)
  for (let t = 0; t < replicas.length; t++) rented[t] = floor.step(t === 0 ? undefined : replicas[t - 1])
  return rented
}
