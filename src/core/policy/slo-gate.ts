import type { EndpointState, PoolState } from './endpoint-state.ts'
import { freshMetrics, loadOf } from './saturation.ts'
import { TtftModel } from './ttft-model.ts'
import type { PolicyCall, PolicyConfig } from './types.ts'

/** Whether a dedicated endpoint is expected to miss the TTFT target, learned per pool, with hysteresis. */
export class SloGate {
  readonly #config: PolicyConfig
  readonly #models: ReadonlyMap<PoolState, { readonly ttft: TtftModel; missing: boolean }>

  constructor(config: PolicyConfig, pools: readonly PoolState[]) {
    this.#config = config
    this.#models = new Map(pools.filter(({ spec }) => spec.kind === 'dedicated').map((pool) => [pool, { ttft: new TtftModel(), missing: false }]))
  }

  observe(endpoint: EndpointState, load: number, uncached: number, ms: number, at: number): void {
    this.#models.get(endpoint.pool)?.ttft.observe(load, uncached, ms, at)
  }

  /**
   * `held`: share of the prompt that the endpoint holds. While calls of the usual length would miss the target, the pool
   * has to be better than it by the same margin as `saturation.release` to `enter`; this call's own length counts on top.
   * Nothing known = it does not miss.
   */
  misses(endpoint: EndpointState, call: PolicyCall, held: number, now: number): boolean {
    const { sloTtftMs, saturation, staleAfterMs } = this.#config
    const state = this.#models.get(endpoint.pool)
    if (sloTtftMs === null || state === undefined) return false
    const load = loadOf(endpoint, freshMetrics(endpoint, staleAfterMs, now)) / endpoint.pool.spec.capacity
    const usual = state.ttft.usual(load, now)
    if (usual === null) {
      state.missing = false
      return false
    }
    const target = (): number => sloTtftMs * (state.missing ? saturation.release / saturation.enter : 1)
    state.missing = usual > target()
    return (state.ttft.predict(load, call.promptTokens * (1 - held), now) ?? 0) > target()
  }
}
