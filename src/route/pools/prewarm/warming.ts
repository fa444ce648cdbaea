import type { Clock } from '../../../core/clock.ts'
import type { PoolConfig, PrewarmRule } from '../../config-types.ts'
import type { SendDummy } from './dummy-request.ts'
import { warmingCost, type PrewarmRecord } from './prewarm-record.ts'
import type { WarmProvider } from './providers.ts'

export interface WarmingDeps {
  readonly clock: Clock
  readonly provider: WarmProvider | null
  readonly sendDummy: SendDummy
  readonly append: (record: PrewarmRecord) => void
  readonly onFailure: (pool: string, message: string) => void
}

const FIRST_RETRY_MS = 5000
const LAST_RETRY_MS = 300_000
/** A dummy request well before the idle window closes; every minute where the window is unknown. */
const WINDOW_SHARE = 0.7
const UNKNOWN_WINDOW_SECONDS = 60

/** One pool that is kept warm in one way, from its start to its end. */
export class Warming {
  readonly #rule: PrewarmRule
  #pool: PoolConfig
  #deps: WarmingDeps
  readonly #startedAt: number
  readonly #warmAt: number
  readonly #id: string
  /** Null = not yet asked for. */
  #previous: number | null
  #recorded: boolean
  /** Replicas that the provider was last told; null = nothing yet. */
  #told: number | null = null
  #replicas = 0
  #touchedAt = Number.NEGATIVE_INFINITY
  #touching = 0
  #dummyRequests = 0
  #failures = 0
  #calls = 0
  /** Since when replicas are up because of this; null = they are not. */
  #paidFrom: number | null
  #retryAt = Number.NEGATIVE_INFINITY
  #retryMs = FIRST_RETRY_MS

  /** From a time, or from the `started` record of a process that died. */
  constructor(rule: PrewarmRule, pool: PoolConfig, deps: WarmingDeps, from: Pick<PrewarmRecord, 'startedAt' | 'warmAt'> & Partial<PrewarmRecord>) {
    this.#rule = rule
    this.#pool = pool
    this.#deps = deps
    this.#startedAt = from.startedAt
    this.#warmAt = from.warmAt
    this.#id = from.id ?? `${pool.id}/${rule.via}/${from.startedAt}`
    this.#previous = from.previous ?? null
    this.#recorded = from.id !== undefined
    this.#replicas = from.replicas ?? 0
    this.#paidFrom = this.#recorded ? from.startedAt : null
  }

  /** A new configuration, with other credentials perhaps. */
  rewire(pool: PoolConfig, provider: WarmProvider | null): void {
    this.#pool = pool
    this.#deps = { ...this.#deps, provider }
  }

  /** Brings it to so many replicas; 0 ends it. True once it has ended. */
  async step(replicas: number): Promise<boolean> {
    this.#replicas = Math.max(this.#replicas, replicas)
    if (this.#deps.provider === null) return this.#stepByRequests(replicas)
    const now = this.#deps.clock.now()
    if (now < this.#retryAt) return false
    try {
      await this.#stepByProvider(this.#deps.provider, replicas)
      this.#retryMs = FIRST_RETRY_MS
    } catch (error) {
      this.#fail(error)
      this.#retryAt = now + this.#retryMs
      this.#retryMs = Math.min(LAST_RETRY_MS, 2 * this.#retryMs)
      return false
    }
    if (replicas > 0) return false
    this.#record('ended')
    return true
  }

  onCall(pool: string, arrivedAt: number): void {
    if (pool !== this.#pool.id || arrivedAt < this.#startedAt) return
    this.#calls++
    // The call itself keeps a replica up.
    this.#touchedAt = Math.max(this.#touchedAt, arrivedAt)
  }

  status(): { readonly pool: string; readonly via: string; readonly replicas: number; readonly since: number } {
    return { pool: this.#pool.id, via: this.#rule.via, replicas: this.#replicas, since: this.#startedAt }
  }

  /** Asks for what was there before it changes anything, writes that down, then raises; at the end it sets it back. */
  async #stepByProvider(provider: WarmProvider, replicas: number): Promise<void> {
    if (replicas > 0 && !this.#recorded) {
      this.#previous = (await provider.minimum()) ?? 0
      this.#record('started')
    }
    if (!this.#recorded) return
    const target = Math.max(replicas, this.#previous ?? 0)
    if (target === this.#told) return
    await provider.setMinimum(target)
    this.#told = target
    this.#paidFrom ??= this.#deps.clock.now()
  }

  #stepByRequests(replicas: number): boolean {
    if (!this.#recorded) this.#record('started')
    if (replicas === 0) {
      this.#record('ended')
      return true
    }
    const { card } = this.#pool
    const window = (card.rule === 'serverless' ? card.idleWindowSeconds : null) ?? UNKNOWN_WINDOW_SECONDS
    const now = this.#deps.clock.now()
    if (this.#touching > 0 || now - this.#touchedAt < WINDOW_SHARE * window * 1000) return false
    this.#touchedAt = now
    this.#paidFrom ??= now
    // One each, at once, or one replica would answer them all. They take as long as a cold start: not awaited.
    for (let i = 0; i < replicas; i++) void this.#touch()
    return false
  }

  async #touch(): Promise<void> {
    this.#touching++
    try {
      await this.#deps.sendDummy(this.#pool)
      this.#dummyRequests++
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#touching--
      this.#touchedAt = Math.max(this.#touchedAt, this.#deps.clock.now())
    }
  }

  #fail(error: unknown): void {
    this.#failures++
    this.#deps.onFailure(this.#pool.id, error instanceof Error ? error.message : 'unknown')
  }

  #record(phase: PrewarmRecord['phase']): void {
    this.#recorded = true
    const endedAt = phase === 'ended' ? this.#deps.clock.now() : null
    this.#deps.append({
      kind: 'prewarm',
      schemaVersion: 1,
      phase,
      id: this.#id,
      pool: this.#pool.id,
      via: this.#rule.via,
      replicas: this.#replicas,
      previous: this.#previous,
      startedAt: this.#startedAt,
      warmAt: this.#warmAt,
      endedAt,
      dummyRequests: this.#dummyRequests,
      failures: this.#failures,
      calls: this.#calls,
      used: this.#calls > 0,
      cost: { nanoUsd: String(this.#cost(endedAt)), status: 'estimated', priceVersion: this.#pool.priceVersion },
    })
  }

  /** Of the replicas that would not have been up anyway. */
  #cost(endedAt: number | null): bigint {
    if (endedAt === null || this.#paidFrom === null) return 0n
    return warmingCost(this.#pool, this.#rule.via, Math.max(0, this.#replicas - (this.#previous ?? 0)), this.#paidFrom, endedAt)
  }
}
