import type { Clock } from '../../core/clock.ts'
import type { PolicyEvent } from '../../core/policy/types.ts'
import type { PoolConfig } from '../config-types.ts'
import type { SendDummy } from './prewarm/dummy-request.ts'

export interface WakerDeps {
  readonly clock: Clock
  readonly sendDummy: SendDummy
  readonly emit: (event: PolicyEvent) => void
  readonly onFailure: (pool: string, message: string) => void
}

/**
 * Wakes a pool that has scaled to zero, for the calls that are held for it: one small request a pool at a time, however many
 * wait. Once it is answered the pool's endpoints are up. (Envoy AI Gateway's issue 2327 asks for this in place of a 503.)
 */
export function createWaker({ clock, sendDummy, emit, onFailure }: WakerDeps): (pool: PoolConfig) => Promise<void> {
  const waking = new Map<string, Promise<void>>()
  const wake = async (pool: PoolConfig): Promise<void> => {
    try {
      await sendDummy(pool)
      for (const { id } of pool.endpoints) emit({ type: 'health', pool: pool.id, endpoint: id, at: clock.now(), up: true })
    } catch (error) {
      onFailure(pool.id, error instanceof Error ? error.message : 'unknown')
    } finally {
      waking.delete(pool.id)
    }
  }
  return (pool) => {
    const running = waking.get(pool.id) ?? wake(pool)
    waking.set(pool.id, running)
    return running
  }
}
