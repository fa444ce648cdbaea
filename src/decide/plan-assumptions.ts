import type { Choice } from './choose-offers.ts'
import { HOURS_PER_MONTH } from './market.ts'
import type { PlanInput } from './plan-input.ts'
import type { Assumption } from './plan-result.ts'

/** Every number that the plan stands on, with where it comes from and when it was true. */
export function planAssumptions(input: PlanInput, best: Choice, all: readonly Choice[], k: number): Assumption[] {
  const own = (name: string, value: Assumption['value'], unit: string, why: string): Assumption => ({
    name,
    value,
    unit,
    source: `Spillway default: ${why}`,
    asOf: input.asOf,
  })
  const { dedicated, onDemand, serverless, replica, market } = best
  const list: Assumption[] = []
  if (dedicated !== null)
    list.push({
      name: `dedicated price (${dedicated.title})`,
      value: dedicated.perHour,
      unit: `USD/h per replica of ${replica.gpusPerReplica} GPU`,
      source: dedicated.source,
      asOf: dedicated.asOf,
    })
  if (onDemand !== null && onDemand.id !== dedicated?.id)
    list.push({ name: `hourly price (${onDemand.title})`, value: onDemand.perHour, unit: 'USD/h per replica', source: onDemand.source, asOf: onDemand.asOf })
  if (serverless !== null) {
    list.push({
      name: `serverless price (${serverless.title})`,
      value: serverless.perSecond,
      unit: 'USD/s per replica',
      source: serverless.source,
      asOf: serverless.asOf,
    })
    if (input.bare)
      list.push(own('serverless overhead', 0, 'seconds', 'bare prices were asked for (--linear-overflow): no cold start, window, rounding, egress or operations'))
    else list.push(own('k, billed / useful serverless seconds', Number(k.toFixed(4)), 'ratio', 'simulated with this offer and this traffic (docs/planning.md)'))
  }
  list.push(...otherPrices(input, best, all), ...replica.assumptions, ...input.assumptions)
  list.push(
    own('month', HOURS_PER_MONTH, 'hours', 'the trace is taken as a typical period'),
    own('growth uncertainty', input.growthSd, 'standard deviation of ln(demand)', 'change with --growth-sd'),
    own(
      'elastic floor',
      `${market.termSeconds / 60} min terms, ${market.noticeSeconds / 60} min notice, looks back ${market.windowSeconds / 60} min`,
      'rule',
      'change with --rental-term, --rental-notice',
    ),
    { name: 'operations', value: input.ops.dedicatedMonthly, unit: 'USD/month where dedicated replicas run', source: input.ops.source, asOf: input.asOf },
    own('price decline', input.priceDecline, 'share a year', 'judges commitments only; change with --price-decline'),
  )
  return list
}

/** Prices of the offers that are shown for comparison. */
function otherPrices(input: PlanInput, { replica, dedicated, onDemand, serverless }: Choice, all: readonly Choice[]): Assumption[] {
  const rented = replica.dedicated.filter(({ id, tier }) => id !== dedicated?.id && id !== onDemand?.id && tier !== 'on-demand')
  const called = new Map(
    all.flatMap((choice) => (choice.serverless === null || choice.serverless === serverless ? [] : [[choice.serverless.id, choice.serverless] as const])),
  )
  called.delete(serverless?.id ?? '')
  return [
    ...rented.map(({ title, perHour, source, asOf }) => ({ name: `compared price (${title})`, value: perHour, unit: 'USD/h per replica', source, asOf })),
    ...Array.from(called.values(), ({ title, perSecond, source, asOf }) => ({
      name: `compared price (${title})`,
      value: perSecond,
      unit: 'USD/s per replica',
      source,
      asOf,
    })),
    ...input.tokens.map(({ title, usdByDay, source, asOf }) => ({
      name: `tokens bill (${title})`,
      value: Number(usdByDay.reduce((sum, usd) => sum + usd, 0).toFixed(6)),
      unit: 'USD over the trace',
      source,
      asOf,
    })),
  ]
}
