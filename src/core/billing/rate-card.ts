import type { NanoUsd } from '../money.ts'

/**
 * Billing rules as plain data. A field that the provider does not state is null: unknown, which the planner must
 * replace by a named assumption and never by zero.
 */
export type RateCard = DedicatedCard | ServerlessCard | TokensCard

/** Rented by the hour, whether busy or not. */
export interface DedicatedCard {
  readonly rule: 'dedicated'
  readonly perGpuHour: NanoUsd
  /** Billed time is rounded up to a multiple of this. */
  readonly granularitySeconds: number
  /** Shortest rental. 0 = none. */
  readonly minimumSeconds: number
  /** From order to serving: the notice that scaling up needs. */
  readonly startupSeconds: number | null
  readonly commitment: Commitment | null
  readonly spot: SpotTerms | null
  readonly egressPerGb: NanoUsd | null
}

export interface Commitment {
  readonly months: number
  readonly upfrontShare: number
}

export interface SpotTerms {
  /** Mean interruptions per replica-hour. */
  readonly interruptionsPerHour: number | null
  readonly noticeSeconds: number | null
}

/** Billed by the second that a replica lives: cold start, busy, and idle until the window closes. */
export interface ServerlessCard {
  readonly rule: 'serverless'
  readonly perGpuSecond: NanoUsd
  readonly granularitySeconds: number
  readonly minimumSeconds: number
  /** A replica stays up, billed, this long after its last request. */
  readonly idleWindowSeconds: number | null
  readonly coldStartBilled: boolean | null
  /** Seconds from request to a serving replica, as quantiles; null = unknown. */
  readonly coldStart: ColdStart | null
  /** Most replicas at once. */
  readonly replicaCap: number | null
  /** What happens to a request above the cap. */
  readonly atCap: 'queue' | 'reject' | null
  readonly egressPerGb: NanoUsd | null
  /** Price of a replica that is kept up all the time (some providers discount it). */
  readonly alwaysOnPerGpuSecond: NanoUsd | null
}

export interface ColdStart {
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** Priced by token. Buckets are disjoint; a null price with a non-zero count makes the cost partial. */
export interface TokensCard {
  readonly rule: 'tokens'
  /** Nano-USD per MILLION tokens, so that a price of $0.0125 per million is exact. */
  readonly perMillion: Readonly<Record<TokenBucket, NanoUsd | null>>
  /** Prices that replace `perMillion` when the prompt (all input buckets together) exceeds the threshold. */
  readonly tiers: readonly TokenTier[]
  readonly perCall: NanoUsd
}

export interface TokenTier {
  readonly promptTokensAbove: number
  readonly perMillion: Readonly<Partial<Record<TokenBucket, NanoUsd>>>
}

export const TOKEN_BUCKETS = ['inputUncached', 'cacheRead', 'cacheWrite', 'output', 'reasoning', 'audioInput', 'audioOutput', 'imageInput'] as const
/** Disjoint: `output` excludes reasoning and audio, `inputUncached` excludes cache reads and writes, audio and images. */
export type TokenBucket = (typeof TOKEN_BUCKETS)[number]
export type TokenUsage = Readonly<Partial<Record<TokenBucket, number>>>

/** One replica's life, the event that hourly and per-second meters bill. Times in seconds on one clock. */
export interface ReplicaLife {
  readonly gpus: number
  /** When it was asked for. */
  readonly startedAt: number
  /** When it could serve; startedAt..readyAt is the cold start. */
  readonly readyAt: number
  readonly stoppedAt: number
  /** Seconds in which at least one request ran. */
  readonly busySeconds: number
  readonly egressGb: number
}

export type LineKind = 'busy' | 'idle' | 'cold-start' | 'keep-warm' | 'rounding' | 'minimum' | 'egress' | 'tokens' | 'call-fee' | 'interruption' | 'ops'

/** One line of a bill. The lines of a bill sum to its total exactly. */
export interface LineItem {
  readonly kind: LineKind
  readonly amount: NanoUsd
  /** Seconds and hours are GPU-seconds and GPU-hours: two GPUs for a second are 2. */
  readonly quantity: number
  readonly unit: 'second' | 'hour' | 'token' | 'call' | 'GB' | 'month'
  /** Which tokens, on lines of kind `tokens`. */
  readonly bucket?: TokenBucket
}

/**
 * `partial`: some non-zero quantity had no price; `missing` names what. The amount then is a lower limit, with one
 * exception: where `coldStartBilled` is missing, the cold start is in the bill, since that is the careful guess.
 */
export interface Bill {
  readonly lines: readonly LineItem[]
  readonly total: NanoUsd
  readonly status: 'complete' | 'partial'
  readonly missing: readonly string[]
}
