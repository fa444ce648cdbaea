import type { PoolSpec } from '../../core/policy/types.ts'
import type { PoolConfig } from '../config-types.ts'
import { upperRate } from './estimate.ts'

/**
 * A request of average size, for comparing what one more would cost in each pool: the mean of the Azure LLM inference
 * trace of 2023, conversations (19,366 calls: 1,155 tokens in, 211 out; Patel et al., Splitwise, ISCA 2024).
 */
const AVERAGE = { promptTokens: 1155, maxOutputTokens: 211 }

/** Behind the address of a serverless pool the platform starts replicas as the load asks: what is full there is the pool, at its cap. */
const ANY_NUMBER = 1_000_000

/** The pools as the policy sees them. */
export function poolSpecs(pools: readonly PoolConfig[]): PoolSpec[] {
  return pools.map((pool) => ({
    id: pool.id,
    kind: pool.kind,
    region: pool.region,
    models: Object.keys(pool.models),
    endpoints: pool.endpoints.map(({ id, canaryShare }) => ({ id, canaryShare })),
    capacity: pool.kind === 'serverless' ? (pool.maxInFlight ?? ANY_NUMBER) : pool.capacity,
    maxInFlight: pool.maxInFlight,
    marginalCost: marginalCost(pool),
    coldStartSeconds: pool.coldStartSeconds,
    alwaysWarm: pool.alwaysWarm,
  }))
}

/** Nano-USD. A dedicated pool is paid already; a replica that is paid while it works is shared by `capacity` calls. */
function marginalCost(pool: PoolConfig): number {
  if (pool.kind === 'dedicated') return 0
  const { call, input, output } = upperRate(pool)
  const whole = call + input * AVERAGE.promptTokens + output * AVERAGE.maxOutputTokens
  return pool.card.rule === 'tokens' ? whole : whole / Math.max(1, pool.capacity)
}
