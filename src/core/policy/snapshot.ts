import type { EndpointState, PoolState } from './endpoint-state.ts'
import { saturatedAt, saturationOf } from './saturation.ts'
import type { PolicyConfig, PolicySnapshot } from './types.ts'

/** For people. A pool is as saturated as its emptiest endpoint that is up; 1 if none is. */
export function snapshotOf(pools: readonly PoolState[], waiting: number, entries: number, config: PolicyConfig, now: number): PolicySnapshot {
  return {
    waiting,
    entries,
    pools: pools.map(({ spec, inFlight, endpoints }) => {
      const serving = endpoints.filter(({ up, breaker }) => up && breaker.state(now) !== 'open')
      return {
        id: spec.id,
        inFlight,
        saturation: serving.length === 0 ? 1 : Math.min(...serving.map((endpoint) => saturationOf(endpoint, config, now))),
        saturated: serving.every((endpoint) => saturatedAt(endpoint.saturated, saturationOf(endpoint, config, now), config.saturation)),
        endpoints: endpoints.map((endpoint) => endpointOf(endpoint, now)),
      }
    }),
  }
}

function endpointOf({ spec, inFlight, up, breaker, scrapedAt, metrics }: EndpointState, now: number): PolicySnapshot['pools'][number]['endpoints'][number] {
  return { id: spec.id, inFlight, up, breaker: breaker.state(now), scrapedAt, metrics }
}
