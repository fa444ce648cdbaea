import type { EndpointState } from './endpoint-state.ts'
import { freshMetrics, loadOf } from './saturation.ts'
import type { PolicyConfig } from './types.ts'

/**
 * How well an endpoint suits a call; higher is better. Prefix: the share of the prompt's blocks that it holds. Queue: free
 * share of its capacity by the requests on it, our own unsent ones included (negative where it is overfull, so
 * the order goes on there). KV: free share of the cache; where the engine does not say, its load stands for it.
 */
export function scoreOf(endpoint: EndpointState, hitShare: number, { weights, staleAfterMs }: PolicyConfig, now: number): number {
  const metrics = freshMetrics(endpoint, staleAfterMs, now)
  const load = loadOf(endpoint, metrics) / endpoint.pool.spec.capacity
  const kv = metrics?.kvUsage ?? Math.min(1, load)
  return weights.prefix * hitShare + weights.queue * (1 - load) + weights.kv * (1 - kv)
}
