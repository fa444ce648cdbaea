import type { TokenUsage } from './billing/rate-card.ts'

/** The faces that clients call. */
export type Api = 'chat' | 'completions' | 'embeddings' | 'responses' | 'messages'

/** What a call is attributed to, as far as the client says; null = not said. */
export interface Attribution {
  readonly user: string | null
  readonly feature: string | null
  readonly session: string | null
  readonly prompt: string | null
  readonly promptVersion: string | null
  /** W3C trace context: 32 and 16 hex digits. */
  readonly traceId: string | null
  readonly parentSpanId: string | null
  /** Free tags (team, environment, customer tier); at most 16 of 64 characters. */
  readonly tags: Readonly<Record<string, string>>
}

/** One try at an endpoint. */
export interface Attempt {
  readonly pool: string
  readonly endpoint: string
  readonly reason: string
  /** Unix ms. */
  readonly startedAt: number
  readonly durationMs: number
  /** HTTP status of the upstream; null where none came. */
  readonly status: number | null
  /** Null = it answered the call. */
  readonly error: string | null
}

export type CallOutcome = 'ok' | 'client-aborted' | 'upstream-failed' | 'timed-out' | 'refused' | 'killed'

/**
 * What is kept of every call, in every case: served, refused, aborted, failed. Bodies are not in it. Plain JSON: money
 * is a decimal string of nano-USD. Fields are added, never renamed.
 */
export interface CallRecord {
  readonly kind: 'call'
  readonly schemaVersion: 1
  readonly id: string
  readonly tenant: string
  /** Null where no valid key came. */
  readonly keyId: string | null
  readonly api: Api
  readonly streamed: boolean
  readonly modelAsked: string
  /** What the upstream says that it served; null = it did not say. */
  readonly modelServed: string | null
  /** The upstream's id of the answer (`chatcmpl-...`); absent in older records. */
  readonly responseId?: string | null
  readonly attribution: Attribution
  readonly residency: string | null
  readonly priority: Priority
  readonly pool: string | null
  readonly endpoint: string | null
  /** Reason code of the routing decision or of the refusal. */
  readonly reason: string
  readonly attempts: readonly Attempt[]
  /** Unix ms of arrival, then durations. Null = did not get that far. */
  readonly arrivedAt: number
  readonly queuedMs: number
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  readonly totalMs: number
  readonly outcome: CallOutcome
  /** Status that the client got; null where it was gone before. */
  readonly status: number | null
  readonly errorCode: string | null
  readonly finishReason: string | null
  readonly usage: TokenUsage
  /** `counted`: the upstream reported none, so chunks were counted; the usage is an estimate. */
  readonly usageSource: 'upstream' | 'counted' | 'none'
  readonly cost: { readonly nanoUsd: string; readonly status: 'complete' | 'partial' | 'estimated' | 'unknown'; readonly missing: readonly string[]; readonly priceVersion: string }
  readonly requestBytes: number
  readonly responseBytes: number
  /** Hash of the canonical request, for loops and retry storms; hex. */
  readonly fingerprint: string | null
  /** Which try of the client's own retries this is (`X-Stainless-Retry-Count`), 0 = the first; absent in older records. */
  readonly clientRetry?: number | null
  /** Version of the configuration that decided. */
  readonly configVersion: string
}

export type Priority = 'realtime' | 'standard' | 'batch'
