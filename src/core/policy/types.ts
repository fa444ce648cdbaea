import type { Priority } from '../call.ts'

/**
 * The routing policy: pure, deterministic, one instance of state (the view) that only `observe`, `decide` and `drain`
 * change. The gateway feeds it from sockets, the simulator from an event queue; neither knows more than these types.
 * Times are ms on the caller's clock.
 */
export interface PoolSpec {
  readonly id: string
  readonly kind: 'dedicated' | 'serverless' | 'tokens'
  /** Stated region, such as `eu-central-1`; null = not stated, so it never serves a call with a residency. */
  readonly region: string | null
  /** Names of the models that it serves, as clients ask for them. */
  readonly models: readonly string[]
  readonly endpoints: readonly EndpointSpec[]
  /** Requests that one endpoint holds within the SLO: beyond it the endpoint is saturated. */
  readonly capacity: number
  /** Most requests in flight over the pool; null = no cap. */
  readonly maxInFlight: number | null
  /** What one more request costs here, for the choice among overflow pools; nano-USD a request of average size. 0 = already paid. */
  readonly marginalCost: number
  /** Seconds until a cold pool serves, typical. */
  readonly coldStartSeconds: number
  /** Realtime calls go to pools that are always warm only. */
  readonly alwaysWarm: boolean
}

export interface EndpointSpec {
  readonly id: string
  /** Share of traffic of a canary, 0..1, by session; null = an ordinary endpoint. */
  readonly canaryShare: number | null
}

export interface PolicyConfig {
  readonly pools: readonly PoolSpec[]
  /** TTFT target that the floor must keep, ms; the policy spills when it cannot. Null = spill on saturation alone. */
  readonly sloTtftMs: number | null
  /** Weights of the score: prefix hit, queue, KV cache. DESIGN: 3 : 5 : 2. */
  readonly weights: { readonly prefix: number; readonly queue: number; readonly kv: number }
  /** Saturated from this on, and no more below `release`: max(queue/threshold, kv/kvThreshold, inFlight/capacity). */
  readonly saturation: { readonly enter: number; readonly release: number; readonly queueThreshold: number; readonly kvThreshold: number }
  /** Calls that may wait for capacity, and how long at most. */
  readonly queue: {
    readonly limit: number
    readonly maxWaitMs: number
    /** How long a call may wait for a pool that starts from zero if nothing else is alive; absent = the longer of `maxWaitMs` and two typical cold starts. */
    readonly maxWakeMs?: number
  }
  /** Scrapes older than this count for nothing. */
  readonly staleAfterMs: number
  readonly breaker: BreakerSpec
  /** Entries of the prefix index, hard cap. */
  readonly prefixEntries: number
  readonly seed: number
  /** A call whose end is never told counts as gone after this time, on a tick; absent = one hour. Longer than any call may last. */
  readonly reclaimAfterMs?: number
}

export interface BreakerSpec {
  /** Opens at this share of failures over the window, from `minimum` calls on, or after `consecutive` failures in a row. */
  readonly failureShare: number
  readonly minimum: number
  readonly consecutive: number
  readonly windowMs: number
  /** First time that it stays open; doubles up to `maxOpenMs` with every failed probe. A Retry-After longer than it wins. */
  readonly openMs: number
  readonly maxOpenMs: number
  /** Probes at once while half-open. */
  readonly probes: number
}

export interface PolicyCall {
  readonly id: string
  readonly model: string
  readonly promptTokens: number
  readonly maxOutputTokens: number
  /** Chained hashes of the prompt's blocks, first block first; empty = no prefix routing. */
  readonly prefix: readonly number[]
  readonly priority: Priority
  readonly residency: string | null
  /** For sticky canaries; null = by call id. */
  readonly session: string | null
  /** Fairness is between these. */
  readonly keyId: string
  readonly deadline: number | null
  /** Endpoints that have failed this call already (`pool/endpoint`). */
  readonly failed: readonly string[]
}

/** Every decision says why; codes are stable. */
export type ReasonCode =
  | 'floor' // a dedicated endpoint has room
  | 'floor-prefix' // ... and holds the prompt's prefix
  | 'floor-only' // saturated, but nothing else may serve it
  | 'canary'
  | 'spill-saturated' // the floor is full
  | 'spill-slo' // the floor would miss the TTFT target
  | 'spill-down' // no dedicated endpoint is healthy
  | 'overflow-only' // no dedicated pool serves the model
  | 'probe' // half-open: one call to see whether it recovered
  | 'failover' // after a failure elsewhere
  | 'fallback' // the policy failed; plain order of the configuration
  | 'queued' // waits for capacity
  | 'waking' // waits for a pool that starts from zero
  | 'no-model' // nobody serves the model
  | 'no-residency' // no pool in the region
  | 'no-realtime' // realtime, and no warm pool has room
  | 'all-down'
  | 'queue-full'
  | 'wait-expired'

export type Decision =
  /** `wake`: a cheaper pool that is scaled to zero and should start meanwhile; absent = none. */
  | { readonly kind: 'dispatch'; readonly pool: string; readonly endpoint: string; readonly reason: ReasonCode; readonly wake?: string }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: 'queued' | 'waking'; readonly wake: string | null }
  | { readonly kind: 'refuse'; readonly reason: ReasonCode; readonly retryAfterMs: number | null }

export type PolicyEvent =
  | { readonly type: 'first-token'; readonly callId: string; readonly at: number }
  | { readonly type: 'finished'; readonly callId: string; readonly at: number; readonly outputTokens: number }
  /** `retryAfterMs`: what the upstream asked for. `fault` false = the call's own fault (4xx): no mark against the endpoint. */
  | { readonly type: 'failed'; readonly callId: string; readonly at: number; readonly fault: boolean; readonly retryAfterMs: number | null }
  /** The client went away, or the call was cancelled while it waited. */
  | { readonly type: 'aborted'; readonly callId: string; readonly at: number }
  /** An answer said that the endpoint's rate limit is used up, and when there is room again. Ms. */
  | { readonly type: 'exhausted'; readonly pool: string; readonly endpoint: string; readonly at: number; readonly resetMs: number }
  | { readonly type: 'scraped'; readonly pool: string; readonly endpoint: string; readonly at: number; readonly metrics: EngineMetrics }
  /** A health check or the platform said so; for pools that scale, `up` false on all endpoints means scaled to zero. */
  | { readonly type: 'health'; readonly pool: string; readonly endpoint: string; readonly at: number; readonly up: boolean }
  | { readonly type: 'tick'; readonly at: number }

export interface EngineMetrics {
  readonly waiting: number
  readonly running: number
  /** 0..1; null = the engine does not say. */
  readonly kvUsage: number | null
}

/** What drain and decide have settled for a call that waited. */
export interface Settled {
  readonly callId: string
  readonly decision: Decision
}

/** A dispatch counts as in flight at once, before any socket: metric snapshots would herd. */
export interface Policy {
  readonly decide: (call: PolicyCall, now: number) => Decision
  readonly observe: (event: PolicyEvent) => void
  /** Calls that waited and now go somewhere or give up. Call it after `observe` and on ticks. */
  readonly drain: (now: number) => readonly Settled[]
  /** For people: state of each pool and endpoint. */
  readonly snapshot: (now: number) => PolicySnapshot
}

export interface PolicySnapshot {
  readonly waiting: number
  /** What is kept of calls, sessions, keys and prompts, in entries; it has a bound whatever comes. */
  readonly entries?: number
  readonly pools: readonly {
    readonly id: string
    readonly inFlight: number
    readonly saturation: number
    readonly saturated: boolean
    readonly endpoints: readonly { readonly id: string; readonly inFlight: number; readonly up: boolean; readonly breaker: 'closed' | 'open' | 'half-open'; readonly scrapedAt: number | null; readonly metrics: EngineMetrics | null }[]
  }[]
}
