/**
 * The elastic floor: how many replicas to rent by the term (an hour, usually) on top of a committed base, decided from
 * what has been seen alone. Pure and deterministic: the planner runs it over a trace, the gateway over live demand.
 *
 * The rule is ski-rental per level: rent level l once its serverless spend over the recent past would have paid for
 * the rental, that is once its mean fill over the window reached the break-even; renew it while that holds.
 */
export interface ElasticRule {
  /** Replicas that are always there and never rented by this rule. */
  readonly base: number
  /** Mean fill of a level over the window from which renting it pays: dedicated price / effective serverless price. */
  readonly breakEven: number
  /** Shortest rental, in ticks; a rental is renewed or returned when its term ends. */
  readonly termTicks: number
  /** Ticks from the order to a replica that serves. Billing starts when it serves. */
  readonly noticeTicks: number
  /** How far back the rule looks, in ticks. */
  readonly windowTicks: number
  /** Most replicas that it may rent. */
  readonly limit: number
}

export interface ElasticFloor {
  /**
   * Advances one tick: `demand` is the demand seen in the tick that has just passed (replicas; undefined before the
   * first). Returns how many rented replicas serve during the coming tick.
   */
  readonly step: (demand: number | undefined) => number
}

/** A fresh instance of the rule. Cost of a step: O(window) in the usual case, O(window x change in level) at jumps. */
export function elasticFloor(rule: ElasticRule): ElasticFloor {
  const { base, breakEven, termTicks, noticeTicks, windowTicks, limit } = rule
  const recent = new Float64Array(windowTicks)
  let seen = 0
  let tick = 0
  let level = base
  // ending[i] = rentals whose term ends at tick i, a ring over the longest time that a rental can be ahead.
  const span = termTicks + noticeTicks + 1
  const ending = new Int32Array(span)
  const starting = new Int32Array(span)
  let serving = 0
  let ordered = 0

  /** The highest level, at least the base, whose mean fill over the window reaches the break-even. */
  const wanted = (): number => {
    const length = Math.min(seen, windowTicks)
    if (length === 0) return base
    const pays = (l: number): boolean => {
      let sum = 0
      for (let i = 0; i < length; i++) {
        const fill = recent[i]! - (l - 1)
        sum += fill <= 0 ? 0 : fill >= 1 ? 1 : fill
      }
      return sum >= breakEven * length
    }
    if (level < base) level = base
    while (level > base && !pays(level)) level--
    while (level - base < limit && pays(level + 1)) level++
    return level
  }

  return {
    step(demand) {
      if (demand !== undefined) {
        recent[seen % windowTicks] = demand
        seen++
      }
      const slot = tick % span
      const ended = ending[slot]!
      ending[slot] = 0
      serving -= ended
      const target = wanted() - base
      const started = starting[slot]!
      starting[slot] = 0
      serving += started
      ordered -= started
      // Rentals that end now are renewed at once, without notice, while they pay.
      const renew = Math.max(0, Math.min(ended, target - serving - ordered))
      serving += renew
      ending[(tick + termTicks) % span]! += renew
      const missing = target - serving - ordered
      if (missing > 0) {
        if (noticeTicks === 0) serving += missing
        else {
          ordered += missing
          starting[(tick + noticeTicks) % span]! += missing
        }
        ending[(tick + noticeTicks + termTicks) % span]! += missing
      }
      tick++
      return serving
    },
  }
}
