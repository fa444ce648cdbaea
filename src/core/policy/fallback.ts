import { eligiblePools } from './eligible.ts'
import { hashText } from './prefix-hash.ts'
import type { Decision, PolicyCall, PolicyConfig } from './types.ts'

/**
 * Where a call goes if the policy throws: the first pool of the configuration that may serve it (model, residency and
 * realtime hold here too), at an endpoint that has not failed it yet; which one, by the call's id, so that a burst is
 * spread. It knows no load, no health and no caps, and keeps nothing: there is nothing in it that can break.
 */
export function fallbackDecision(config: Pick<PolicyConfig, 'pools'>, call: PolicyCall): Decision {
  const pools = eligiblePools(config.pools, call)
  if (typeof pools === 'string') return { kind: 'refuse', reason: pools, retryAfterMs: null }
  for (const pool of pools) {
    const ordinary = pool.endpoints.filter(({ canaryShare }) => canaryShare === null)
    const left = (ordinary.length > 0 ? ordinary : pool.endpoints).filter(({ id }) => !call.failed.includes(`${pool.id}/${id}`))
    const endpoint = left[(hashText(call.id) >>> 0) % Math.max(1, left.length)]
    if (endpoint !== undefined) return { kind: 'dispatch', pool: pool.id, endpoint: endpoint.id, reason: 'fallback' }
  }
  return { kind: 'refuse', reason: 'all-down', retryAfterMs: null }
}
