import type { Demand } from './demand.ts'
import { peakOf, wholeReplicas } from './demand.ts'
import type { ServerlessMarket } from './market.ts'

/**
 * Lower bounds: the same problem without cold starts between bins, with fractions of a replica or with all of the future
 * known. They hold for plans that serve each bin's work in that bin, and no plan of this planner defers work.
 */

/**
 * The least that serverless can charge for a replica-second of useful work in each bin, USD. Of a demand d at most d
 * overflows, and billed / useful never rises with the load (market.ts), so every overflow o <= d is billed at least
 * o x billed(d) / d. With bare prices this is the price.
 */
export function leastServerless(demand: Demand, { perSecond, overflow }: ServerlessMarket): Float64Array {
  return demand.replicas.map((d) => (d > 0 ? (perSecond * overflow.billed(d)) / d : 0))
}

/**
 * For plans with one fixed count: fractions of a replica allowed. cost(c) = p c T + sum s_t (d_t - c)+ is convex and
 * piecewise linear with corners at the demands; its slope at c is p T - (s_t summed over d_t > c), so the minimum is at
 * the smallest demand above which no more than p T of serverless price is left. Without serverless every bin must be covered.
 */
export function fixedBound(demand: Demand, perHour: number, least: Float64Array | null): number {
  const { replicas, binSeconds } = demand
  const rent = (perHour / 3600) * binSeconds * replicas.length
  if (least === null) return rent * peakOf(replicas)
  const falling = Uint32Array.from(replicas, (_, t) => t).sort((a, b) => replicas[b]! - replicas[a]!)
  let avoided = 0
  let overflowing = 0
  for (const t of falling) {
    const price = least[t]! * binSeconds
    // Above d_t the prices `avoided` remain; one more would be worth a replica.
    if (avoided + price > rent) return rent * replicas[t]! + overflowing - avoided * replicas[t]!
    avoided += price
    overflowing += price * replicas[t]!
  }
  return overflowing
}

/** For everything on serverless: each bin's steady bill, without transitions. */
export function serverlessBound(demand: Demand, least: Float64Array): number {
  let usd = 0
  for (const [t, d] of demand.replicas.entries()) usd += least[t]! * d * demand.binSeconds
  return usd
}

/**
 * For every schedule of whole replicas, whatever its rental terms. With m_t replicas in bin t the levels 1..m_t are
 * rented and the work of the others overflows, so the cost is a sum over levels. Each is at least the cheaper of owning
 * the level all the time at the base price, and taking the cheaper of an hour's rent and serverless in every bin anew.
 */
export function scheduleBound(demand: Demand, perHour: { readonly base: number; readonly elastic: number }, least: Float64Array): number {
  const { replicas, binSeconds } = demand
  const rent = (perHour.elastic / 3600) * binSeconds
  const owned = (perHour.base / 3600) * binSeconds * replicas.length
  const levels = wholeReplicas(peakOf(replicas))
  const anew = new Float64Array(levels + 1)
  // A bin of demand d adds the same to each of its full levels: noted at the last of them and summed from the top down.
  for (const [t, d] of replicas.entries()) {
    const price = least[t]! * binSeconds
    const full = Math.min(Math.floor(d), levels)
    anew[full]! += Math.min(rent, price)
    if (full < levels) {
      const part = Math.min(rent, price * (d - full))
      anew[full + 1]! += part
      anew[full]! -= part
    }
  }
  let usd = 0
  let running = 0
  for (let level = levels; level >= 1; level--) {
    running += anew[level]!
    usd += Math.min(owned, running)
  }
  return usd
}
