import { sumBills } from '../../core/billing/bill.ts'
import { meterReplica } from '../../core/billing/meter.ts'
import type { Bill, DedicatedCard, ReplicaLife, ServerlessCard } from '../../core/billing/rate-card.ts'

/** What became of a request. `cold`: it waited until a replica came up, and was served by that one. */
export const OUTCOME = { unserved: 0, warm: 1, cold: 2, rejected: 3 } as const

/** What the replicas of one pool did in the measured time, in replica-seconds, and the whole lives of those that ended in it. */
export interface PoolRun {
  readonly coldStart: number
  readonly busy: number
  readonly idle: number
  /** What the work taken in would have needed on full replicas: step time at full concurrency / concurrency, and prefill. */
  readonly useful: number
  /** Replicas asked for. */
  readonly starts: number
  /** Most replicas at once, starting ones included. */
  readonly peak: number
  /** Lives that ended (or were cut by `until`), from their true beginning: what the meter bills. */
  readonly lives: readonly ReplicaLife[]
}

export interface FleetRun {
  readonly dedicated: PoolRun
  readonly serverless: PoolRun
  /** The measured time, in seconds. */
  readonly from: number
  readonly until: number
  /** The first request that arrived in the measured time; the columns below hold all requests. */
  readonly firstRequest: number
  /** By request: one of OUTCOME. */
  readonly outcome: Uint8Array
  /** By request, seconds from arrival to a slot, to the first token and to the end; NaN where it was not reached. */
  readonly waited: Float64Array
  readonly firstToken: Float64Array
  readonly total: Float64Array
}

/** Numbers about the requests of the measured time. Shares are of all of them; quantiles of those that got that far. */
export interface RequestSummary {
  readonly requests: number
  readonly served: number
  readonly rejected: number
  /** Served by a replica that it had waited for. */
  readonly coldStartShare: number
  /** Waited at all, for a starting replica or a slot. */
  readonly waitedShare: number
  readonly waited: Quantiles
  readonly firstToken: Quantiles
  readonly total: Quantiles
}

/** Seconds. */
export interface Quantiles {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export function summarizeRequests(run: FleetRun): RequestSummary {
  const outcome = run.outcome.subarray(run.firstRequest)
  let [cold, warm, rejected, waited] = [0, 0, 0, 0]
  for (const [i, what] of outcome.entries()) {
    if (what === OUTCOME.cold) cold++
    else if (what === OUTCOME.warm) warm++
    else if (what === OUTCOME.rejected) rejected++
    if (run.waited[run.firstRequest + i]! > 0) waited++
  }
  const requests = outcome.length
  const share = (count: number): number => (requests === 0 ? 0 : count / requests)
  const summary = (column: Float64Array): Quantiles => quantiles(column.subarray(run.firstRequest))
  return { requests, served: cold + warm, rejected, coldStartShare: share(cold), waitedShare: share(waited), waited: summary(run.waited), firstToken: summary(run.firstToken), total: summary(run.total) }
}

/** Order statistics (the smallest value that at least that share does not exceed) of what is not NaN; all 0 of nothing. */
export function quantiles(values: Float64Array): Quantiles {
  const kept = new Float64Array(values.length)
  let n = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    kept[n++] = value
    sum += value
  }
  if (n === 0) return { mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }
  const sorted = kept.subarray(0, n).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * n - 1e-9) - 1)]!
  return { mean: sum / n, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted[n - 1]! }
}

/** The bill for the lives of a pool, each metered as the gateway would. */
export function billPool(card: DedicatedCard | ServerlessCard, pool: PoolRun): Bill {
  return sumBills(pool.lives.map((life) => meterReplica(card, life)))
}
