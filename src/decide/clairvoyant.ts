import type { Demand } from './demand.ts'
import { peakOf, wholeReplicas } from './demand.ts'

/**
 * The cheapest schedule of whole replicas under rental terms, all of the future known, with serverless above it at
 * `least[t]` USD a replica-second (bounds.ts): a lower bound for every schedule with these terms or longer ones. Null
 * where the instance is too large.
 *
 * It is a min-cost flow. One unit of flow is one place for a replica, from the first bin to the last; there are as many
 * as the peak needs. Before each bin a place is off or rented: off -> off leaves a level to serverless for a bin; off ->
 * rented `termBins` later is a rental of the shortest term; rented -> rented extends it by a bin; rented -> off ends it,
 * free. With u of K places off, the levels above K - u are left to serverless: the more are off, the fuller the next
 * level, so the cost is convex in u and successive shortest paths are exact. A place may instead be a base replica.
 * Rentals may be cut at both ends of the trace, which only lowers the bound.
 *
 * Why not level by level: where two rentals overlap by half a term, the second level is on for half a term, and may be.
 */
export function clairvoyantUsd(demand: Demand, perHour: { readonly base: number; readonly elastic: number }, least: Float64Array, termBins: number): number | null {
  const { binSeconds, replicas } = demand
  const places = wholeReplicas(peakOf(replicas))
  const owned = (perHour.base / 3600) * binSeconds * replicas.length
  const network = placesNetwork(replicas, least.map((usd) => usd * binSeconds), places, (perHour.elastic / 3600) * binSeconds, termBins)
  let usd = 0
  for (let place = 0; place < places; place++) {
    const path = network.shortest()
    if (path === null) return null
    // Paths never get shorter, so from here on every place is a base replica.
    if (path >= owned) return usd + (places - place) * owned
    usd += path
    network.augment()
  }
  return usd
}

/** Node visits after which the search gives up: about half a second. */
const MOST_VISITS = 30_000_000

interface Network {
  /** USD of the cheapest way to place one replica more, moving others where that helps; null = gave up. */
  readonly shortest: () => number | null
  readonly augment: () => void
}

/** Nodes in the order of time: 2t = rented before bin t, 2t + 1 = off before bin t. Arcs are kept from -> to with their flow. */
function placesNetwork(replicas: Float64Array, price: Float64Array, places: number, rent: number, termBins: number): Network {
  const bins = replicas.length
  const nodes = 2 * (bins + 1)
  const arcs = 4 * bins + 1
  const from = new Int32Array(arcs)
  const to = new Int32Array(arcs)
  const usd = new Float64Array(arcs)
  const flow = new Int32Array(arcs)
  for (let t = 0; t < bins; t++) {
    const end = Math.min(bins, t + termBins)
    arc(t, 2 * t + 1, 2 * t + 3, 0)
    arc(bins + t, 2 * t + 1, 2 * end, rent * (end - t))
    arc(2 * bins + t, 2 * t, 2 * t + 2, rent)
    arc(3 * bins + t, 2 * t, 2 * t + 1, 0)
  }
  arc(4 * bins, 2 * bins, 2 * bins + 1, 0)
  const out = grouped(from, nodes)
  const into = grouped(to, nodes)
  const near = new Float64Array(nodes)
  const by = new Int32Array(nodes)
  const slack = 1e-12 * (rent + price.reduce((most, value) => Math.max(most, value), 0))
  let visits = 0

  function arc(index: number, start: number, end: number, cost: number): void {
    from[index] = start
    to[index] = end
    usd[index] = cost
  }

  /** USD of the (u + 1)-th unit on an arc; of the first `bins` arcs, what serverless charges for the next level left to it. */
  function unit(index: number, u: number): number {
    if (index >= bins) return usd[index]!
    const fill = replicas[index]! - (places - 1 - u)
    return fill <= 0 ? 0 : fill >= 1 ? price[index]! : fill * price[index]!
  }

  /** Bellman and Ford in the order of time, going back only where taking an earlier placement back made a node nearer. */
  function shortest(): number | null {
    near.fill(Number.POSITIVE_INFINITY)
    near[0] = 0
    for (let node = 0; node < nodes; ) {
      if (++visits > MOST_VISITS) return null
      const here = near[node]!
      let next = node + 1
      for (let i = out.start[node]!; i < out.start[node + 1]!; i++) {
        const index = out.arcs[i]!
        const there = here + unit(index, flow[index]!)
        if (there < near[to[index]!]! - slack) reach(to[index]!, there, index)
      }
      for (let i = into.start[node]!; i < into.start[node + 1]!; i++) {
        const index = into.arcs[i]!
        if (flow[index] === 0) continue
        const there = here - unit(index, flow[index]! - 1)
        if (there >= near[from[index]!]! - slack) continue
        reach(from[index]!, there, ~index)
        next = Math.min(next, from[index]!)
      }
      node = next
    }
    return near[nodes - 1]!
  }

  function reach(node: number, cost: number, index: number): void {
    near[node] = cost
    by[node] = index
  }

  function augment(): void {
    for (let node = nodes - 1; node !== 0; ) {
      const index = by[node]!
      const forward = index >= 0
      flow[forward ? index : ~index]! += forward ? 1 : -1
      node = forward ? from[index]! : to[~index]!
    }
  }

  return { shortest, augment }
}

/** Arc indexes grouped by the node at one end: those of node n are `arcs[start[n]]` up to `arcs[start[n + 1]]`. */
function grouped(ends: Int32Array, nodes: number): { readonly start: Int32Array; readonly arcs: Int32Array } {
  const start = new Int32Array(nodes + 1)
  for (const node of ends) start[node + 1]! += 1
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!
  const next = start.slice()
  const arcs = new Int32Array(ends.length)
  for (const [index, node] of ends.entries()) {
    arcs[next[node]!] = index
    next[node]! += 1
  }
  return { start, arcs }
}
