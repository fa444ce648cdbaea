/** What a serverless pool does at a steady Poisson load, from the levels of its occupancy. All rates are per second. */
export interface LevelLaw {
  /** Mean replicas that are up (busy or within their idle window). */
  readonly up: number
  /** Replicas started. */
  readonly starts: number
  /** The highest replica that is needed about once a day or more often. */
  readonly dailyPeak: number
}

const DAY = 86_400

/**
 * Replica k of a pool that packs its requests is needed while at least m = (k - 1) b + 1 of them are in service. With
 * ample replicas that number is Poisson with mean A = load x b (M/G/infinity, whatever the distribution of service
 * times), so level m is entered `arrival rate x P(m - 1)` times a second, and between two visits the replica is unused
 * for P(below m) / that rate on average. Taking the gaps as exponential, it stays up for min(gap, window) of each.
 *
 * Left out: requests that pile up during a cold start, and requests spread over more replicas than needed. It is within
 * some 10 % of the simulator unless cold starts are much longer than the window; it is used where a simulation of
 * several idle windows would take too long, scaled to the last points that were simulated. Only for
 * `take: most-recently-used`.
 */
export function levelLaw(load: number, concurrency: number, requestSeconds: number, idleWindowSeconds: number): LevelLaw {
  const inService = load * concurrency
  const arrivals = inService / requestSeconds
  const last = Math.ceil(inService + 12 * Math.sqrt(inService) + 40)
  let [up, starts, dailyPeak] = [0, 0, 0]
  let logProbability = -inService
  let below = 0
  for (let others = 0; others <= last; others++) {
    const probability = Math.exp(logProbability)
    below = Math.min(1, below + probability)
    logProbability += Math.log(inService / (others + 1))
    if (others % concurrency !== 0) continue
    const entered = arrivals * probability
    const gap = below / entered
    // Far below the mean the probability underflows: such a level is never left.
    if (!(gap < Number.POSITIVE_INFINITY)) {
      if (others < inService) up += 1
      continue
    }
    const lapse = Math.exp(-idleWindowSeconds / gap)
    up += 1 - below + entered * gap * (1 - lapse)
    starts += entered * lapse
    if (entered * DAY >= 1 || others < inService) dailyPeak = others / concurrency + 1
  }
  return { up, starts, dailyPeak }
}
