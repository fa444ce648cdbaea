import type { Random } from '../core/random.ts'
import { candidateCounts, costTable } from './cost-table.ts'
import type { Demand } from './demand.ts'
import { growDemand, peakOf } from './demand.ts'
import type { Market } from './market.ts'
import type { SensitivityBar } from './plan-result.ts'
import { resampleDays } from './resample.ts'
import type { Strategy } from './strategies.ts'

export interface SensitivityInput {
  readonly demand: Demand
  readonly market: Market
  /** Strategies for a market and a factor on the requests: prices that a strategy carries itself must follow them. */
  readonly strategies: (market: Market, requests: number) => readonly Strategy[]
  readonly breakEven: (market: Market, demand: Demand) => number
  /** Share by which a replica's throughput may be off. */
  readonly throughputError: number
  readonly growthSd: number
  readonly toMonth: number
  /** A fresh stream for each case, so that all see the same resamples; null = judge on the trace itself. */
  readonly random: (() => Random) | null
}

const MOST_COUNTS = 48
const ROUNDS = 60

/**
 * The tornado: one parameter at a time is moved to a low and a high value and everything is planned anew. `cheapest` is
 * the plan that would be recommended then, by the same rule (its cost on days that it was not fitted to), `monthlyUsd`
 * what it costs on the trace. Bars are sorted by how far they move the cost.
 */
export function sensitivity(input: SensitivityInput): SensitivityBar[] {
  const { market, throughputError: error, growthSd } = input
  const cases: { parameter: string; low: Case; high: Case }[] = [
    { parameter: 'dedicated price', low: priced(market, 0.8, 1, '-20 %'), high: priced(market, 1.2, 1, '+20 %') },
    { parameter: 'demand', low: grown(market, Math.exp(-growthSd)), high: grown(market, Math.exp(growthSd)) },
    {
      parameter: 'throughput of a replica',
      low: faster(market, 1 + error, `+${percent(error)}`),
      high: faster(market, 1 / (1 + error), `-${percent(1 - 1 / (1 + error))}`),
    },
  ]
  if (market.serverless !== null) {
    cases.push({ parameter: 'serverless price', low: priced(market, 1, 0.8, '-20 %'), high: priced(market, 1, 1.2, '+20 %') })
    cases.push({ parameter: 'cold start and idle window (k - 1)', low: overheads(market, 0.5, 'half'), high: overheads(market, 2, 'double') })
  }
  const bars = cases.map(({ parameter, low, high }) => ({ parameter, low: planned(input, low), high: planned(input, high) }))
  return bars.sort((a, b) => spread(b) - spread(a))
}

interface Case {
  readonly label: string
  readonly market: Market
  /** Factors on the replicas that the traffic needs and on its requests. */
  readonly replicas: number
  readonly requests: number
}

const spread = (bar: SensitivityBar): number => Math.abs(bar.high.monthlyUsd - bar.low.monthlyUsd)
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
const grown = (market: Market, factor: number): Case => ({ label: `x ${factor.toFixed(2)}`, market, replicas: factor, requests: factor })
const faster = (market: Market, factor: number, label: string): Case => ({ label, market, replicas: 1 / factor, requests: 1 })

function priced(market: Market, dedicated: number, serverless: number, label: string): Case {
  const moved = {
    ...market,
    basePerHour: market.basePerHour * dedicated,
    elasticPerHour: market.elasticPerHour * dedicated,
    serverless: market.serverless && { ...market.serverless, perSecond: market.serverless.perSecond * serverless },
  }
  return { label, market: moved, replicas: 1, requests: 1 }
}

/** Scales what is billed beyond useful work by `factor`. */
function overheads(market: Market, factor: number, label: string): Case {
  const { serverless } = market
  if (serverless === null) return { label, market, replicas: 1, requests: 1 }
  const { overflow } = serverless
  const { billed, throughputRatio = 1 } = overflow
  const useful = (replicas: number): number => replicas * throughputRatio
  const moved = {
    ...overflow,
    billed: (replicas: number) => useful(replicas) + (billed(replicas) - useful(replicas)) * factor,
    riseSeconds: overflow.riseSeconds * factor,
    fallSeconds: overflow.fallSeconds * factor,
  }
  return { label, market: { ...market, serverless: { ...serverless, overflow: moved } }, replicas: 1, requests: 1 }
}

function planned(input: SensitivityInput, { label, market, replicas, requests }: Case): SensitivityBar['low'] {
  const demand = growDemand(input.demand, replicas, requests)
  const table = costTable(demand, market, candidateCounts(peakOf(demand.replicas), MOST_COUNTS), [1], input.breakEven(market, demand))
  const strategies = input.strategies(market, requests)
  const everyDay = new Float64Array(table.days).fill(1)
  const monthly = strategies.map((strategy) => strategy.fit(table, everyDay)(everyDay, 0) * input.toMonth)
  const judged = input.random === null ? null : resampleDays(table, strategies, ROUNDS, input.random())
  let best = 0
  const cost = (i: number): number => (judged === null ? monthly[i]! : judged.meanUsdPerDay[strategies[i]!.id]!)
  for (let i = 1; i < strategies.length; i++) if (cost(i) < cost(best) * (1 - 1e-9)) best = i
  return { label, monthlyUsd: monthly[best]!, cheapest: strategies[best]!.id }
}
