import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { Condition } from './condition.ts'

/** A pool is down at times while it restarts; a minute of it is news. */
const HOLD_MS = 60_000

/**
 * Pools without an endpoint that takes calls, and those with some that do not. Endpoints of a pool that scales to zero are
 * down when it sleeps, which is no trouble: `sleepers` are such pools, and of them only open breakers count.
 */
export function poolConditions({ pools }: PolicySnapshot, sleepers: ReadonlySet<string>): readonly Condition[] {
  return pools.flatMap(({ id, endpoints }): Condition[] => {
    const broken = endpoints.filter(({ up, breaker }) => breaker === 'open' || (!up && !sleepers.has(id)))
    if (broken.length === 0) return []
    const all = broken.length === endpoints.length
    const names = broken.slice(0, 5).map((endpoint) => `${endpoint.id} (${endpoint.up ? 'breaker open' : 'down'})`)
    const more = broken.length > names.length ? ` and ${broken.length - names.length} more` : ''
    return [
      {
        id: `pool-unhealthy:${id}`,
        kind: 'pool-unhealthy',
        tenant: null,
        severity: all ? 'critical' : 'warning',
        text: `Pool ${id} has ${all ? (endpoints.length === 1 ? 'its only endpoint' : `all ${endpoints.length} endpoints`) : `${broken.length} of ${endpoints.length} endpoints`} out of service: ${names.join(', ')}${more}.`,
        mend: 'Look at the engine and its log; "spillway doctor" says what the gateway sees.',
        nanoUsd: null,
        holdMs: HOLD_MS,
      },
    ]
  })
}
