import type { Decision, ReasonCode } from '../../core/policy/types.ts'
import { parseObject, isObject } from '../protocols/json.ts'
import { failureOf, typeOfStatus } from '../protocols/parse-error.ts'
import type { CallErrorCode, CallFailure } from '../protocols/parse-error.ts'
import type { Rejected } from '../seams.ts'
import { codeIn, withoutSecrets } from './own-secrets.ts'

/** An attempt that did not answer the call. */
export interface UpstreamFailure {
  /** For the record: `http_503`, `ECONNREFUSED`, `first_byte_timeout` ... */
  readonly code: string
  /** What the client gets if nobody else can serve it. */
  readonly client: CallFailure
  /** False = the call's own fault: no mark against the endpoint, and no other would do better. */
  readonly fault: boolean
  readonly retryAfterMs: number | null
  /** The error as the upstream put it into its stream, for a client that has got the beginning of that. */
  readonly words: Buffer | null
}

/** A failure without an answer: of the network, a timeout, an answer that makes no sense. */
export function brokenUpstream(code: string, client: CallErrorCode, message: string): UpstreamFailure {
  return { code, client: failureOf(client, message), fault: true, retryAfterMs: null, words: null }
}

/** The upstream's answers that are about our account with it, not about the call. */
const ACCOUNT_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 407])
const MAX_MESSAGE = 2000

/**
 * What a refusal of an upstream means. Of an answer about the call itself (400, 404, 422 ...) the client gets the message,
 * since it says what to mend, bounded and without `secrets`; of one about our account or the endpoint nothing but its kind.
 */
export function refusedByUpstream(status: number, body: string, retryAfterMs: number | null, secrets: readonly string[]): UpstreamFailure {
  const code = `http_${status}`
  if (status >= 300 && status < 400) return brokenUpstream(code, 'upstream_invalid_response', 'The upstream answered with a redirect, which is not followed.')
  if (status === 429) {
    const seconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000)
    return { code, client: failureOf('upstream_rate_limited', 'The upstream is at its rate limit.', null, seconds), fault: true, retryAfterMs, words: null }
  }
  if (status >= 500 || status === 408 || status < 300) return { ...brokenUpstream(code, 'upstream_failed', 'The upstream failed.'), retryAfterMs }
  if (ACCOUNT_STATUSES.has(status)) return { ...brokenUpstream(code, 'upstream_auth_failed', 'The upstream refused the gateway: its operator has to mend this.'), retryAfterMs }
  const json = parseObject(body)
  const error = json !== null && isObject(json['error']) ? json['error'] : (json ?? {})
  const message = typeof error['message'] === 'string' ? error['message'] : 'The upstream refused the call.'
  return {
    code,
    client: {
      status,
      code: codeIn(error['code'], secrets) ?? 'upstream_rejected',
      type: codeIn(error['type'], secrets) ?? typeOfStatus(status),
      message: withoutSecrets(message, secrets).slice(0, MAX_MESSAGE),
      param: bounded(error['param'], secrets),
      retryAfterSeconds: null,
    },
    fault: false,
    retryAfterMs: null,
    words: null,
  }
}

function bounded(value: unknown, secrets: readonly string[]): string | null {
  return typeof value === 'string' && value !== '' ? withoutSecrets(value, secrets).slice(0, 128) : null
}

const REFUSALS: { readonly [reason in ReasonCode]?: readonly [CallErrorCode, string] } = {
  'no-model': ['model_not_found', 'No upstream serves this model.'],
  'no-residency': ['residency_unavailable', 'No upstream that serves this model is in the data region that the call must stay in.'],
  'no-realtime': ['realtime_unavailable', 'No upstream that is always warm has room for a realtime call.'],
  'all-down': ['upstreams_unavailable', 'No upstream that serves this model is up.'],
  'queue-full': ['queue_full', 'All upstreams are full, and as many calls as may wait are waiting.'],
  'wait-expired': ['wait_expired', 'No upstream had room in time.'],
}

/** What a client is told when the policy refuses. */
export function refusedByPolicy({ reason, retryAfterMs }: Extract<Decision, { kind: 'refuse' }>): CallFailure {
  const [code, message] = REFUSALS[reason] ?? ['upstreams_unavailable', 'No upstream can take the call.']
  return failureOf(code, message, null, retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000))
}

/** What a client is told when admission refuses. */
export function refusedByAdmission({ status, code, message, retryAfterSeconds }: Rejected): CallFailure {
  return { status, code, type: typeOfStatus(status), message, param: null, retryAfterSeconds }
}
