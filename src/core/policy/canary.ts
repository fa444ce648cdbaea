import type { EndpointState, PoolState } from './endpoint-state.ts'
import { hashText } from './prefix-hash.ts'
import type { PolicyCall } from './types.ts'

/**
 * The canary that a call belongs to, or null for an ordinary endpoint. By a hash of the session (the call's id where it
 * has none), so a session stays where it is; the shares of a pool's canaries lie side by side from 0. A raised
 * share keeps everybody that the canary had.
 */
export function canaryOf(pools: readonly PoolState[], call: PolicyCall): EndpointState | null {
  for (const { spec, endpoints } of pools) {
    let place = -1
    let from = 0
    for (const endpoint of endpoints) {
      const share = endpoint.spec.canaryShare
      if (share === null) continue
      if (place < 0) place = (hashText(call.session ?? call.id, hashText(spec.id)) >>> 0) / 2 ** 32
      if (place >= from && place < from + share) return endpoint
      from += share
    }
  }
  return null
}
