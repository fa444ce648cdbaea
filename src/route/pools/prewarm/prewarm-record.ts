import { meterReplica } from '../../../core/billing/meter.ts'
import type { PoolConfig, PrewarmRule } from '../../config-types.ts'

/**
 * What is kept in the journal of every warming: one record when it starts, so that a crash does not leave paid replicas behind
 * unknown, and one when it ends, with what it cost and whether any call used it.
 */
export interface PrewarmRecord {
  readonly kind: 'prewarm'
  readonly schemaVersion: 1
  readonly phase: 'started' | 'ended'
  /** The same in both phases. */
  readonly id: string
  readonly pool: string
  readonly via: PrewarmRule['via']
  readonly replicas: number
  /** The provider's minimum before, to be set again; null for dummy requests. */
  readonly previous: number | null
  /** Unix ms. */
  readonly startedAt: number
  /** When it had to be warm. */
  readonly warmAt: number
  readonly endedAt: number | null
  readonly dummyRequests: number
  readonly failures: number
  /** Calls that the pool served in the window, and whether there were any. */
  readonly calls: number
  readonly used: boolean
  readonly cost: { readonly nanoUsd: string; readonly status: 'estimated'; readonly priceVersion: string }
}

/**
 * Nano-USD for keeping `replicas` of a pool up from one time to another, at the price of an always-on replica where a provider's
 * minimum keeps them up and the card has one. An upper estimate: what calls would have cost without it is in it.
 */
export function warmingCost(pool: PoolConfig, via: PrewarmRule['via'], replicas: number, startedAt: number, endedAt: number): bigint {
  const { card } = pool
  if (card.rule !== 'serverless') return 0n
  const perGpuSecond = via === 'dummy-request' ? card.perGpuSecond : (card.alwaysOnPerGpuSecond ?? card.perGpuSecond)
  const seconds = Math.max(0, (endedAt - startedAt) / 1000)
  const life = { gpus: pool.gpusPerReplica, startedAt: 0, readyAt: Math.min(seconds, pool.coldStartSeconds), stoppedAt: seconds, busySeconds: 0, egressGb: 0 }
  return meterReplica({ ...card, perGpuSecond }, life).total * BigInt(replicas)
}

/** Finds warmings that were started and never ended, from the records of a journal in order. Bounded by what is open at once. */
export class UnfinishedWarmings {
  readonly #open = new Map<string, PrewarmRecord>()

  observe(record: unknown): void {
    if (!isPrewarmRecord(record)) return
    if (record.phase === 'started') this.#open.set(record.id, record)
    else this.#open.delete(record.id)
  }

  list(): readonly PrewarmRecord[] {
    return [...this.#open.values()]
  }
}

function isPrewarmRecord(record: unknown): record is PrewarmRecord {
  return typeof record === 'object' && record !== null && 'kind' in record && record.kind === 'prewarm' && 'id' in record
}
