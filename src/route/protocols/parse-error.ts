/**
 * Every error that a client of the gateway can meet, by its stable code, with the HTTP status and OpenAI's `type`.
 * Clients branch on the code: the text may improve, the code may not change. Rejections of admission carry their own.
 */
const CODES = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_utf8: { status: 400, type: 'invalid_request_error' },
  json_too_deep: { status: 400, type: 'invalid_request_error' },
  duplicate_key: { status: 400, type: 'invalid_request_error' },
  invalid_value: { status: 400, type: 'invalid_request_error' },
  bad_request: { status: 400, type: 'invalid_request_error' },
  not_translatable: { status: 400, type: 'invalid_request_error' },
  residency_unavailable: { status: 403, type: 'permission_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  body_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  unsupported_encoding: { status: 415, type: 'invalid_request_error' },
  headers_too_large: { status: 431, type: 'invalid_request_error' },
  internal_error: { status: 500, type: 'server_error' },
  upstream_failed: { status: 502, type: 'server_error' },
  upstream_auth_failed: { status: 502, type: 'server_error' },
  upstream_invalid_response: { status: 502, type: 'server_error' },
  upstream_rate_limited: { status: 429, type: 'rate_limit_error' },
  upstreams_unavailable: { status: 503, type: 'server_error' },
  realtime_unavailable: { status: 503, type: 'server_error' },
  queue_full: { status: 503, type: 'server_error' },
  wait_expired: { status: 503, type: 'server_error' },
  audit_unavailable: { status: 503, type: 'server_error' },
  shutting_down: { status: 503, type: 'server_error' },
  upstream_timeout: { status: 504, type: 'server_error' },
  timed_out: { status: 504, type: 'server_error' },
} as const

export type CallErrorCode = keyof typeof CODES
export const CALL_ERROR_CODES = Object.keys(CODES) as readonly CallErrorCode[]

/** What a client is told. Messages are our own words: nothing of an upstream's, of a key's or of the configuration's is in them. */
export interface CallFailure {
  readonly status: number
  readonly code: string
  readonly type: string
  readonly message: string
  /** The field of the request that is wrong; null = none in particular. */
  readonly param: string | null
  readonly retryAfterSeconds: number | null
}

/** Thrown by the rooms before a call is dispatched; what it carries is for the client. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly failure: CallFailure

  constructor(code: CallErrorCode, message: string, param: string | null = null) {
    super(message)
    this.failure = failureOf(code, message, param)
  }
}

/** The failure of a code, as data. `retryAfterSeconds` null = the client is not told when. */
export function failureOf(code: CallErrorCode, message: string, param: string | null = null, retryAfterSeconds: number | null = null): CallFailure {
  const { status, type } = CODES[code]
  return { status, code, type, message, param, retryAfterSeconds }
}

/** OpenAI's `type` for a status, for failures that come from elsewhere with a code of their own. */
export function typeOfStatus(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 402 || status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
