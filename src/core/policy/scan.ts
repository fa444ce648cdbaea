import { canaryOf } from './canary.ts'
import type { EndpointState } from './endpoint-state.ts'
import { freshMetrics, loadOf, saturatedAt, saturationOf } from './saturation.ts'
import { scoreOf } from './score.ts'
import type { Random } from '../random.ts'
import type { Tier } from './routes.ts'
import type { PolicyCall, PolicyConfig } from './types.ts'

/** What one tier offers a call. Null = nothing of the kind. */
export interface Offer {
  /** The best that has room. */
  best: EndpointState | null
  /** The one with room that has least to do. */
  lightest: EndpointState | null
  /** The canary that the call belongs to, with room. */
  canary: EndpointState | null
  /** Half-open, and may be probed. */
  probe: EndpointState | null
  /** The best that is saturated, though not at its pool's cap; on the last try one whose rate limit is used up, too. */
  crowded: EndpointState | null
  /** Is it saturated by hysteresis alone, so that it has places? */
  isEasing: boolean
  /** Somebody else's canary: only where there is nothing else at all. */
  spareCanary: EndpointState | null
  /** Healthy or about to be probed, so waiting makes sense. */
  alive: boolean
}

export interface Scanner {
  readonly config: PolicyConfig
  readonly random: Random
  /** Leading blocks that each endpoint holds. */
  readonly depths: Uint16Array
}

/** Looks at every endpoint of a tier once, and brings its saturation up to date. `avoid`: endpoints that failed the call. */
export function scan(tier: Tier, call: PolicyCall, avoid: readonly string[], now: number, isLast: boolean, { config, random, depths }: Scanner): Offer {
  const offer: Offer = { best: null, lightest: null, canary: null, probe: null, crowded: null, isEasing: false, spareCanary: null, alive: false }
  const own = tier.hasCanary ? canaryOf(tier.pools, call) : null
  const blocks = Math.max(1, call.prefix.length)
  let [bestScore, bestCrowded, ties, least] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY]
  for (const endpoint of tier.endpoints) {
    if (!endpoint.up || (avoid.length > 0 && avoid.includes(endpoint.key))) continue
    const state = endpoint.breaker.state(now)
    if (state === 'open') continue
    const isOthersCanary = endpoint.spec.canaryShare !== null && endpoint !== own
    if (!isOthersCanary) offer.alive = true
    const isExhausted = endpoint.exhausted(now)
    if (endpoint.pool.full || (isExhausted && !isLast)) continue
    if (state === 'half-open') {
      if (endpoint.breaker.mayProbe(now) && !isOthersCanary) offer.probe ??= endpoint
      continue
    }
    if (isOthersCanary) {
      offer.spareCanary ??= endpoint
      continue
    }
    const level = saturationOf(endpoint, config, now)
    endpoint.saturated = saturatedAt(endpoint.saturated, level, config.saturation)
    const load = loadOf(endpoint, freshMetrics(endpoint, config.staleAfterMs, now)) / endpoint.pool.spec.capacity
    const score = scoreOf(endpoint, depths[endpoint.index]! / blocks, config, now)
    if (endpoint.saturated || isExhausted) {
      // By score here too: under overload a prefix that is found is capacity that is won.
      if (score > bestCrowded) {
        bestCrowded = score
        offer.crowded = endpoint
        offer.isEasing = !isExhausted && level < config.saturation.enter
      }
      continue
    }
    if (endpoint === own) offer.canary = endpoint
    if (load < least) {
      least = load
      offer.lightest = endpoint
    }
    // Even ones share by chance, each with the same probability.
    if (score > bestScore) {
      bestScore = score
      ties = 1
      offer.best = endpoint
    } else if (score === bestScore && random() * ++ties < 1) offer.best = endpoint
  }
  return offer
}
