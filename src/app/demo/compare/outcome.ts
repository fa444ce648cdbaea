import type { LineKind, ReplicaLife } from '../../../core/billing/rate-card.ts'
import { toUsd } from '../../../core/money.ts'
import type { PoolConfig } from '../../../route/config-types.ts'
import { DEMO_CAPACITY, keepsSlo } from '../demo-config.ts'
import { demoBills, usdPerHour } from '../demo-costs.ts'
import type { SplitColumn } from '../split-history.ts'
import type { SimulatedCall, SimulatedGateway } from './simulated-gateway.ts'

/** What came of one option. Shares are 0..1, null where there is nothing to share. */
export interface Outcome {
  readonly calls: number
  /** Refused, or failed after all tries. */
  readonly failed: number
  /** First token and the mean time of the others within the SLO; a failed call is not. */
  readonly withinSlo: number | null
  /** ms; of the calls that were answered. */
  readonly ttftMs: Quantiles
  readonly tpotMs: Quantiles
  /** Calls by the pool that had them last (`none`: refused before any), and by the reason of the last decision; most first. */
  readonly byPool: Readonly<Record<string, number>>
  readonly byReason: Readonly<Record<string, number>>
  /** Share of the calls that went to serverless. */
  readonly serverlessShare: number | null
  /** Calls by who had them, over equal parts of the traffic's time. */
  readonly split: readonly SplitColumn[]
  readonly bill: OutcomeBill
  /** Share of the paid room (`DEMO_CAPACITY` calls a replica, as long as it is paid) that no answer filled. */
  readonly idle: number | null
  /** Serverless replicas: how often one was started, and the most at once. */
  readonly starts: number
  readonly mostServerless: number
}

/** USD, by the meters of the gateway and the planner. */
export interface OutcomeBill {
  /** Hours from the first second to the last answer: what is paid for. */
  readonly hours: number
  readonly dedicated: number
  readonly serverless: number
  readonly dedicatedPerHour: number
  readonly serverlessPerHour: number
  readonly perHour: number
  /** Of both together, by what it was paid for. */
  readonly lines: Readonly<Partial<Record<LineKind, number>>>
  /** Terms that a provider does not state, so that they are not in the bill. */
  readonly missing: readonly string[]
}

export interface Quantiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** Parts of the split. */
export const PARTS = 90

/** Reads a simulated gateway whose calls have all ended. `seconds`: length of the traffic. */
export function outcomeOf(gateway: SimulatedGateway, calls: readonly SimulatedCall[], pools: readonly PoolConfig[], seconds: number): Outcome {
  const answered = calls.filter(({ outcome }) => outcome === 'ok')
  const elastic = new Set(pools.flatMap(({ id, kind }) => (kind === 'serverless' ? [id] : [])))
  const lives = pools.flatMap(({ id }) => gateway.lives(id))
  const elasticLives = [...elastic].flatMap((id) => gateway.lives(id))
  const room = DEMO_CAPACITY * sum(lives.map(({ startedAt, stoppedAt }) => stoppedAt - startedAt))
  const spilled = calls.filter(({ pool }) => pool !== null && elastic.has(pool)).length
  return {
    calls: calls.length,
    failed: calls.length - answered.length,
    withinSlo: calls.length === 0 ? null : answered.filter(isWithinSlo).length / calls.length,
    ttftMs: quantiles(answered.map(ttftMs)),
    tpotMs: quantiles(answered.flatMap((call) => tpotMs(call) ?? [])),
    byPool: counts(calls.map(({ pool }) => pool ?? 'none')),
    byReason: counts(calls.map(({ reason }) => reason)),
    serverlessShare: calls.length === 0 ? null : spilled / calls.length,
    split: splitOf(calls, elastic, seconds),
    bill: billOf(gateway, pools, Math.max(seconds, gateway.now)),
    idle: room === 0 ? null : Math.max(0, 1 - sum(answered.map(({ firstTokenAt, endedAt }) => endedAt - firstTokenAt)) / room),
    starts: elasticLives.length,
    mostServerless: mostAtOnce(elasticLives),
  }
}

export function isWithinSlo(call: SimulatedCall): boolean {
  return call.outcome === 'ok' && keepsSlo(ttftMs(call), tpotMs(call))
}

function ttftMs({ arrivedAt, firstTokenAt }: SimulatedCall): number {
  return (firstTokenAt - arrivedAt) * 1000
}

function tpotMs({ firstTokenAt, endedAt, output }: SimulatedCall): number | null {
  return output < 2 ? null : ((endedAt - firstTokenAt) * 1000) / (output - 1)
}

function billOf(gateway: SimulatedGateway, pools: readonly PoolConfig[], seconds: number): OutcomeBill {
  const { dedicated, serverless } = demoBills(pools, (pool) => gateway.lives(pool))
  const lines: Partial<Record<LineKind, number>> = {}
  for (const { kind, amount } of [...dedicated.lines, ...serverless.lines]) lines[kind] = (lines[kind] ?? 0) + toUsd(amount)
  const [dedicatedPerHour, serverlessPerHour] = [usdPerHour(dedicated, seconds), usdPerHour(serverless, seconds)]
  return {
    hours: seconds / 3600,
    dedicated: toUsd(dedicated.total),
    serverless: toUsd(serverless.total),
    dedicatedPerHour,
    serverlessPerHour,
    perHour: dedicatedPerHour + serverlessPerHour,
    lines,
    missing: [...new Set([...dedicated.missing, ...serverless.missing])],
  }
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function counts(names: readonly string[]): Record<string, number> {
  const counted = new Map<string, number>()
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1)
  return Object.fromEntries([...counted].sort(([, a], [, b]) => b - a))
}

function splitOf(calls: readonly SimulatedCall[], elastic: ReadonlySet<string>, seconds: number): SplitColumn[] {
  const parts = Array.from({ length: PARTS }, () => ({ dedicated: 0, serverless: 0 }))
  for (const { arrivedAt, pool } of calls) {
    if (pool !== null) parts[Math.min(PARTS - 1, Math.floor((arrivedAt / seconds) * PARTS))]![elastic.has(pool) ? 'serverless' : 'dedicated']++
  }
  return parts
}

function mostAtOnce(lives: readonly ReplicaLife[]): number {
  const steps = lives.flatMap(({ startedAt, stoppedAt }) => [[startedAt, 1], [stoppedAt, -1]] as const).sort(([a, up], [b, down]) => a - b || up - down)
  let most = 0
  let now = 0
  for (const [, step] of steps) most = Math.max(most, (now += step))
  return most
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
