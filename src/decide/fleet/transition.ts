import type { ServerlessCard } from '../../core/billing/rate-card.ts'
import { meanColdStart } from '../../core/billing/cold-start.ts'

/** Replica-seconds that a pool bills beyond its steady state for each replica that it grows or shrinks by. */
export interface TransitionSeconds {
  /** A mean cold start; 0 where it is not billed. */
  readonly riseSeconds: number
  /** The idle window. */
  readonly fallSeconds: number
  /** A mean cold start, billed or not: how long requests wait for the replica. */
  readonly startSeconds: number
}

/**
 * When the load moves from one bin to the next, the pool follows: each replica more costs a cold start, each replica
 * less is still up for an idle window. The keep-warm curve is about a load that stays, with the coming and going of
 * its own chance, so these come on top. Null = unknown counts as 0 here; the curve has refused such a card already.
 */
export function transitionSeconds({ coldStart, coldStartBilled, idleWindowSeconds }: Pick<ServerlessCard, 'coldStart' | 'coldStartBilled' | 'idleWindowSeconds'>): TransitionSeconds {
  const startSeconds = coldStart === null ? 0 : meanColdStart(coldStart)
  return { riseSeconds: coldStartBilled === false ? 0 : startSeconds, fallSeconds: idleWindowSeconds ?? 0, startSeconds }
}
