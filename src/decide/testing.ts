import { keepWarmCurve } from './fleet/keep-warm.ts'
import { DEFAULT_RULES } from './fleet/rules.ts'
import { toDemand } from './demand.ts'
import type { Demand } from './demand.ts'
import type { Market, OverflowModel } from './market.ts'
import { linearOverflow } from './market.ts'
import type { DedicatedOption, PlanInput, ServerlessOption } from './plan-input.ts'

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

/** A plan's input over `demand` with bare prices, one dedicated and one serverless offer; `over` replaces parts. */
export function planInput(demand: Demand, ratio: number, over: Partial<PlanInput> = {}): PlanInput {
  return {
    traffic: { source: 'test', measured: true, inputTokens: null, outputTokens: null },
    replicas: [
      {
        gpu: 'h100-80gb',
        gpusPerReplica: 1,
        demand,
        slots: 16,
        requestSeconds: 4,
        throughputError: 0.16,
        dedicated: [dedicatedOption('own-dedicated', ratio, { title: 'own dedicated' })],
        serverless: [serverlessOption('own-serverless', 1, { title: 'own serverless' })],
        assumptions: [],
      },
    ],
    tokens: [],
    constraints: { residency: null, realTime: false, sloTtftSeconds: null, budgetMonthlyUsd: null, platformTeam: null, commitmentMonths: 0, allowSpot: false },
    ops: { dedicatedMonthly: 0, serverlessMonthly: 0, source: 'test' },
    elastic: { termSeconds: 3600, noticeSeconds: 0, windowSeconds: 1800 },
    egressGbPerRequest: null,
    growthSd: 0.2,
    resamples: 200,
    seed: 1,
    headroom: 0,
    priceDecline: 0.3,
    bare: true,
    current: null,
    assumptions: [],
    warnings: [],
    asOf: '2026-11-24',
    ...over,
  }
}

/** A serverless bill with overhead that shrinks as the load grows, like a real pool's: e d + a d^b, and what changes add. */
export function curvedOverflow({ e = 1, a = 0.5, b = 0.6, rise = 30, fall = 60 } = {}): OverflowModel {
  const extra = (replicas: number): number => (replicas > 0 ? a * replicas ** b : 0)
  return {
    billed: (replicas) => e * replicas + extra(replicas),
    split: (replicas) => ({
      busy: e * replicas,
      coldStart: 0.25 * extra(replicas),
      keepWarm: 0.5 * extra(replicas),
      rounding: 0.25 * extra(replicas),
      coldStartShare: 0.1,
    }),
    riseSeconds: rise,
    fallSeconds: fall,
    throughputRatio: e,
  }
}

/** A market whose serverless bill is curved; serverless at 1 USD an hour, dedicated at `ratio` of it. */
export function curvedMarket(ratio: number, shape: Parameters<typeof curvedOverflow>[0] = {}): Market {
  return { ...bareMarket(ratio), serverless: { perSecond: 1 / 3600, overflow: curvedOverflow(shape), replicaCap: null } }
}

/** An hourly offer for tests. */
export function dedicatedOption(id: string, perHour: number, over: Partial<DedicatedOption> = {}): DedicatedOption {
  return {
    id,
    title: id,
    tier: 'on-demand',
    perHour,
    startupSeconds: null,
    commitmentMonths: null,
    spot: null,
    egressPerGb: null,
    region: null,
    source: 'test',
    asOf: '2026-11-24',
    ...over,
  }
}

/** A serverless offer with bare prices for tests. */
export function serverlessOption(id: string, perHour: number, over: Partial<ServerlessOption> = {}): ServerlessOption {
  return {
    id,
    title: id,
    perSecond: perHour / 3600,
    overflow: linearOverflow(),
    replicaCap: null,
    atCap: null,
    idleWindowSeconds: null,
    coldStart: null,
    coldStartBilled: null,
    egressPerGb: null,
    region: null,
    source: 'test',
    asOf: '2026-11-24',
    ...over,
  }
}

/** The simulated curve of a serverless pool with a minute's idle window and cold starts of 20 to 90 s. */
export function realCurve(): ReturnType<typeof keepWarmCurve> {
  return keepWarmCurve({
    card: {
      rule: 'serverless',
      perGpuSecond: 1n,
      granularitySeconds: 1,
      minimumSeconds: 0,
      idleWindowSeconds: 60,
      coldStartBilled: true,
      coldStart: { p50: 20, p90: 40, p99: 90 },
      replicaCap: null,
      atCap: null,
      egressPerGb: null,
      alwaysOnPerGpuSecond: null,
    },
    requestSeconds: 10,
    concurrency: 32,
    rules: DEFAULT_RULES,
    seed: 1,
  })
}
