import type { LivePool } from '../../api/live.ts'

export interface PoolState {
  readonly name: 'serving' | 'full' | 'asleep' | 'down' | 'degraded'
  readonly words: string
}

/** One word for a pool, of what is so of its endpoints. */
export function poolState({ kind, saturated, endpoints }: Pick<LivePool, 'kind' | 'saturated' | 'endpoints'>): PoolState {
  const able = endpoints.filter(({ up, breaker }) => up && breaker !== 'open').length
  if (able === 0 && kind === 'serverless' && endpoints.every(({ breaker }) => breaker !== 'open')) return { name: 'asleep', words: 'asleep: the next spill wakes it' }
  if (able === 0) return { name: 'down', words: 'down: no endpoint takes calls' }
  if (able < endpoints.length) return { name: 'degraded', words: `${able} of ${endpoints.length} endpoints take calls` }
  return saturated ? { name: 'full', words: 'full: further calls spill or wait' } : { name: 'serving', words: 'takes calls' }
}
