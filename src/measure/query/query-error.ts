import { type ErrorCode, oneLine, SpillwayError } from '../../core/errors.ts'

/** Every reason for which a question is refused, with its HTTP status. The codes are stable, the texts may improve. */
const CODES = {
  unknown_parameter: 400,
  invalid_parameter: 400,
  answer_too_large: 400,
  pool_shared: 403,
  not_found: 404,
  busy: 429,
  telemetry_unavailable: 503,
  telemetry_off: 503,
} as const

export type QueryErrorCode = keyof typeof CODES

/** A question that is not answered. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly code: QueryErrorCode
  /** The parameter that is wrong; null = none in particular. */
  readonly param: string | null

  constructor(code: QueryErrorCode, message: string, param: string | null = null) {
    super(message)
    this.code = code
    this.param = param
  }

  get status(): number {
    return CODES[this.code]
  }
}

const OF_STORE: Readonly<Partial<Record<ErrorCode, QueryErrorCode>>> = {
  TELEMETRY_QUERY_INVALID: 'invalid_parameter',
  TELEMETRY_QUERY_TOO_LARGE: 'answer_too_large',
  TELEMETRY_UNAVAILABLE: 'telemetry_unavailable',
  TELEMETRY_CLOSED: 'telemetry_unavailable',
  TELEMETRY_OFF: 'telemetry_off',
}

/** What a store throws, as an error of the API; null = a defect. What the database said of itself stays inside: it names folders. */
export function queryErrorOf(error: unknown): QueryError | null {
  if (error instanceof QueryError) return error
  if (!(error instanceof SpillwayError)) return null
  const code = OF_STORE[error.code]
  if (code === undefined) return null
  if (code === 'telemetry_unavailable') return new QueryError(code, 'Telemetry cannot be asked at present; calls are recorded all the same. Ask again in a moment.')
  return new QueryError(code, `${error.message}. ${error.mend}.`)
}

/** The error that the rest of the API answers with. */
export function errorText({ code, message, param }: { readonly code: string; readonly message: string; readonly param: string | null }): string {
  return JSON.stringify({ error: { code, message: oneLine(message), param } })
}
