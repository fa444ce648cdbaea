import { requirePositive } from '../core/break-even.ts'
import { SpillwayError } from '../core/errors.ts'
import type { PlanInput } from './plan-input.ts'

const MOST_RESAMPLES = 100_000
/** At 2, one draw in twenty is fifty times the traffic. */
const MOST_GROWTH_SD = 2

/**
 * Refuses an input that would make a figure meaningless: no bins, a demand that is no number, a price that is not above
 * zero. Throws TRAFFIC_EMPTY, NUMBER_INVALID or PLAN_PRICE_INVALID.
 */
export function checkPlanInput(input: PlanInput): void {
  for (const { demand, dedicated, serverless, throughputError } of input.replicas) {
    if (demand.replicas.length === 0) throw new SpillwayError('TRAFFIC_EMPTY', 'the traffic has no bins', 'Give a file with at least one request')
    for (const [t, value] of demand.replicas.entries()) {
      if (!(value >= 0 && Number.isFinite(value))) throw invalid(`the demand of bin ${t + 1} is ${value} replicas`, 'Check the capacity of a replica and the traffic')
      if (!(demand.requests[t]! >= 0 && Number.isFinite(demand.requests[t]))) throw invalid(`the requests of bin ${t + 1} are ${demand.requests[t]}`, 'Check the traffic')
    }
    for (const { title, perHour, egressPerGb } of dedicated) {
      requirePositive(`hourly price of ${title}`, perHour)
      requireFrom0(`egress price of ${title}`, egressPerGb ?? 0)
    }
    for (const { title, perSecond, egressPerGb } of serverless) {
      requirePositive(`price a second of ${title}`, perSecond)
      requireFrom0(`egress price of ${title}`, egressPerGb ?? 0)
    }
    if (!(throughputError >= 0 && Number.isFinite(throughputError))) throw invalid(`the throughput error is ${throughputError}`, 'Give a share of 0 or more')
  }
  for (const { title, usdByDay } of input.tokens) for (const usd of usdByDay) requireFrom0(`daily cost of ${title}`, usd)
  requireFrom0('operating cost of dedicated replicas', input.ops.dedicatedMonthly)
  requireFrom0('operating cost of serverless', input.ops.serverlessMonthly)
  requireFrom0('egress per request', input.egressGbPerRequest ?? 0)
  if (!(input.growthSd >= 0 && input.growthSd <= MOST_GROWTH_SD)) throw invalid(`the growth uncertainty is ${input.growthSd}`, `Give a standard deviation of ln(demand) from 0 to ${MOST_GROWTH_SD}`)
  for (const [name, value] of [
    ['headroom', input.headroom],
    ['rental notice', input.elastic.noticeSeconds],
  ] as const) {
    if (!(value >= 0 && Number.isFinite(value))) throw invalid(`the ${name} is ${value}`, 'Give a number of 0 or more')
  }
  for (const [name, value] of [
    ['rental term', input.elastic.termSeconds],
    ['window of the elastic rule', input.elastic.windowSeconds],
  ] as const) {
    if (!(value > 0 && Number.isFinite(value))) throw invalid(`the ${name} is ${value} seconds`, 'Give a duration above zero')
  }
  if (!(Number.isInteger(input.resamples) && input.resamples >= 0 && input.resamples <= MOST_RESAMPLES))
    throw invalid(`the number of resamples is ${input.resamples}`, `Give a whole number from 0 to ${MOST_RESAMPLES}`)
}

function requireFrom0(name: string, usd: number): void {
  if (!(usd >= 0 && Number.isFinite(usd))) throw new SpillwayError('PLAN_PRICE_INVALID', `the ${name} is ${usd}`, 'Give a finite number of 0 or more')
}

const invalid = (message: string, mend: string): SpillwayError => new SpillwayError('NUMBER_INVALID', message, mend)
