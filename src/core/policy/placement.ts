import type { Random } from '../random.ts'
import type { EndpointState, PoolState } from './endpoint-state.ts'
import type { PrefixIndex } from './prefix-index.ts'
import type { Route, Tier } from './routes.ts'
import { scan } from './scan.ts'
import type { Offer, Scanner } from './scan.ts'
import type { SloGate } from './slo-gate.ts'
import type { PolicyCall, PolicyConfig, ReasonCode } from './types.ts'

/** Where a call could go now. Nothing is counted yet. */
export type Placement =
  /** `held`: share of the prompt's blocks there; `wake`: a cheaper pool that should start meanwhile. */
  | { readonly kind: 'send'; readonly endpoint: EndpointState; readonly reason: ReasonCode; readonly held: number; readonly wake: PoolState | null }
  /** No room: `asleep` = a pool that would have some if it were started; `isAlive` = something else will have some too. */
  | { readonly kind: 'hold'; readonly asleep: PoolState | null; readonly isAlive: boolean }
  | { readonly kind: 'down' }

/** Has just come, has waited, or has waited for as long as it may. */
export type Stage = 'new' | 'queued' | 'last'

/** The rules of placing, in their order; see `place`. */
export class Placer {
  readonly #scanner: Scanner
  readonly #index: PrefixIndex
  readonly #slo: SloGate

  constructor(config: PolicyConfig, random: Random, index: PrefixIndex, slo: SloGate, endpoints: number) {
    this.#scanner = { config, random, depths: new Uint16Array(endpoints) }
    this.#index = index
    this.#slo = slo
  }

  /**
   * 1. The floor, where an endpoint has room and meets the TTFT target: its next token is free.
   * 2. Else the cheapest overflow with room. Missing the target alone never sends a call to sleep or to a crowd.
   * 3. Else, where a pool could be woken, hold the call; unless the floor has places and is saturated by hysteresis alone,
   *    which keeps calls from going to and fro and so has no use here, or this is the last try.
   * 4. Else the floor beyond its saturation, then overflow beyond it, then other calls' canaries; all below the caps.
   * 5. Else hold it while anything is alive.
   * An endpoint whose rate limit is used up has no room until its reset; on the last try it counts as crowded.
   * Endpoints that failed the call are looked at only if nothing else is alive; once it has waited, if nothing else has
   * room, so that it holds up nobody behind it who could go there.
   */
  place(call: PolicyCall, route: Route, now: number, stage: Stage): Placement {
    if (call.prefix.length > 0) this.#index.match(call.prefix, this.#scanner.depths)
    else this.#scanner.depths.fill(0)
    const placement = this.#place(call, route, call.failed, now, stage === 'last')
    const isEnough = placement.kind === 'send' || (placement.kind === 'hold' && stage === 'new')
    return isEnough || call.failed.length === 0 ? placement : this.#place(call, route, [], now, stage === 'last')
  }

  #place(call: PolicyCall, route: Route, avoid: readonly string[], now: number, isLast: boolean): Placement {
    const { floor } = route
    const home = floor === null ? null : scan(floor, call, avoid, now, isLast, this.#scanner)
    const mayProbe = call.failed.length === 0 && call.priority !== 'realtime'
    if (home?.probe && (mayProbe || !hasRoom(home))) return this.#send(call, home.probe, 'probe', null)
    const chosen = home === null ? null : this.#withinSlo(home, call, now)
    if (chosen !== null) return this.#send(call, chosen, chosen === home!.canary ? 'canary' : 'floor', null)

    const why = home === null ? 'overflow-only' : hasRoom(home) ? 'spill-slo' : home.alive ? 'spill-saturated' : 'spill-down'
    let asleep = floor === null ? null : asleepIn(floor)
    let crowded: EndpointState | null = null
    let isAlive = home?.alive ?? false
    let spare = home?.spareCanary ?? null
    for (const tier of route.overflow) {
      const offer = scan(tier, call, avoid, now, isLast, this.#scanner)
      const to = this.#overflowTo(offer, mayProbe)
      if (to !== null) return this.#send(call, to, to === offer.probe ? 'probe' : to === offer.canary ? 'canary' : why, asleep)
      asleep ??= asleepIn(tier)
      crowded ??= offer.crowded
      spare ??= offer.spareCanary
      isAlive ||= offer.alive
    }
    if (home !== null && hasRoom(home)) return this.#send(call, home.canary ?? home.best!, home.canary === null ? 'floor' : 'canary', asleep)
    if (asleep !== null && !isLast && !home?.isEasing) return { kind: 'hold', asleep, isAlive }
    if (home?.crowded) return this.#send(call, home.crowded, 'floor-only', null)
    if (crowded !== null) return this.#send(call, crowded, why, null)
    if (spare !== null && !isAlive) return this.#send(call, spare, 'canary', null)
    return isAlive || asleep !== null ? { kind: 'hold', asleep, isAlive } : { kind: 'down' }
  }

  /** The endpoint of the floor that should take it: the best, or the one with least to do if only that meets the target. */
  #withinSlo(home: Offer, call: PolicyCall, now: number): EndpointState | null {
    const first = home.canary ?? home.best
    for (const endpoint of first === home.lightest ? [first] : [first, home.lightest]) {
      if (endpoint !== null && !this.#slo.misses(endpoint, call, this.#held(call, endpoint), now)) return endpoint
    }
    return null
  }

  #overflowTo(offer: Offer, mayProbe: boolean): EndpointState | null {
    if (offer.probe !== null && (mayProbe || !hasRoom(offer))) return offer.probe
    return offer.canary ?? offer.best
  }

  #held(call: PolicyCall, endpoint: EndpointState): number {
    return call.prefix.length === 0 ? 0 : this.#scanner.depths[endpoint.index]! / call.prefix.length
  }

  #send(call: PolicyCall, endpoint: EndpointState, reason: ReasonCode, wake: PoolState | null): Placement {
    const held = this.#held(call, endpoint)
    const told = call.failed.length > 0 ? 'failover' : reason === 'floor' && held > 0 ? 'floor-prefix' : reason
    return { kind: 'send', endpoint, reason: told, held, wake }
  }
}

function hasRoom(offer: Offer): boolean {
  return offer.best !== null
}

function asleepIn(tier: Tier): PoolState | null {
  return tier.pools.find(({ asleep }) => asleep) ?? null
}
