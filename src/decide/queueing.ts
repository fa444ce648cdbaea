import type { Demand } from './demand.ts'
import { slotWait } from './fleet/erlang.ts'

/**
 * Share of requests that find every slot of `replicas` dedicated replicas taken (Erlang C in each bin, weighted by its
 * requests): a GPU is no single server, its `slots` batch places are. Bins that need more than is there wait in full.
 */
export function queuedShare(demand: Demand, replicas: number, slots: number): number {
  const servers = replicas * slots
  let waiting = 0
  let requests = 0
  for (const [t, load] of demand.replicas.entries()) {
    const count = demand.requests[t]!
    if (count === 0) continue
    requests += count
    if (!surelyFree(servers, load * slots)) waiting += count * slotWait(replicas, slots, load, 1).share
  }
  return requests === 0 ? 0 : waiting / requests
}

/** Whether fewer than 1e-20 of the arrivals wait, by Bernstein's bound on a Poisson count of mean `load`: spares the exact recursion over all servers. */
function surelyFree(servers: number, load: number): boolean {
  const spare = servers - load
  return spare > 0 && spare * spare > 2 * 60 * (load + spare / 3)
}
