/**
 * Three choices of a serverless platform that its price list does not state and that move the bill by up to four
 * times. 600 requests/h of 2 s, 20 s cold start, one request a replica, Poisson: billed / useful seconds at idle
 * windows of 5 / 60 / 300 s are 7.8 / 6.9 / 9.1 under DEFAULT_RULES; with `take: 'least-recently-used'` a window of
 * 300 s gives 17 over one day and more over a longer time, since the fleet then never shrinks.
 */
export interface FleetRules {
  /** Which of the replicas with a free slot takes a request: the one that took one last, or the one that has waited longest. */
  readonly take: 'most-recently-used' | 'least-recently-used'
  /**
   * When a request that finds no free slot starts a replica. `always`: unless a slot on a replica that is already
   * starting is left for it. `when-queue-exceeds`: only if more than `queueLimit` requests wait beyond such slots, or
   * nothing is up that could ever serve it.
   */
  readonly start: 'always' | 'when-queue-exceeds'
  /** Used by `when-queue-exceeds`. */
  readonly queueLimit: number
  /** Who gets a replica that comes up: the request that waits longest (which may have been served meanwhile), or the one that started it. */
  readonly owner: 'first-free' | 'starter'
}

/** One central queue that any free slot serves, packed onto as few replicas as possible. */
export const DEFAULT_RULES: FleetRules = { take: 'most-recently-used', start: 'always', queueLimit: 0, owner: 'first-free' }
