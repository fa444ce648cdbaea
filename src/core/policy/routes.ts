import { eligiblePools } from './eligible.ts'
import type { NoRoute } from './eligible.ts'
import type { EndpointState, PoolState } from './endpoint-state.ts'
import type { PolicyCall, PoolSpec } from './types.ts'

/** Endpoints between which cost does not choose. */
export interface Tier {
  readonly pools: readonly PoolState[]
  readonly endpoints: readonly EndpointState[]
  readonly hasCanary: boolean
}

/** Where calls of one kind may go: the floor, then the overflow from cheap to dear. */
export interface Route {
  readonly id: number
  /** Null = no dedicated pool may serve it. */
  readonly floor: Tier | null
  readonly overflow: readonly Tier[]
}

/** Finds the route of a call. Routes are kept by the set of their pools, so there are never more than sets of pools. */
export class Routes {
  readonly #specs: readonly PoolSpec[]
  readonly #pools: ReadonlyMap<PoolSpec, PoolState>
  readonly #routes = new Map<string, Route>()
  /** By model, for calls without residency that are not realtime: the usual case. */
  readonly #usual: ReadonlyMap<string, Route>

  constructor(pools: readonly PoolState[]) {
    this.#specs = pools.map(({ spec }) => spec)
    this.#pools = new Map(pools.map((pool) => [pool.spec, pool]))
    this.#usual = new Map(this.#specs.flatMap(({ models }) => models).map((model) => [model, this.#route(this.#specs.filter(({ models }) => models.includes(model)))]))
  }

  find(call: PolicyCall): Route | NoRoute {
    if (call.residency === null && call.priority !== 'realtime') return this.#usual.get(call.model) ?? 'no-model'
    const pools = eligiblePools(this.#specs, call)
    return typeof pools === 'string' ? pools : this.#route(pools)
  }

  #route(specs: readonly PoolSpec[]): Route {
    const pools = specs.map((spec) => this.#pools.get(spec)!)
    const key = specs.map((spec) => this.#specs.indexOf(spec)).join()
    let route = this.#routes.get(key)
    if (route === undefined) {
      route = { id: this.#routes.size, floor: floorOf(pools), overflow: overflowOf(pools) }
      this.#routes.set(key, route)
    }
    return route
  }
}

function floorOf(pools: readonly PoolState[]): Tier | null {
  const floor = pools.filter(({ spec }) => spec.kind === 'dedicated')
  return floor.length === 0 ? null : tierOf(floor)
}

function overflowOf(pools: readonly PoolState[]): Tier[] {
  const overflow = pools.filter(({ spec }) => spec.kind !== 'dedicated')
  const costs = [...new Set(overflow.map(({ spec }) => spec.marginalCost))].sort((a, b) => a - b)
  return costs.map((cost) => tierOf(overflow.filter(({ spec }) => spec.marginalCost === cost)))
}

function tierOf(pools: readonly PoolState[]): Tier {
  const endpoints = pools.flatMap((pool) => pool.endpoints)
  return { pools, endpoints, hasCanary: endpoints.some(({ spec }) => spec.canaryShare !== null) }
}
