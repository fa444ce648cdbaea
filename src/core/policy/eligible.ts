import type { PolicyCall, PoolSpec, ReasonCode } from './types.ts'

/**
 * A region lies within a residency if it is that or a part of it by its own name: `eu` holds `eu` and `eu-central-1`, not
 * `europe-west1` or `eureka`. A pool without a stated region lies nowhere.
 */
export function isWithin(region: string | null, residency: string): boolean {
  if (region === null || residency === '') return false
  const [inner, outer] = [region.toLowerCase(), residency.toLowerCase()]
  return inner === outer || inner.startsWith(`${outer}-`)
}

/** Why no pool may serve a call at all. */
export type NoRoute = Extract<ReasonCode, 'no-model' | 'no-residency' | 'no-realtime'>

/** The pools that may serve a call at all, in the order given, or why none may. Load and health do not come into it. */
export function eligiblePools<T extends PoolSpec>(pools: readonly T[], call: Pick<PolicyCall, 'model' | 'residency' | 'priority'>): readonly T[] | NoRoute {
  const { model, residency, priority } = call
  const serving = pools.filter(({ models }) => models.includes(model))
  if (serving.length === 0) return 'no-model'
  const inside = residency === null ? serving : serving.filter(({ region }) => isWithin(region, residency))
  if (inside.length === 0) return 'no-residency'
  const warm = priority === 'realtime' ? inside.filter(({ alwaysWarm }) => alwaysWarm) : inside
  return warm.length === 0 ? 'no-realtime' : warm
}
