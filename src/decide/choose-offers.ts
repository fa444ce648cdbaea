import { SpillwayError } from '../core/errors.ts'
import { peakOf, wholeReplicas } from './demand.ts'
import type { Market } from './market.ts'
import { NO_OFFER_PER_HOUR, SECONDS_PER_MONTH } from './market.ts'
import { bestCount, overflowCosts, withRent } from './optimum.ts'
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
  /** Fewest dedicated replicas with which the serverless offer stays within its cap. */
  readonly least: number
  readonly count: number
  /** USD over the trace of that count, operations included. */
  readonly usd: number
}

/** Offers that may be recommended for a base: within the commitment limit, spot only if allowed. */
export function allowedBase(option: DedicatedOption, input: PlanInput): boolean {
  if (option.commitmentMonths !== null && option.commitmentMonths > input.constraints.commitmentMonths) return false
  return (option.spot === null || input.constraints.allowSpot) && option.tier !== 'decentralized'
}

export function cheapest<T>(options: readonly T[], price: (option: T) => number): T | null {
  return options.reduce<T | null>((best, option) => (best === null || price(option) < price(best) ? option : best), null)
}

/** USD an hour with what interruptions waste: each loses the time until a replacement serves, paid and useless. An unknown rate counts as none, and a gotcha says so. */
export function effectivePerHour({ perHour, spot, startupSeconds }: DedicatedOption): number {
  return perHour * (1 + ((spot?.interruptionsPerHour ?? 0) * (startupSeconds ?? 0)) / 3600)
}

/**
 * Tries every replica kind with each base that is allowed and each serverless offer, and keeps the cheapest fixed-count
 * plan. With no GPU offer at all but a tokens API, a choice without offers is made. Throws PLAN_INFEASIBLE where no
 * offer is left, PLAN_TOO_LARGE where a kind needs more replicas than can be scanned.
 */
export function chooseOffers(input: PlanInput): { best: Choice; all: readonly Choice[] } {
  const all: Choice[] = []
  for (const replica of input.replicas) {
    // The cheapest first: where the best plan owns nothing, all bases cost the same, and the cheapest is to be shown.
    const allowed = replica.dedicated.filter((option) => allowedBase(option, input)).sort((a, b) => effectivePerHour(a) - effectivePerHour(b))
    const hourly = cheapest(
      allowed.filter((option) => option.commitmentMonths === null),
      effectivePerHour,
    )
    const offers: readonly (ServerlessOption | null)[] = replica.serverless.length === 0 || input.constraints.realTime ? [null] : replica.serverless
    for (const serverless of offers) {
      if (allowed.length === 0 && serverless === null) continue
      const choice = cheapest(choicesFor(input, replica, allowed, hourly, serverless), ({ usd }) => usd)
      if (choice !== null) all.push(choice)
    }
  }
  const first = input.replicas[0]
  if (all.length === 0 && input.tokens.length > 0 && first !== undefined) {
    all.push({
      replica: first,
      dedicated: null,
      onDemand: null,
      serverless: null,
      market: marketOf(input, null, null, null),
      costs: new Float64Array(1),
      least: 0,
      count: 0,
      usd: 0,
    })
  }
  // Prices are compared over the trace, since a replica kind never changes its length. Plans that a cap breaks come last.
  const served = all.filter((choice) => choice.dedicated !== null || choice.least === 0)
  const best = cheapest(served.length > 0 ? served : all, (choice) => choice.usd)
  if (best === null)
    throw new SpillwayError(
      'PLAN_INFEASIBLE',
      'no offer is left that meets the constraints',
      'Loosen --residency, --gpu or --provider, or give own prices with --dedicated and --serverless',
    )
  return { best, all }
}

/** The best count for each allowed base over one scan of the demand, which does not depend on the dedicated price unless egress does. */
function choicesFor(
  input: PlanInput,
  replica: ReplicaOption,
  allowed: readonly DedicatedOption[],
  hourly: DedicatedOption | null,
  serverless: ServerlessOption | null,
): Choice[] {
  const { demand } = replica
  const opsPerTrace = ((input.ops.dedicatedMonthly - input.ops.serverlessMonthly) * demand.replicas.length * demand.binSeconds) / SECONDS_PER_MONTH
  const least = serverless === null ? 0 : leastCount(replica, serverless)
  const scans = new Map<number, Float64Array>()
  const bases: readonly (DedicatedOption | null)[] = allowed.length === 0 ? [null] : allowed
  return bases.map((dedicated) => {
    const market = marketOf(input, dedicated, hourly, serverless)
    const egress = market.egressPerRequest?.dedicated ?? 0
    const overflow = scans.get(egress) ?? overflowCosts(demand, market)
    scans.set(egress, overflow)
    const costs = withRent(demand, market, overflow)
    const count = dedicated === null ? 0 : bestCount(costs, opsPerTrace, least)
    return { replica, dedicated, onDemand: hourly, serverless, market, costs, least, count, usd: costs[count]! + (count > 0 ? opsPerTrace : 0) }
  })
}

/** A cap that rejects must hold the replicas that chance needs; one that queues must at least keep up with the work, or the queue only grows. */
function leastCount({ demand }: ReplicaOption, { overflow, replicaCap, atCap }: ServerlessOption): number {
  if (replicaCap === null) return 0
  const peak = peakOf(demand.replicas)
  const needed = (over: number): number => (atCap === 'reject' ? overflow.billed(over) : over * (overflow.throughputRatio ?? 1))
  let count = 0
  while (count < wholeReplicas(peak) && needed(peak - count) > replicaCap) count++
  return count
}

/** The prices of three offers as a market; null = no such offer. */
export function marketOf(input: PlanInput, base: DedicatedOption | null, hourly: DedicatedOption | null, serverless: ServerlessOption | null): Market {
  return {
    basePerHour: base === null ? NO_OFFER_PER_HOUR : effectivePerHour(base),
    elasticPerHour: hourly === null ? NO_OFFER_PER_HOUR : effectivePerHour(hourly),
    termSeconds: input.elastic.termSeconds,
    noticeSeconds: input.elastic.noticeSeconds,
    windowSeconds: input.elastic.windowSeconds,
    serverless: serverless && { perSecond: serverless.perSecond, overflow: serverless.overflow, replicaCap: serverless.replicaCap },
    opsMonthly: { dedicated: input.ops.dedicatedMonthly, serverless: input.ops.serverlessMonthly },
    ...egressOf(input, base, serverless),
  }
}

function egressOf({ egressGbPerRequest }: PlanInput, base: DedicatedOption | null, serverless: ServerlessOption | null): Pick<Market, 'egressPerRequest'> {
  if (egressGbPerRequest === null || egressGbPerRequest === 0) return {}
  return { egressPerRequest: { dedicated: egressGbPerRequest * (base?.egressPerGb ?? 0), serverless: egressGbPerRequest * (serverless?.egressPerGb ?? 0) } }
}
