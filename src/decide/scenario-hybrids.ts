import type { Choice } from './choose-offers.ts'
import type { CostTable } from './cost-table.ts'
import { demandRange, levelFills } from './demand.ts'
import { elasticCounts } from './elastic.ts'
import type { PartialSpec } from './scenario.ts'
import type { ScenarioBounds } from './scenario-bounds.ts'
import type { OpsMonthly } from './strategies.ts'
import { bestElastic, bestSchedule, floorPlusTenCount } from './strategies.ts'
import { monthlyUsage } from './usage.ts'

const everyDay = (table: CostTable): Float64Array => new Float64Array(table.days).fill(1)

/** The optimum over fixed counts, and the guide's rule beside it. */
export function fixedHybrids({ replica: { demand }, market, count, costs, least }: Choice, bounds: ScenarioBounds): PartialSpec[] {
  const { floor } = demandRange(demand)
  const tenth = floorPlusTenCount(floor)
  const boundUsd = bounds.fixed(market.basePerHour, market.egressPerRequest?.dedicated ?? 0)
  const fixed = (id: string, title: string, base: number, why: string): PartialSpec => {
    return { id, title: `${title}: ${base} dedicated, serverless above`, family: 'hybrid', usage: monthlyUsage(demand, market, base, null), base, boundUsd, why: [why] }
  }
  const capped = `the ${costs.length - least} fixed counts from ${least} (below, the serverless cap rejects) to the peak`
  return [
    fixed('hybrid', 'Hybrid', count, `Best of ${least > 0 ? capped : `all ${costs.length} fixed counts, 0 to the peak`}.`),
    fixed('floor-plus-10', 'Floor + 10 %', tenth, `Floor of ${floor.toFixed(2)} replicas + 10 %, rounded up; the guide's rule, not an optimum.`),
  ]
}

/** One count for each hour of the day, all of them rented by the hour; a warning instead where rentals last longer, nothing under a day of traffic. */
export function scheduleHybrid(best: Choice, table: CostTable, bounds: ScenarioBounds, ops: OpsMonthly): { readonly spec?: PartialSpec; readonly warning?: string } {
  const { market, onDemand } = best
  const { demand } = best.replica
  if (demand.replicas.length * demand.binSeconds < 86400) return {}
  if (market.termSeconds > 3600)
    return { warning: `No daily schedule: its counts change by the hour, and a rental lasts ${(market.termSeconds / 3600).toFixed(1)} hours.` }
  const counts = Array.from(bestSchedule(table, everyDay(table), ops), (c) => table.counts[c]!)
  const base = Math.min(...counts)
  const rented = Int32Array.from(demand.hourOfDay, (hour) => counts[hour]! - base)
  return {
    spec: {
      id: 'hybrid-hour-of-day',
      title: `Hybrid on a daily schedule: ${base} to ${Math.max(...counts)} dedicated`,
      family: 'hybrid',
      usage: monthlyUsage(demand, market, base, rented),
      base,
      dedicated: onDemand,
      scheduled: true,
      hourOfDay: counts,
      boundUsd: bounds.schedule.monthlyUsd,
      why: ['24 counts fitted on this trace: trust its out-of-sample figure, not this one.'],
    },
  }
}

/** A base and the elastic rule on top; `share` says how much of each level's work the rentals serve, from level 1 on. */
export function elasticHybrid(best: Choice, table: CostTable, bounds: ScenarioBounds, breakEven: number): { readonly spec: PartialSpec; readonly share: Float64Array } {
  const { market } = best
  const { demand } = best.replica
  const base = table.counts[bestElastic(table, everyDay(table))]!
  const rented = elasticCounts(demand.replicas, demand.binSeconds, market, base, breakEven)
  const most = rented.reduce((top, count) => Math.max(top, count), 0)
  return {
    share: rentedShare(demand.replicas, base, rented),
    spec: {
      id: 'hybrid-elastic',
      title: `Hybrid, elastic: ${base} dedicated, up to ${most} by the hour, serverless above`,
      family: 'hybrid',
      usage: monthlyUsage(demand, market, base, rented),
      base,
      operatesDedicated: true,
      boundUsd: bounds.schedule.monthlyUsd,
      why: ['Rented by a rule that sees only the past, so this figure is already out of sample but for the base.'],
    },
  }
}

/** Of each level's work, the share that rented replicas serve. */
function rentedShare(replicas: Float64Array, base: number, rented: Int32Array): Float64Array {
  const share = new Float64Array(levelFills(replicas).length)
  const work = new Float64Array(share.length)
  for (const [t, value] of replicas.entries()) {
    const served = base + rented[t]!
    for (let level = 0; level < share.length && level < value; level++) {
      const fill = Math.min(1, value - level)
      work[level]! += fill
      if (level >= base && level < served) share[level]! += fill
    }
  }
  return share.map((served, level) => served / (work[level]! || 1))
}
