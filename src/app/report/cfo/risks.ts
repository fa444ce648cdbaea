import type { PlanResult } from '../../../decide/plan-result.ts'
import { chosenOf } from '../../../decide/report/comparison.ts'
import { percent, usd } from '../../../decide/report/format.ts'

export interface Risk {
  readonly risk: string
  /** With its figure, where the plan has one. */
  readonly size: string
  readonly answer: string
}

/** What could go wrong with a plan, from its own figures. `priceDecline`: yearly fall of GPU prices that commitments are judged by. */
export function risksOf(result: PlanResult, priceDecline: number): Risk[] {
  const chosen = chosenOf(result)
  const risks: Risk[] = []
  if (chosen === undefined) return risks
  const { breakdown, replicas, runsOn } = chosen
  const owned = breakdown.dedicatedBusy + breakdown.dedicatedIdle
  if (replicas.base > 0) {
    risks.push({
      risk: 'Commitment against falling prices',
      size: `If GPU prices fall ${percent(priceDecline)} a year, a price fixed today for ${usd(owned)} a month is ${usd((owned * 12 * priceDecline) / 2)} too high over twelve months.`,
      answer: 'Commit only to replicas that are full nearly all the time, and for no longer than the discount pays.',
    })
  }
  if (replicas.serverlessMax > 0) {
    risks.push({ risk: 'Serverless capacity', size: `The peak needs ${replicas.serverlessMax} serverless replicas at once.`, answer: 'Ask the provider for its cap in writing; above it requests queue or are refused.' })
  }
  const { coldStartShare, coldStartSeconds } = chosen.latency
  if (coldStartShare !== null && coldStartShare > 0 && coldStartSeconds !== null) {
    risks.push({ risk: 'Cold starts', size: `${percent(coldStartShare)} of requests wait for a start: ${coldStartSeconds.p50.toFixed(0)} s in the median, ${coldStartSeconds.p99.toFixed(0)} s at the 99th percentile.`, answer: 'Pre-warm before known peaks; measure your own starts.' })
  }
  const spot = result.scenarios.find(({ id, monthlyUsd }) => id.includes('spot') && monthlyUsd !== null && monthlyUsd < (chosen.monthlyUsd ?? 0))
  if (spot !== undefined) risks.push({ risk: 'Spot capacity', size: `${spot.title} would cost ${usd(spot.monthlyUsd)} a month.`, answer: 'It can be reclaimed at any time; left out unless it was allowed.' })
  const providers = [...new Set(runsOn.map(({ offer }) => offer.split(/[\s-]/u)[0] ?? offer))]
  if (providers.length > 0) risks.push({ risk: 'Lock-in', size: `Runs on ${providers.join(', ')}.`, answer: 'An OpenAI-compatible gateway in front keeps the way to another provider a matter of configuration; keep one alternative tested.' })
  const demand = result.sensitivity.find(({ parameter }) => parameter === 'demand')
  if (demand !== undefined) risks.push({ risk: 'Traffic grows or shrinks', size: `${demand.low.label}: ${usd(demand.low.monthlyUsd)} a month; ${demand.high.label}: ${usd(demand.high.monthlyUsd)}.`, answer: 'Plan again each month; the elastic part follows by itself.' })
  return risks
}
