import type { Clock } from '../../core/clock.ts'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { utc } from '../../prove/leaf/call-leaf.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'
import type { ActRecord } from '../../prove/sequence/journal-leaves.ts'

const EVERY_MS = 1000

/** Which circuit breakers have opened or closed since the last look; half-open ones still count as open. */
export class BreakerWatch {
  readonly #open = new Map<string, boolean>()

  look({ pools }: PolicySnapshot, now: number): AdminLeaf[] {
    return pools.flatMap(({ id: pool, endpoints }) =>
      endpoints.flatMap(({ id: endpoint, breaker }): AdminLeaf[] => {
        const place = JSON.stringify([pool, endpoint])
        const open = breaker !== 'closed'
        if (open === (this.#open.get(place) ?? false)) return []
        this.#open.set(place, open)
        return [{ leaf: 'breaker', v: 1, at: utc(now), actor: null, pool: pool.slice(0, 256), endpoint: endpoint.slice(0, 256), state: open ? 'open' : 'closed' }]
      }),
    )
  }
}

/** Looks once a second: one that opens and closes between two looks is in the leaves of the calls alone. Gives what ends it. */
export function startBreakerActs(snapshot: () => PolicySnapshot, clock: Clock, append: (record: ActRecord) => void): () => void {
  const watch = new BreakerWatch()
  const timer = setInterval(() => {
    for (const leaf of watch.look(snapshot(), clock.now())) append({ kind: 'act', schemaVersion: 1, leaf })
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
