import { type ErrorCode, SpillwayError } from '../../core/errors.ts'

/** Every reason for which the dashboard's API refuses, with its HTTP status. The codes are stable, the texts may improve. */
const CODES = {
  invalid_body: 400,
  invalid_parameter: 400,
  unknown_field: 400,
  password_weak: 400,
  link_invalid: 400,
  not_signed_in: 401,
  invalid_login: 401,
  refused: 401,
  permission_missing: 403,
  scope_missing: 403,
  csrf_refused: 403,
  not_yours: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  last_owner: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  too_many_attempts: 429,
  busy: 429,
  audit_off: 503,
  unavailable: 503,
} as const

export type ApiErrorCode = keyof typeof CODES

/** A request that is not done. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  /** The field that is wrong; null = none in particular. */
  readonly param: string | null
  readonly retryAfterSeconds: number | null

  /** `as`: the status and code of admission, in place of our own. */
  constructor(code: ApiErrorCode, message: string, param: string | null = null, as: { readonly status?: number; readonly code?: string; readonly retryAfterSeconds?: number | null } = {}) {
    super(message)
    this.code = as.code ?? code
    this.status = as.status ?? CODES[code]
    this.param = param
    this.retryAfterSeconds = as.retryAfterSeconds ?? null
  }
}

const OF_STORE: Readonly<Partial<Record<ErrorCode, ApiErrorCode>>> = {
  CONTROL_CONFLICT: 'conflict',
  CONTROL_LAST_OWNER: 'last_owner',
  CONTROL_ROW_INVALID: 'invalid_body',
  CONTROL_UNAVAILABLE: 'unavailable',
  CONTROL_CLOSED: 'unavailable',
  KEY_UNKNOWN: 'not_found',
  BUDGET_UNKNOWN: 'not_found',
  USER_UNKNOWN: 'not_found',
  USER_EXISTS: 'conflict',
  PASSWORD_WEAK: 'password_weak',
  LINK_INVALID: 'link_invalid',
  MONEY_INVALID: 'invalid_body',
  MONEY_OVERFLOW: 'invalid_body',
  NUMBER_INVALID: 'invalid_body',
}

/** What was thrown, as an error of the API; null = a defect. What a database said of itself stays inside: it names folders. */
export function apiErrorOf(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error
  if (!(error instanceof SpillwayError)) return null
  const code = OF_STORE[error.code]
  if (code === undefined) return null
  if (code === 'unavailable') return new ApiError(code, 'The control database cannot be asked at present. Try again in a moment.', null, { retryAfterSeconds: 1 })
  return new ApiError(code, `${error.message}. ${error.mend}.`)
}
