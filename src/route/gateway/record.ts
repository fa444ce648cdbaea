import { tokenTotals } from '../../core/billing/token-totals.ts'
import type { Api, Attempt, Attribution, CallOutcome, CallRecord, Priority } from '../../core/call.ts'
import { promptShape } from '../protocols/prompt-shape.ts'
import type { ParsedCall, ResponseFacts } from '../seams.ts'
import type { BodyHashes } from './body-hash.ts'
import type { KeptBodies } from './body-tap.ts'
import type { Metered } from './meter.ts'
import type { Endpoint } from './runtime.ts'

/** All that a passage knows at its end. */
export interface CallEnd {
  readonly id: string
  readonly api: Api
  /** Whose it was; null = nobody has been asked. */
  readonly identity: { readonly tenant: string; readonly keyId: string | null } | null
  /** Null = the body was refused or never came whole. */
  readonly call: ParsedCall | null
  readonly residency: string | null
  readonly priority: Priority
  /** Null = it never came to routing. */
  readonly course: CourseEnd | null
  /** Why it was refused, where there was no dispatch. */
  readonly reason: string
  /** Unix ms. */
  readonly arrivedAt: number
  /** Steady ms. */
  readonly start: number
  readonly end: number
  readonly firstTokenAt: number | null
  readonly outcome: CallOutcome
  readonly status: number | null
  readonly errorCode: string | null
  readonly metered: Metered
  readonly requestBytes: number
  readonly responseBytes: number
  readonly fingerprint: string | null
  readonly stepRepeats: number
  readonly hashSegments: boolean
  readonly configVersion: string
  /** Null = none are kept. */
  readonly bodies: KeptBodies | null
  /** Null = not asked for. */
  readonly hashes: BodyHashes | null
  readonly system: string | null
  /** It has no leaf in the audit log that is written. */
  readonly unaudited: boolean
}

/** What a course leaves behind. */
export interface CourseEnd {
  readonly endpoint: Endpoint | null
  readonly reason: string | null
  readonly attempts: readonly Attempt[]
  readonly queuedMs: number
  readonly answer: { readonly lastAt: number | null } | null
  readonly seen: ResponseFacts | null
}

export const NO_ATTRIBUTION: Attribution = { user: null, feature: null, session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} }

/** The record's room: what is kept of a call. */
export function recordOf(end: CallEnd): CallRecord {
  const { call, course, identity, metered } = end
  const pool = course?.endpoint?.pool
  const seen = course?.seen ?? null
  return {
    kind: 'call',
    schemaVersion: 1,
    id: end.id,
    tenant: identity?.tenant ?? '',
    keyId: identity?.keyId ?? null,
    api: end.api,
    streamed: call?.stream ?? false,
    modelAsked: call?.model ?? '',
    modelServed: seen?.model ?? null,
    attribution: call?.attribution ?? NO_ATTRIBUTION,
    residency: end.residency,
    priority: end.priority,
    pool: pool?.id ?? null,
    endpoint: course?.endpoint?.config.id ?? null,
    reason: course?.reason ?? end.reason,
    attempts: course?.attempts ?? [],
    arrivedAt: end.arrivedAt,
    queuedMs: rounded(course?.queuedMs ?? 0),
    ttftMs: end.firstTokenAt === null ? null : rounded(end.firstTokenAt - end.start),
    tpotMs: tpotMs(end),
    totalMs: rounded(end.end - end.start),
    outcome: end.outcome,
    status: end.status,
    errorCode: end.errorCode,
    finishReason: seen?.finishReason ?? null,
    usage: metered.usage,
    usageSource: metered.usageSource,
    cost: { nanoUsd: metered.cost.toString(), status: metered.status, missing: metered.missing, priceVersion: pool?.priceVersion ?? '' },
    requestBytes: end.requestBytes,
    responseBytes: end.responseBytes,
    fingerprint: end.fingerprint,
    retryCount: call?.retryCount ?? null,
    ...(end.stepRepeats < 2 ? {} : { stepRepeats: end.stepRepeats }),
    responseId: seen?.responseId ?? null,
    toolsCalled: seen?.toolsCalled ?? [],
    prompt: call === null ? null : promptShape(call.api, call.json, end.hashSegments, call.spans?.at.tools),
    configVersion: end.configVersion,
    ...(end.bodies === null || end.bodies.commitment === null ? {} : { body: end.bodies.commitment }),
    ...(end.bodies === null || end.bodies.redacted === 0 ? {} : { redacted: end.bodies.redacted }),
    ...(end.hashes === null ? {} : { hashes: end.hashes }),
    ...(end.system === null ? {} : { system: end.system }),
    ...(end.unaudited ? { audit: 'off' as const } : {}),
  }
}

/** Time from the first token to the last over the tokens after the first; null where there is no second or no stream. */
function tpotMs({ firstTokenAt, course, metered }: CallEnd): number | null {
  const lastAt = course?.answer?.lastAt ?? null
  if (firstTokenAt === null || lastAt === null) return null
  const tokens = tokenTotals(metered.usage).outputTokens
  return tokens < 2 ? null : rounded((lastAt - firstTokenAt) / (tokens - 1))
}

/** To a microsecond: more is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
