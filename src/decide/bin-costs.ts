import type { Demand } from './demand.ts'
import type { Market } from './market.ts'
import { transitionUsd, UNSERVED_PER_SECOND } from './market.ts'

/**
 * Fills `out` with the USD of each bin for `base` replicas all the time, `rented[t]` more at the hourly price, and
 * serverless above: the one function behind the optimum, the resampling and the tornado (usage.ts counts the same for
 * the breakdown, and a test holds the two together). Operations are not in it.
 */
export function binCosts(demand: Demand, market: Market, base: number, rented: Int32Array | null, out: Float64Array): Float64Array {
  const { replicas, binSeconds, requests } = demand
  const { serverless, egressPerRequest: egress } = market
  const hours = binSeconds / 3600
  const baseUsd = base * market.basePerHour * hours
  const rentedUsd = market.elasticPerHour * hours
  const last = replicas.length - 1
  // The trace stands for a typical period, so it is closed to a ring: the bin before the first is the last.
  let before = serverless === null || last < 0 ? 0 : billedAbove(serverless.overflow.billed, replicas[last]!, base + (rented === null ? 0 : rented[last]!))
  for (let t = 0; t <= last; t++) {
    const extra = rented === null ? 0 : rented[t]!
    const d = replicas[t]!
    const over = d - base - extra
    let usd = baseUsd + extra * rentedUsd
    if (serverless === null) {
      if (over > UNSEEN * d) usd += over * binSeconds * UNSERVED_PER_SECOND
    } else {
      const now = over > 0 ? serverless.overflow.billed(over) : 0
      usd += now * binSeconds * serverless.perSecond
      if (now !== before) usd += transitionUsd(serverless, before, now)
      before = now
    }
    if (egress !== undefined) usd += requests[t]! * (over > 0 ? egress.dedicated + ((egress.serverless - egress.dedicated) * over) / d : egress.dedicated)
    out[t] = usd
  }
  return out
}

/** Work above whole replicas that is rounding, not demand: `wholeReplicas` calls 3.0000000001 three. */
const UNSEEN = 1e-8

/** Demand that nothing serves where `owned` replicas are all there is. */
export function unservedAbove(demand: number, owned: number): number {
  const over = demand - owned
  return over > UNSEEN * demand ? over : 0
}

/** Billed serverless replicas for a demand above `owned` replicas. */
export function billedAbove(billed: (replicas: number) => number, demand: number, owned: number): number {
  return demand > owned ? billed(demand - owned) : 0
}
