import type { EndpointState } from './endpoint-state.ts'
import type { EngineMetrics, PolicyConfig } from './types.ts'

/** The last scrape, if it is recent enough to count. */
export function freshMetrics(endpoint: EndpointState, staleAfterMs: number, now: number): EngineMetrics | null {
  return endpoint.scrapedAt !== null && now - endpoint.scrapedAt <= staleAfterMs ? endpoint.metrics : null
}

/** Requests on the endpoint: what the engine says, corrected by our own since then; never less than our own. */
export function loadOf(endpoint: EndpointState, metrics: EngineMetrics | null): number {
  return metrics === null ? endpoint.inFlight : Math.max(endpoint.inFlight, metrics.running + metrics.waiting + endpoint.sinceScrape)
}

/**
 * How full an endpoint is, 1 = full: the worst of its queue, its KV cache and its requests, each against its limit.
 * Requests sent since the scrape first fill the engine's free places and queue only then.
 */
export function saturationOf(endpoint: EndpointState, config: PolicyConfig, now: number): number {
  const metrics = freshMetrics(endpoint, config.staleAfterMs, now)
  const { capacity } = endpoint.pool.spec
  const byLoad = loadOf(endpoint, metrics) / capacity
  if (metrics === null) return byLoad
  const { sinceScrape } = endpoint
  const queued = metrics.waiting + (sinceScrape > 0 ? Math.max(0, sinceScrape - Math.max(0, capacity - metrics.running)) : sinceScrape)
  const { queueThreshold, kvThreshold } = config.saturation
  return Math.max(byLoad, Math.max(0, queued) / queueThreshold, (metrics.kvUsage ?? 0) / kvThreshold)
}

/** Hysteresis: saturated from `enter` on, until below `release`. */
export function saturatedAt(was: boolean, level: number, { enter, release }: PolicyConfig['saturation']): boolean {
  return was ? level >= release : level >= enter
}
