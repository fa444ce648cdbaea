import { binCosts } from './bin-costs.ts'
import { fixedBound, leastServerless } from './bounds.ts'
import type { Choice } from './choose-offers.ts'
import { effectivePerHour } from './choose-offers.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import { bestMix, linearOverflowUsd, MOST_COMBINATIONS } from './multi-gpu.ts'
import type { ReplicaOption } from './plan-input.ts'
import type { PartialSpec } from './scenario.ts'
import type { OpsMonthly } from './strategies.ts'
import { monthlyUsage } from './usage.ts'

/** Kinds of replica that are mixed at most, the cheapest for their work first. */
const MOST_KINDS = 3

/**
 * The hybrid over several kinds of replica, where more than one was given; overflow goes to the plan's serverless
 * offer. A kind's work is counted in the plan's replicas by the ratio of their total work. Null where there is nothing
 * to mix; a warning where the search was refused or narrowed.
 */
export function mixScenario(best: Choice, all: readonly Choice[], ops: OpsMonthly): { readonly spec?: PartialSpec; readonly warning?: string } | null {
  const { replica, serverless, market } = best
  const { demand } = replica
  const work = total(demand.replicas)
  if (serverless === null || work === 0) return null
  const choices = [...new Map(all.filter(({ dedicated }) => dedicated !== null).map((choice) => [choice.replica, choice])).values()]
  const kinds = choices
    .map(({ replica: kind, dedicated }) => ({ kind, offer: dedicated!, gpu: nameOf(kind), perHour: effectivePerHour(dedicated!), capacity: work / total(kind.demand.replicas) }))
    .sort((a, b) => a.perHour / a.capacity - b.perHour / b.capacity)
  const mixed = kinds.slice(0, MOST_KINDS)
  if (mixed.length < 2) return null
  const least = leastServerless(demand, market.serverless!)
  const free = { ...market, basePerHour: 0 }
  const usd = new Float64Array(demand.replicas.length)
  const toMonth = SECONDS_PER_MONTH / (demand.replicas.length * demand.binSeconds)
  const mix = bestMix(
    demand,
    mixed,
    (capacity) => total(binCosts(demand, free, capacity, null, usd)),
    linearOverflowUsd(demand, least),
    (ops.dedicated - ops.serverless) / toMonth,
  )
  if (mix === null) return { warning: `Mixes of ${mixed.length} kinds of GPU were not searched: more than ${MOST_COMBINATIONS.toLocaleString('en-US')} combinations.` }
  const left = kinds.slice(MOST_KINDS).map(({ gpu }) => gpu)
  const warning =
    left.length === 0 ? {} : { warning: `Mixes were searched over the ${MOST_KINDS} kinds of GPU that are cheapest for their work; left out: ${left.join(', ')}.` }
  const owned = mix.counts.reduce((sum, count) => sum + count, 0)
  const capacity = mixed.reduce((sum, kind, i) => sum + mix.counts[i]! * kind.capacity, 0)
  const rentPerHour = mixed.reduce((sum, kind, i) => sum + mix.counts[i]! * kind.perHour, 0)
  const byGpu = Object.fromEntries(mixed.map(({ gpu }, i) => [gpu, mix.counts[i]!] as const).filter(([, count]) => count > 0))
  const named =
    Object.entries(byGpu)
      .map(([gpu, count]) => `${count} x ${gpu}`)
      .join(' + ') || 'none owned'
  const egress = market.egressPerRequest ?? { dedicated: 0, serverless: 0 }
  const boundUsd =
    (fixedBound(demand, Math.min(...mixed.map((kind) => kind.perHour / kind.capacity)), least) + total(demand.requests) * Math.min(egress.dedicated, egress.serverless)) *
      toMonth +
    Math.min(ops.dedicated, ops.serverless)
  return {
    ...warning,
    spec: {
      id: 'hybrid-multi-gpu',
      title: `Hybrid of several kinds: ${named}, serverless above`,
      family: 'hybrid',
      usage: monthlyUsage(demand, market, capacity, null),
      base: owned,
      // The losses of spot replicas are in the price, since the kinds may differ in them.
      basePerHour: owned === 0 ? 0 : rentPerHour / owned,
      dedicated: null,
      rented: null,
      byGpu,
      mixed: mixed.filter((_, i) => mix.counts[i]! > 0).map(({ kind, offer }) => ({ role: 'base', offer: offer.id, gpu: kind.gpu, gpusPerReplica: kind.gpusPerReplica, usd: offer.perHour, per: 'hour', asOf: offer.asOf })),
      boundUsd,
      notConsidered:
        Object.keys(byGpu).length < 2 ? 'The best mix is a single kind of replica.' : 'A second kind of GPU doubles images and benchmarks: shown for comparison.',
    },
  }
}

const nameOf = ({ gpu, gpusPerReplica }: ReplicaOption): string => `${gpu ?? 'replica'}${gpusPerReplica === 1 ? '' : ` x${gpusPerReplica}`}`

function total(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
