import type { TokenUsage } from '../core/billing/rate-card.ts'
import type { Api, Attribution, CallRecord, Priority } from '../core/call.ts'
import type { NanoUsd } from '../core/money.ts'
import type { EndpointConfig, PoolConfig } from './config-types.ts'
import type { RepeatedSteps } from './protocols/agent-steps.ts'
import type { JsonSpans } from './protocols/parse-spans.ts'

/** What the protocol room knows of a call after parsing it once. */
export interface ParsedCall {
  readonly api: Api
  readonly model: string
  readonly stream: boolean
  /** The body as it came, and parsed. `json` is never changed. */
  readonly body: Buffer
  readonly json: Readonly<Record<string, unknown>>
  /** Estimates for admission and routing, from bytes; the true count comes from the upstream. */
  readonly promptTokens: number
  readonly maxOutputTokens: number
  readonly attribution: Attribution
  readonly priority: Priority
  readonly residency: string | null
  /** As in the record. */
  readonly retryCount: number | null
  /** Headers of the client that may go on (content type, trace context, anthropic-version and -beta, openai-beta ...). */
  readonly forward: Readonly<Record<string, string>>
  /** Where the members of `json` are in `body`, for edits that leave every other byte as it is. */
  readonly spans?: JsonSpans
}

/** Admission: who may do this, now. All from memory, no I/O; it never waits. */
export interface Admission {
  readonly admit: (request: AdmissionRequest) => Admitted | Rejected
  /** Keys whose secret is valid, for `GET /v1/models` and the like. */
  readonly identify: (secret: string | null, now: number) => Identity | Rejected
}

export interface AdmissionRequest {
  readonly secret: string | null
  readonly call: ParsedCall
  /** Upper estimate of the cost, nano-USD. */
  readonly estimate: NanoUsd
  /** Hash of the canonical request; null = not loop-checked. */
  readonly fingerprint: string | null
  /** What repeats in the history that it carries; absent = nothing. */
  readonly repeated?: RepeatedSteps | null
  readonly now: number
}

export interface Identity {
  readonly ok: true
  readonly keyId: string
  readonly tenant: string
  /** Null = all. */
  readonly models: readonly string[] | null
  /** It may report calls that went elsewhere. */
  readonly mayIngest: boolean
  /** It may ask what was recorded. */
  readonly mayRead: boolean
  /** It may read the audit log, which is one for all tenants. */
  readonly mayAudit: boolean
  /** It may see what concerns all tenants. */
  readonly mayAdminister: boolean
}

export interface Admitted extends Identity {
  /** From the key or its rules; the stricter of it and the call's own wins. */
  readonly residency: string | null
  readonly priority: Priority
  readonly reservation: Reservation
  /** A warning for the response headers (`loop`, `spend`), null = none. */
  readonly warning: string | null
}

export interface Rejected {
  readonly ok: false
  readonly status: 401 | 402 | 403 | 404 | 429
  /** Stable: `invalid_api_key`, `model_not_allowed`, `rate_limit_exceeded`, `budget_exceeded`, `loop_detected` ... */
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds: number | null
  /** For the record; null where no key is known. */
  readonly keyId: string | null
  readonly tenant: string
}

/** Exactly one of `settle` and `release` takes effect, the first; it also expires by itself. */
export interface Reservation {
  readonly settle: (actual: { readonly cost: NanoUsd; readonly promptTokens: number; readonly outputTokens: number }, now: number) => void
  /** The call cost nothing. */
  readonly release: (now: number) => void
}

/** Where finished records go: another thread writes them. Never throws, never waits. */
export interface RecordSink {
  readonly append: (record: CallRecord) => void
}

/** One upstream protocol. */
export interface UpstreamAdapter {
  /**
   * The request for this endpoint, its path with that of the endpoint's URL in front. A promise only where credentials
   * have to be fetched.
   */
  readonly request: (call: ParsedCall, pool: PoolConfig, endpoint: EndpointConfig, callId: string) => UpstreamRequest | Promise<UpstreamRequest>
  /** How the answer is read and what of it the client gets. */
  readonly response: (call: ParsedCall, status: number, contentType: string, note?: StreamNote) => ResponseReader
  /**
   * Only for protocols whose call is more than one request (submit, poll, cancel): where it is there, it takes the place
   * of sending `request`. What it resolves to is read with `response` like any upstream's answer.
   */
  readonly run?: (exchange: Exchange) => Promise<UpstreamAnswer>
}

/** Everything that a call of several requests needs. */
export interface Exchange {
  readonly call: ParsedCall
  readonly pool: PoolConfig
  readonly endpoint: EndpointConfig
  readonly callId: string
  /** One request to the endpoint. Rejects on connection failures and on abort. */
  readonly send: (request: UpstreamRequest, signal: AbortSignal) => Promise<UpstreamAnswer>
  /** Aborted when the client has gone or a timeout has struck. `run` then tells the upstream to stop, and its promise or body rejects. */
  readonly signal: AbortSignal
}

export interface UpstreamAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Buffer>
}

/**
 * What the gateway adds, as the member `spillway`, to the event of a stream that carries the usage, where the client gets
 * that event: the cost, which is known then. Null = nothing to add.
 */
export type StreamNote = (seen: ResponseFacts) => Readonly<Record<string, unknown>> | null

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET'
  /** With the query, and with the endpoint's own base path where its URL has one. */
  readonly path: string
  /** Another origin than the endpoint's (`https://stream.example.com`), which the adapter has checked; absent = the endpoint's. */
  readonly origin?: string
  /** Made for this request alone: credentials are added to it. */
  readonly headers: Record<string, string>
  readonly body: Buffer | string | null
}

/** Fed with the upstream's bytes in order. */
export interface ResponseReader {
  /** Bytes for the client: the same buffer where nothing is translated. Null = nothing yet. */
  readonly push: (chunk: Buffer) => Buffer | null
  /** After the last chunk. */
  readonly end: () => Buffer | null
  /** Content type for the client; null = the upstream's. */
  readonly contentType: string | null
  /** Headers that the client gets besides: what a translation had to leave out (`x-spillway-dropped`). */
  readonly headers?: Readonly<Record<string, string>>
  readonly seen: ResponseFacts
}

/** What the reader has seen so far. Mutable by the reader alone. */
export interface ResponseFacts {
  /** Null = the upstream has reported none (yet). */
  readonly usage: TokenUsage | null
  /** What it has reported before the end, where the protocol does so: the input is final in it, the output is not. */
  readonly usageSoFar?: TokenUsage | null
  /** Content deltas in a stream, at least the number of output tokens where an engine sends one a chunk. */
  readonly deltas: number
  /** Characters of generated text. */
  readonly characters: number
  readonly finishReason: string | null
  readonly model: string | null
  /** The answer's own id. */
  readonly responseId: string | null
  /** Names of the functions that it calls, so far. */
  readonly toolsCalled: readonly string[]
  /** The stream's own end mark (`[DONE]`, `message_stop`) or a complete JSON body was seen. */
  readonly complete: boolean
  /** An error inside a stream that began well. */
  readonly error: string | null
}
