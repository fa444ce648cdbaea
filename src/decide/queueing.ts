import type { Demand } from './demand.ts'
import { slotWait } from './fleet/erlang.ts'

/**
 * Share of requests that find every slot of `replicas` dedicated replicas taken (Erlang C in each bin, weighted by its
 * requests): a GPU is no single server, its `slots` batch places are. Bins that need more than is there wait in full.
 */
export function queuedShare(demand: Demand, replicas: number, slots: number): number {
  let waiting = 0
  let requests = 0
  for (const [t, load] of demand.replicas.entries()) {
    const count = demand.requests[t]!
    if (count === 0) continue
    requests += count
    waiting += count * slotWait(replicas, slots, load, 1).share
  }
  return requests === 0 ? 0 : waiting / requests
}
