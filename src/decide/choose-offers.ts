import { SpillwayError } from '../core/errors.ts'
import { bestCount, fixedCosts } from './optimum.ts'
import type { Market } from './market.ts'
import type { DedicatedOption, PlanInput, ReplicaOption, ServerlessOption } from './plan-input.ts'

/** The replica kind and the offers that the plan is built on, with the fixed-count optimum over them. */
export interface Choice {
  readonly replica: ReplicaOption
  readonly dedicated: DedicatedOption | null
  /** Hourly rental: the cheapest that needs no commitment. */
  readonly onDemand: DedicatedOption | null
  readonly serverless: ServerlessOption | null
  readonly market: Market
  /** USD over the trace by fixed count, operations not included. */
  readonly costs: Float64Array
  readonly count: number
  readonly usd: number
}

/** A price so high that nothing is ever rented at it, where no dedicated offer exists. */
const NO_OFFER_PER_HOUR = 1e9

/** Offers that may be recommended for a base: within the commitment limit, spot only if allowed. */
export function allowedBase(option: DedicatedOption, input: PlanInput): boolean {
  if (option.commitmentMonths !== null && option.commitmentMonths > input.constraints.commitmentMonths) return false
  return (option.spot === null || input.constraints.allowSpot) && option.tier !== 'decentralized'
}

export function cheapest<T>(options: readonly T[], price: (option: T) => number): T | null {
  return options.reduce<T | null>((best, option) => (best === null || price(option) < price(best) ? option : best), null)
}

/**
 * Tries every replica kind with its cheapest base and each serverless offer, and keeps the cheapest fixed-count plan.
 * Throws PLAN_INFEASIBLE where no offer is left.
 */
export function chooseOffers(input: PlanInput): { best: Choice; all: readonly Choice[] } {
  const all: Choice[] = []
  for (const replica of input.replicas) {
    const hourly = cheapest(replica.dedicated.filter((option) => option.commitmentMonths === null && allowedBase(option, input)), (option) => option.perHour)
    const base = cheapest(replica.dedicated.filter((option) => allowedBase(option, input)), (option) => option.perHour)
    const seconds = replica.demand.replicas.length * replica.demand.binSeconds
    const offers: readonly (ServerlessOption | null)[] = replica.serverless.length === 0 || input.constraints.realTime ? [null] : replica.serverless
    if (base === null && offers[0] === null) continue
    for (const serverless of offers) {
      const market = marketOf(input, base, hourly, serverless)
      const costs = fixedCosts(replica.demand, market)
      const opsPerTrace = ((input.ops.dedicatedMonthly - input.ops.serverlessMonthly) * seconds) / (730 * 3600)
      const count = base === null ? 0 : bestCount(costs, opsPerTrace)
      all.push({ replica, dedicated: base, onDemand: hourly, serverless, market, costs, count, usd: costs[count]! + (count > 0 ? opsPerTrace : 0) })
    }
  }
  // Months of traffic are compared as a cost a second, since a replica kind never changes the length of the trace.
  const best = cheapest(all, (choice) => choice.usd)
  if (best === null) throw new SpillwayError('PLAN_INFEASIBLE', 'no offer is left that meets the constraints', 'Loosen --residency, --gpu or --provider, or give own prices with --dedicated and --serverless')
  return { best, all }
}

export function marketOf(input: PlanInput, base: DedicatedOption | null, hourly: DedicatedOption | null, serverless: ServerlessOption | null): Market {
  return {
    basePerHour: base?.perHour ?? NO_OFFER_PER_HOUR,
    elasticPerHour: hourly?.perHour ?? NO_OFFER_PER_HOUR,
    termSeconds: input.elastic.termSeconds,
    noticeSeconds: input.elastic.noticeSeconds,
    windowSeconds: input.elastic.windowSeconds,
    serverless: serverless && { perSecond: serverless.perSecond, overflow: serverless.overflow, replicaCap: serverless.replicaCap },
    opsMonthly: { dedicated: input.ops.dedicatedMonthly, serverless: input.ops.serverlessMonthly },
  }
}
