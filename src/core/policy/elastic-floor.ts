import { payingLevel } from './paying-level.ts'
import { rentals } from './rentals.ts'

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

/** A fresh instance of the rule. */
export function elasticFloor(rule: ElasticRule): ElasticFloor {
  const { base, limit } = rule
  const paying = payingLevel(rule.windowTicks, rule.breakEven, base + limit)
  const rented = rentals(rule.termTicks, rule.noticeTicks)
  return {
    step(demand) {
      if (demand !== undefined) paying.see(demand)
      return rented.step(Math.max(0, paying.level() - base))
    },
  }
}
