import type { Choice } from './choose-offers.ts'
import { allowedBase, effectivePerHour, marketOf } from './choose-offers.ts'
import { peakOf, wholeReplicas } from './demand.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { bestCount, overflowCosts, withRent } from './optimum.ts'
import type { DedicatedOption, PlanInput } from './plan-input.ts'
import { queuedShare } from './queueing.ts'
import type { PartialSpec, ScenarioSpec } from './scenario.ts'
import type { ScenarioBounds } from './scenario-bounds.ts'
import type { OpsMonthly } from './strategies.ts'
import { monthlyUsage } from './usage.ts'

/** All traffic on replicas of one offer that run all the time: the peak, and the headroom that was asked for. */
export function allDedicatedScenario(input: PlanInput, best: Choice, bounds: ScenarioBounds, option: DedicatedOption): PartialSpec {
  const { demand, slots } = best.replica
  const count = wholeReplicas(peakOf(demand.replicas) * (1 + input.headroom))
  const market = marketOf(input, option, best.onDemand, null)
  return {
    id: option.id === best.dedicated?.id ? 'all-dedicated' : `all-dedicated@${option.id}`,
    title: `All-dedicated: ${count} ${option.title}`,
    family: 'dedicated',
    usage: monthlyUsage(demand, market, count, null),
    base: count,
    dedicated: option,
    serverless: null,
    egressPerRequest: market.egressPerRequest,
    boundUsd: bounds.allDedicated(market.basePerHour, market.egressPerRequest?.dedicated ?? 0),
    queuedShare: slots === null ? null : queuedShare(demand, count, slots),
  }
}

/** All-dedicated and the hybrid for each other way to pay for the replica: commitments, spot, kept active. */
export function otherDedicatedScenarios(input: PlanInput, best: Choice, bounds: ScenarioBounds, ops: OpsMonthly): PartialSpec[] {
  const { replica, serverless, least } = best
  const { demand } = replica
  const opsPerTrace = ((ops.dedicated - ops.serverless) * demand.replicas.length * demand.binSeconds) / SECONDS_PER_MONTH
  // The scan does not depend on the rent, so offers with the same egress price share it.
  const scans = new Map<number, Float64Array>()
  const hybridOn = (option: DedicatedOption, refusal: Partial<ScenarioSpec>): PartialSpec => {
    const market = marketOf(input, option, best.onDemand, serverless)
    const egress = market.egressPerRequest?.dedicated ?? 0
    const overflow = scans.get(egress) ?? overflowCosts(demand, market)
    scans.set(egress, overflow)
    const count = bestCount(withRent(demand, market, overflow), opsPerTrace, least)
    return {
      id: `hybrid@${option.id}`,
      title: `Hybrid: ${count} ${option.title}, serverless above`,
      family: 'hybrid',
      usage: monthlyUsage(demand, market, count, null),
      base: count,
      dedicated: option,
      egressPerRequest: market.egressPerRequest,
      boundUsd: bounds.fixed(effectivePerHour(option), egress),
      ...(count === 0 ? { notConsidered: 'At this price no replica is worth owning: the same as all-serverless.' } : {}),
      ...refusal,
    }
  }
  return replica.dedicated.flatMap((option) => {
    if (option.id === best.dedicated?.id || option.tier === 'on-demand') return []
    const reason = notAllowed(option, input)
    const refusal = reason === null ? {} : { notConsidered: reason }
    const owned = { ...allDedicatedScenario(input, best, bounds, option), ...refusal }
    return serverless === null ? [owned] : [owned, hybridOn(option, refusal)]
  })
}

/** Why an offer may not be recommended, with the way to allow it; null = it may. */
function notAllowed(option: DedicatedOption, input: PlanInput): string | null {
  if (allowedBase(option, input)) return null
  if (option.tier === 'decentralized') return 'A decentralized network states no availability: name the offer with --dedicated to plan on it.'
  const months = option.commitmentMonths
  if (months !== null && months > input.constraints.commitmentMonths) return `Needs a commitment of ${months} months: allow it with --commit.`
  return 'Spot capacity can be reclaimed at any time: allow it with --allow-spot.'
}
