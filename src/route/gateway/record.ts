import { TOKEN_BUCKETS } from '../../core/billing/rate-card.ts'
import type { TokenBucket, TokenUsage } from '../../core/billing/rate-card.ts'
import type { Api, Attempt, Attribution, CallOutcome, CallRecord, Priority } from '../../core/call.ts'
import type { ParsedCall, ResponseFacts } from '../seams.ts'
import type { Metered } from './meter.ts'

/** All that a passage knows at its end. */
export interface CallEnd {
  readonly id: string
  readonly tenant: string
  readonly keyId: string | null
  readonly api: Api
  /** Null = the body was refused or never came whole. */
  readonly call: ParsedCall | null
  readonly residency: string | null
  readonly priority: Priority
  readonly pool: string | null
  readonly endpoint: string | null
  readonly priceVersion: string
  readonly reason: string
  readonly attempts: readonly Attempt[]
  /** Unix ms. */
  readonly arrivedAt: number
  /** The following are ms since arrival; null = did not get that far. */
  readonly totalMs: number
  readonly queuedMs: number
  readonly firstTokenMs: number | null
  readonly lastTokenMs: number | null
  readonly outcome: CallOutcome
  readonly status: number | null
  readonly errorCode: string | null
  readonly seen: ResponseFacts | null
  readonly metered: Metered
  readonly requestBytes: number
  readonly responseBytes: number
  readonly fingerprint: string | null
  readonly configVersion: string
}

export const NO_ATTRIBUTION: Attribution = { user: null, feature: null, session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} }

/** The record's room: what is kept of a call. */
export function recordOf(end: CallEnd): CallRecord {
  const { call, metered, seen } = end
  return {
    kind: 'call',
    schemaVersion: 1,
    id: end.id,
    tenant: end.tenant,
    keyId: end.keyId,
    api: end.api,
    streamed: call?.stream ?? false,
    modelAsked: call?.model ?? '',
    modelServed: seen?.model ?? null,
    attribution: call?.attribution ?? NO_ATTRIBUTION,
    residency: end.residency,
    priority: end.priority,
    pool: end.pool,
    endpoint: end.endpoint,
    reason: end.reason,
    attempts: end.attempts,
    arrivedAt: end.arrivedAt,
    queuedMs: rounded(end.queuedMs),
    ttftMs: end.firstTokenMs === null ? null : rounded(end.firstTokenMs),
    tpotMs: tpotMs(end),
    totalMs: rounded(end.totalMs),
    outcome: end.outcome,
    status: end.status,
    errorCode: end.errorCode,
    finishReason: seen?.finishReason ?? null,
    usage: metered.usage,
    usageSource: metered.usageSource,
    cost: { nanoUsd: metered.cost.toString(), status: metered.status, missing: metered.missing, priceVersion: end.priceVersion },
    requestBytes: end.requestBytes,
    responseBytes: end.responseBytes,
    fingerprint: end.fingerprint,
    configVersion: end.configVersion,
  }
}

const OUTPUT_BUCKETS: ReadonlySet<TokenBucket> = new Set(['output', 'reasoning', 'audioOutput'])

/** Tokens of the prompt and of the answer, over all buckets. */
export function tokenTotals(usage: TokenUsage): { readonly promptTokens: number; readonly outputTokens: number } {
  let promptTokens = 0
  let outputTokens = 0
  for (const bucket of TOKEN_BUCKETS) {
    const count = usage[bucket] ?? 0
    if (OUTPUT_BUCKETS.has(bucket)) outputTokens += count
    else promptTokens += count
  }
  return { promptTokens, outputTokens }
}

/** Time from the first token to the last over the tokens after the first; null where there is no second or no stream. */
function tpotMs({ firstTokenMs, lastTokenMs, metered }: CallEnd): number | null {
  const tokens = tokenTotals(metered.usage).outputTokens
  return firstTokenMs === null || lastTokenMs === null || tokens < 2 ? null : rounded((lastTokenMs - firstTokenMs) / (tokens - 1))
}

/** To a microsecond: more is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
