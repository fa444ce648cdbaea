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

/** Parts of a prompt: instructions, earlier turns, documents, what tools returned, and the last turn of the user. */
export type PromptSegment = 'system' | 'history' | 'retrieved' | 'toolResults' | 'question'

/** What a prompt is made of. Images and other data count for nothing here. */
export interface PromptShape {
  /** UTF-16 units of text. */
  readonly characters: Readonly<Record<PromptSegment, number>>
  /** Names of the functions that the call offers, as it lists them; at most 64 of 64 characters. */
  readonly tools: readonly string[]
  /** Bytes of their declarations, as the client wrote them; absent where it offers none. */
  readonly toolBytes?: number
  /** 64 bits of SHA-256 of the texts of each part that is there, and of the declared tools; absent unless the configuration asks for it. */
  readonly hashes?: Readonly<Partial<Record<PromptSegment | 'tools', string>>>
}

export type CallOutcome = 'ok' | 'client-aborted' | 'upstream-failed' | 'timed-out' | 'refused' | 'killed'

/**
 * What is kept of every call, in every case: served, refused, aborted, failed. Bodies are not in it. Plain JSON: money
 * is a decimal string of nano-USD. Fields are added, never renamed: an older record lacks the newer ones.
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
  /** How often the client says that it has tried before (`x-stainless-retry-count`); null = it does not count. */
  readonly retryCount: number | null
  /** How often in a row the same tool stands at the end of the request's history with the same arguments and result; absent = once. */
  readonly stepRepeats?: number
  /** The upstream's own id of its answer. */
  readonly responseId: string | null
  /** Names of the functions that the answer calls, in order; at most 64 of 64 characters. */
  readonly toolsCalled: readonly string[]
  readonly prompt: PromptShape | null
  /** Version of the configuration that decided. */
  readonly configVersion: string
  /** Commitment to the bodies that were kept, hex; absent = none were, or it stands in a record of its own. */
  readonly body?: string
  /** Places that were redacted in them; absent = none. */
  readonly redacted?: number
  /** SHA-256 of the request's bytes and of the answer's, hex; absent = were not asked for. Null = there were none. */
  readonly hashes?: { readonly request: string | null; readonly response: string | null }
  /** The AI system that it belongs to, by the configuration; absent = to none. */
  readonly system?: string
  /** By its configuration it has no leaf in the audit log, which was written at that time; absent = it has. */
  readonly audit?: 'off'
}

/** What is on disk of a call before an upstream hears of it, where the audit log is strict: a crash leaves it without its outcome. */
export interface CallIntent {
  readonly kind: 'intent'
  readonly schemaVersion: 1
  /** As in the call's record. */
  readonly id: string
  readonly tenant: string
  readonly keyId: string
  readonly api: Api
  readonly modelAsked: string
  /** As in the call's record. */
  readonly system?: string
  /** Unix ms. */
  readonly arrivedAt: number
  readonly configVersion: string
}

export type Priority = 'realtime' | 'standard' | 'batch'
