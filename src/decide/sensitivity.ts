import { candidateCounts, costTable } from './cost-table.ts'
import type { Demand } from './demand.ts'
import type { Market } from './market.ts'
import type { SensitivityBar } from './plan-result.ts'
import type { OpsMonthly, Strategy } from './strategies.ts'

export interface SensitivityInput {
  readonly demand: Demand
  readonly market: Market
  /** Strategies for a market: prices that a strategy carries itself must come from the market it is given. */
  readonly strategies: (market: Market, ops: OpsMonthly) => readonly Strategy[]
  readonly breakEven: (market: Market) => number
  readonly ops: OpsMonthly
  /** Share by which a replica's throughput may be off. */
  readonly throughputError: number
  readonly growthSd: number
  readonly toMonth: number
}

const MOST_COUNTS = 48

/**
 * The tornado: one parameter at a time is moved to a low and a high value, everything is planned anew, and the cheapest
 * plan and its cost are reported. Bars are sorted by how far they move the cost.
 */
export function sensitivity(input: SensitivityInput): SensitivityBar[] {
  const { market, throughputError: error } = input
  const cases: { parameter: string; low: Case; high: Case }[] = [
    { parameter: 'dedicated price', low: priced(market, 0.8, 1, '-20 %'), high: priced(market, 1.2, 1, '+20 %') },
    { parameter: 'demand', low: scaled(market, Math.exp(-input.growthSd), `x ${Math.exp(-input.growthSd).toFixed(2)}`), high: scaled(market, Math.exp(input.growthSd), `x ${Math.exp(input.growthSd).toFixed(2)}`) },
    { parameter: 'throughput of a replica', low: scaled(market, 1 - error, `+${(error * 100).toFixed(0)} %`), high: scaled(market, 1 + error, `-${(error * 100).toFixed(0)} %`) },
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
  readonly demandFactor: number
}

const spread = (bar: SensitivityBar): number => Math.abs(bar.high.monthlyUsd - bar.low.monthlyUsd)
const scaled = (market: Market, demandFactor: number, label: string): Case => ({ label, market, demandFactor })

function priced(market: Market, dedicated: number, serverless: number, label: string): Case {
  return {
    label,
    demandFactor: 1,
    market: {
      ...market,
      basePerHour: market.basePerHour * dedicated,
      elasticPerHour: market.elasticPerHour * dedicated,
      serverless: market.serverless && { ...market.serverless, perSecond: market.serverless.perSecond * serverless },
    },
  }
}

/** Scales what is billed beyond useful work by `factor`. */
function overheads(market: Market, factor: number, label: string): Case {
  const { serverless } = market
  if (serverless === null) return { label, market, demandFactor: 1 }
  const { overflow } = serverless
  return {
    label,
    demandFactor: 1,
    market: {
      ...market,
      serverless: { ...serverless, overflow: { ...overflow, billed: (o) => o + (overflow.billed(o) - o) * factor, riseSeconds: overflow.riseSeconds * factor, fallSeconds: overflow.fallSeconds * factor } },
    },
  }
}

function planned(input: SensitivityInput, { label, market, demandFactor }: Case): SensitivityBar['low'] {
  const demand = demandFactor === 1 ? input.demand : { ...input.demand, replicas: input.demand.replicas.map((value) => value * demandFactor) }
  const peak = demand.replicas.reduce((most, value) => Math.max(most, value), 0)
  const table = costTable(demand, market, candidateCounts(peak, MOST_COUNTS), [1], input.breakEven(market))
  const all = new Float64Array(table.days).fill(1)
  let best = { label, monthlyUsd: Number.POSITIVE_INFINITY, cheapest: '' }
  for (const strategy of input.strategies(market, input.ops)) {
    const monthlyUsd = strategy.fit(table, all)(all, 0) * input.toMonth
    if (monthlyUsd < best.monthlyUsd * (1 - 1e-9)) best = { label, monthlyUsd, cheapest: strategy.id }
  }
  return best
}
