import type { DedicatedPool } from '../../measure/query/route.ts'
import type { PoolConfig } from '../../route/config-types.ts'

/** What a configuration rents by the hour: each endpoint of a dedicated pool is one replica. */
export function dedicatedPools(pools: readonly PoolConfig[]): DedicatedPool[] {
  return pools.flatMap(({ id, card, gpusPerReplica, endpoints }) => (card.rule === 'dedicated' ? [{ id, nanoUsdPerHour: String(card.perGpuHour * BigInt(gpusPerReplica)), replicas: endpoints.length }] : []))
}
