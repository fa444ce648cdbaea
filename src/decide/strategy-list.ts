import type { Choice } from './choose-offers.ts'
import { effectivePerHour } from './choose-offers.ts'
import type { Market } from './market.ts'
import type { PlanInput } from './plan-input.ts'
import type { OpsMonthly, Strategy } from './strategies.ts'
import { allDedicated, allServerless, floorPlusTen, hybrid, hybridElastic, hybridHourOfDay, perDay } from './strategies.ts'
import { cheapestTokens } from './tokens-offers.ts'

/**
 * The strategies behind the scenarios, the simpler first: ties count for the simpler. `market` is the choice's own or one
 * whose prices were moved (the tornado): the other dedicated offers move in step. `requests` multiplies what is paid by
 * the request.
 */
export function strategiesFor(input: PlanInput, best: Choice, market: Market, requests = 1): Strategy[] {
  const ops: OpsMonthly = { dedicated: market.opsMonthly.dedicated, serverless: market.opsMonthly.serverless }
  const step = market.basePerHour / best.market.basePerHour
  const egress = (perGb: number | null): number => (input.egressGbPerRequest ?? 0) * (perGb ?? 0)
  const own = egress(best.dedicated?.egressPerGb ?? null)
  const tokens = cheapestTokens(input.tokens)
  const others = best.replica.dedicated.filter(({ id }) => id !== best.dedicated?.id)
  return [
    allServerless('all-serverless', ops),
    allDedicated('all-dedicated', { perHour: market.basePerHour, egressPerRequest: own }, ops, input.headroom),
    ...(tokens === null ? [] : [perDay('tokens-api', 'tokens', tokens.usdByDay, requests)]),
    hybrid('hybrid', ops, undefined, best.least),
    floorPlusTen('floor-plus-10', ops),
    hybridHourOfDay('hybrid-hour-of-day', ops),
    hybridElastic('hybrid-elastic', ops),
    ...others.flatMap((option) => {
      const [perHour, egressPerRequest] = [effectivePerHour(option) * step, egress(option.egressPerGb)]
      const change = { rebate: market.basePerHour - perHour, egressPerRequest: egressPerRequest - own }
      return [allDedicated(`all-dedicated@${option.id}`, { perHour, egressPerRequest }, ops, input.headroom), hybrid(`hybrid@${option.id}`, ops, change, best.least)]
    }),
  ]
}
