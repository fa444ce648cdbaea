import type { TokenUsage } from './billing/rate-card.ts'
import type { Attribution } from './call.ts'

/** What a step of a trace did. Only `inference` and `embedding` can cost. */
export type ObservationKind = 'inference' | 'embedding' | 'tool' | 'agent' | 'chain' | 'retrieval' | 'other'

/**
 * One step of a trace as telemetry keeps it: a call through the gateway, or a span that an application reported. Both
 * become this one shape, so that stores, insights and exports know a single one. Null = not said.
 */
export interface Observation {
  readonly tenant: string
  /**
   * Unique in its tenant and stable under replay: the gateway's call id, `traceId:spanId`, `call:` and the id that the client gave. A
   * later record of an id replaces the earlier: a trace that comes in parts is told anew.
   */
  readonly id: string
  readonly source: 'gateway' | 'otlp' | 'langfuse' | 'api'
  readonly kind: ObservationKind
  readonly name: string
  /** Unique in its trace; any text. */
  readonly spanId: string | null
  /** The provider's id of the answer (`chatcmpl-...`): joins the gateway's and the application's view of one call. */
  readonly responseId: string | null
  /** Unix ms, with fractions. */
  readonly startedAt: number
  readonly durationMs: number
  readonly provider: string | null
  readonly modelAsked: string | null
  readonly modelServed: string | null
  readonly streamed: boolean | null
  /** `traceId` and `parentSpanId` are in here. */
  readonly attribution: Attribution
  readonly keyId: string | null
  readonly pool: string | null
  readonly endpoint: string | null
  /** The gateway's reason code. */
  readonly reason: string | null
  readonly queuedMs: number | null
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  readonly outcome: 'ok' | 'client-aborted' | 'upstream-failed' | 'timed-out' | 'refused' | 'killed' | 'error'
  readonly status: number | null
  readonly errorCode: string | null
  readonly finishReason: string | null
  readonly usage: TokenUsage
  readonly usageSource: 'upstream' | 'counted' | 'reported' | 'estimated' | 'none'
  /** Usage as it was reported, before it was made disjoint: lets a corrected rule be applied to history. */
  readonly rawUsage: Readonly<Record<string, number>>
  readonly cost: { readonly nanoUsd: string; readonly status: 'complete' | 'partial' | 'estimated' | 'unknown'; readonly missing: readonly string[]; readonly priceVersion: string }
  /** False for a span that repeats what its children report, and for the application's view of a call that the gateway saw. */
  readonly billable: boolean
  /** Tries that the gateway made; 0 = none was sent. */
  readonly attempts: number
  /** Which try of the client's own retries this is (`X-Stainless-Retry-Count`); 0 = the first. */
  readonly clientRetry: number | null
  /** How often in a row the same step (tool, arguments, result) stands at the end of the call's history; absent = once, or not known. */
  readonly stepRepeats?: number
  /** Hash of the canonical request; hex. */
  readonly fingerprint: string | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  /** Of a tool step: what was called, and hashes of canonical arguments and result. */
  readonly tool: { readonly name: string; readonly argumentsHash: string; readonly resultHash: string | null } | null
  /** The prompt in parts, in order; [] = not known. */
  readonly segments: readonly PromptSegment[]
  readonly toolsDeclared: readonly string[]
  readonly toolsCalled: readonly string[]
}

/** A part of a prompt: enough to find what repeats and what bloats, without keeping the text. */
export interface PromptSegment {
  readonly role: 'system' | 'tools' | 'history' | 'retrieved' | 'tool-result' | 'user'
  readonly bytes: number
  /** 64 bits of a hash of the text; hex. Empty = not kept. */
  readonly hash: string
}

/** A judgement of a call, trace or session: a score, a user's thumb, a task's outcome. */
export interface Score {
  readonly tenant: string
  /** Unique in its tenant and stable under replay. */
  readonly id: string
  readonly name: string
  readonly source: 'otlp' | 'langfuse' | 'api'
  /** Numeric and boolean scores (0 or 1); null for categories. */
  readonly value: number | null
  readonly label: string | null
  /** Unix ms. */
  readonly at: number
  /** What it judges: the narrowest that was said. */
  readonly traceId: string | null
  readonly observationId: string | null
  readonly sessionId: string | null
}
