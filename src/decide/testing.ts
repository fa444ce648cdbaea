import { toDemand } from './demand.ts'
import type { Demand } from './demand.ts'
import type { Market } from './market.ts'
import { linearOverflow } from './market.ts'

/** Demand for tests: replicas by bin of `binSeconds`, one request a second per replica, no date, no gaps. */
export function demandOf(replicas: readonly number[], binSeconds = 600, gaps: readonly number[] = []): Demand {
  const values = Float64Array.from(replicas)
  const possibleGap = new Uint8Array(values.length)
  for (const t of gaps) possibleGap[t] = 1
  return toDemand({ startMs: null, binSeconds, requests: values.map((value) => value * binSeconds), tokens: null, possibleGap }, values, () => 0)
}

/** A market with bare prices: serverless at 1 USD an hour, dedicated at `ratio` of it. */
export function bareMarket(ratio: number): Market {
  return {
    basePerHour: ratio,
    elasticPerHour: ratio,
    termSeconds: 3600,
    noticeSeconds: 0,
    windowSeconds: 1800,
    serverless: { perSecond: 1 / 3600, overflow: linearOverflow(), replicaCap: null },
    opsMonthly: { dedicated: 0, serverless: 0 },
  }
}

/** Two weeks of 10-minute bins: a daily sine between `low` and `high`, the weekend at `weekend` of it. */
export function sineWeeks(low: number, high: number, weekend = 1, days = 14): number[] {
  return Array.from({ length: days * 144 }, (_, t) => {
    const value = low + ((high - low) * (1 - Math.cos((2 * Math.PI * (t % 144)) / 144))) / 2
    return Math.floor(t / 144) % 7 >= 5 ? value * weekend : value
  })
}
