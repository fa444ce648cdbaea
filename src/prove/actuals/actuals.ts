/** What a plan foresaw, as it was saved: US dollars and requests for a month of 730 hours. */
export interface Foreseen {
  readonly monthlyUsd: number
  readonly lowUsd: number | null
  readonly highUsd: number | null
  readonly dedicatedUsd: number
  readonly otherUsd: number
  readonly requestsPerMonth: number
}

/** What was metered in a window. */
export interface Metered {
  readonly hours: number
  readonly requests: number
  /** Rented replicas, all of the window. */
  readonly dedicatedUsd: number
  /** All calls elsewhere. */
  readonly otherUsd: number
}

export interface Actuals {
  readonly hours: number
  /** The plan's month, for as many hours. */
  readonly plannedUsd: number
  readonly plannedDedicatedUsd: number
  readonly plannedOtherUsd: number
  readonly meteredUsd: number
  readonly meteredDedicatedUsd: number
  readonly meteredOtherUsd: number
  /** Metered above planned, as a share of planned; null where nothing was planned. */
  readonly difference: number | null
  readonly plannedRequests: number
  readonly requests: number
  /** Seen over planned requests; null where none was planned. */
  readonly traffic: number | null
  /** What the plan would cost at the traffic that came, where its costs beside rented replicas went with the traffic: an estimate. */
  readonly plannedAtTrafficUsd: number
  /** Whether the metered cost of a month would lie within the plan's 80 % interval; null where the plan has none. */
  readonly within: boolean | null
}

export const HOURS_PER_MONTH = 730

/** Holds a plan against the meter. Both are of the same hours, under the plan's convention of a month of 730 hours. */
export function holdAgainst(plan: Foreseen, metered: Metered): Actuals {
  const part = metered.hours / HOURS_PER_MONTH
  const plannedUsd = plan.monthlyUsd * part
  const meteredUsd = metered.dedicatedUsd + metered.otherUsd
  const plannedRequests = plan.requestsPerMonth * part
  const traffic = plannedRequests > 0 ? metered.requests / plannedRequests : null
  const monthly = part > 0 ? meteredUsd / part : 0
  return {
    hours: metered.hours,
    plannedUsd,
    plannedDedicatedUsd: plan.dedicatedUsd * part,
    plannedOtherUsd: plan.otherUsd * part,
    meteredUsd,
    meteredDedicatedUsd: metered.dedicatedUsd,
    meteredOtherUsd: metered.otherUsd,
    difference: plannedUsd > 0 ? meteredUsd / plannedUsd - 1 : null,
    plannedRequests,
    requests: metered.requests,
    traffic,
    plannedAtTrafficUsd: plan.dedicatedUsd * part + plan.otherUsd * part * (traffic ?? 1),
    within: plan.lowUsd === null || plan.highUsd === null ? null : monthly >= plan.lowUsd && monthly <= plan.highUsd,
  }
}
