import { Breaker } from './breaker.ts'
import type { EndpointSpec, EngineMetrics, PolicyConfig, PoolSpec } from './types.ts'

/**
 * An endpoint that says that it will have no room for longer is tried again after this time all the same: it has just served a
 * call, and the reset of a bucket that fills little by little is the time until it is full.
 */
const LONGEST_EXHAUSTED_MS = 60_000

/** What is known of one pool. */
export class PoolState {
  readonly spec: PoolSpec
  readonly endpoints: readonly EndpointState[]
  /** Whether it is started on demand, so that "nothing is up" means asleep and not broken. */
  readonly scales: boolean
  inFlight = 0

  constructor(spec: PoolSpec, config: PolicyConfig, firstIndex: number) {
    this.spec = spec
    this.scales = spec.kind !== 'tokens' && !spec.alwaysWarm
    this.endpoints = spec.endpoints.map((endpoint, i) => new EndpointState(this, endpoint, config, firstIndex + i))
  }

  get full(): boolean {
    return this.spec.maxInFlight !== null && this.inFlight >= this.spec.maxInFlight
  }

  /** Scaled to zero: it can be woken. */
  get asleep(): boolean {
    return this.scales && this.endpoints.every(({ up }) => !up)
  }
}

/** What is known of one endpoint: calls of our own (exact, at once), the engine's last scrape, health, breaker. */
export class EndpointState {
  readonly pool: PoolState
  readonly spec: EndpointSpec
  /** As in `PolicyCall.failed`. */
  readonly key: string
  /** Position among the endpoints of all pools. */
  readonly index: number
  readonly breaker: Breaker
  inFlight = 0
  /** Assumed until a health check says otherwise. */
  up = true
  metrics: EngineMetrics | null = null
  scrapedAt: number | null = null
  /** Own calls sent minus own calls ended since the scrape, so what it cannot show yet. */
  sinceScrape = 0
  /** Kept between decisions, for the hysteresis. */
  saturated = false
  #exhaustedUntil = Number.NEGATIVE_INFINITY

  constructor(pool: PoolState, spec: EndpointSpec, config: PolicyConfig, index: number) {
    this.pool = pool
    this.spec = spec
    this.key = `${pool.spec.id}/${spec.id}`
    this.index = index
    this.breaker = new Breaker(config.breaker)
  }

  /** Counts a call before any byte of it is sent: decisions on scrapes alone would herd. */
  begin(): void {
    this.inFlight++
    this.sinceScrape++
    this.pool.inFlight++
  }

  end(): void {
    this.inFlight--
    this.sinceScrape--
    this.pool.inFlight--
  }

  /** Its rate limit is used up, as it says itself: it counts as full until the reset, so that no call collects a refusal there. */
  exhaust(at: number, resetMs: number): void {
    if (resetMs > 0) this.#exhaustedUntil = Math.max(this.#exhaustedUntil, at + Math.min(resetMs, LONGEST_EXHAUSTED_MS))
  }

  exhausted(now: number): boolean {
    return now < this.#exhaustedUntil
  }

  scraped(metrics: EngineMetrics, at: number): void {
    const { waiting, running, kvUsage } = metrics
    // A figure that is no figure is an engine that says nothing; an answer that overtook a later one is old news.
    if (!(waiting >= 0 && running >= 0 && Number.isFinite(waiting + running))) return
    if (this.scrapedAt !== null && at < this.scrapedAt) return
    this.metrics = { waiting, running, kvUsage: kvUsage !== null && kvUsage >= 0 && kvUsage <= 1 ? kvUsage : null }
    this.scrapedAt = at
    this.sinceScrape = 0
  }
}
