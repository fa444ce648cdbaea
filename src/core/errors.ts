/**
 * Every error that a user can cause or meet, by its stable code. The text after the code may improve; the code may not
 * change, since scripts match on it. `exit` is the process's exit status: 2 = the input or the command is wrong.
 */
const CODES = {
  CLI_USAGE: { exit: 2 },
  CLI_NEEDS_ANSWER: { exit: 2 },
  FILE_NOT_FOUND: { exit: 2 },
  FILE_IS_DIRECTORY: { exit: 2 },
  FILE_NOT_READABLE: { exit: 2 },
  FILE_NOT_WRITABLE: { exit: 2 },
  NUMBER_INVALID: { exit: 2 },
  MONEY_INVALID: { exit: 2 },
  MONEY_OVERFLOW: { exit: 2 },
  DURATION_INVALID: { exit: 2 },
  TRAFFIC_EMPTY: { exit: 2 },
  TRAFFIC_FORMAT_UNKNOWN: { exit: 2 },
  TRAFFIC_COLUMN_MISSING: { exit: 2 },
  TRAFFIC_ROW_INVALID: { exit: 2 },
  TRAFFIC_LINE_TOO_LONG: { exit: 2 },
  TRAFFIC_ENCODING: { exit: 2 },
  TRAFFIC_GZIP_BROKEN: { exit: 2 },
  TRAFFIC_TOO_LONG: { exit: 2 },
  TRAFFIC_ONE_BIN: { exit: 2 },
  TRAFFIC_PATTERN_INVALID: { exit: 2 },
  TIME_ZONE_UNKNOWN: { exit: 2 },
  CATALOG_INVALID: { exit: 2 },
  CATALOG_UNKNOWN_ID: { exit: 2 },
  PERF_DOES_NOT_FIT: { exit: 2 },
  PERF_NOT_CALIBRATED: { exit: 2 },
  PERF_SLO_INFEASIBLE: { exit: 2 },
  BILL_FORMAT_UNKNOWN: { exit: 2 },
  BILL_COLUMN_MISSING: { exit: 2 },
  BILL_ROW_INVALID: { exit: 2 },
  BILL_EMPTY: { exit: 2 },
  BILL_CURRENCY_MIXED: { exit: 2 },
  BILL_FX_NEEDED: { exit: 2 },
  BILL_NO_GPU: { exit: 2 },
  BILL_LINE_TOO_LONG: { exit: 2 },
  BILL_ENCODING: { exit: 2 },
  BILL_GZIP_BROKEN: { exit: 2 },
  CURRENT_COST_INVALID: { exit: 2 },
  UTILIZATION_INVALID: { exit: 2 },
  PLAN_PRICE_MISSING: { exit: 2 },
  PLAN_PRICE_INVALID: { exit: 2 },
  PLAN_TOO_LARGE: { exit: 2 },
  PLAN_INFEASIBLE: { exit: 2 },
  USAGE_INVALID: { exit: 2 },
  PDF_UNAVAILABLE: { exit: 2 },
  PLAN_NOT_PRICED: { exit: 2 },
  PORT_UNAVAILABLE: { exit: 2 },
  POLICY_INVALID: { exit: 2 },
  SSE_EVENT_TOO_LONG: { exit: 2 },
  LISTEN_FAILED: { exit: 2 },
  CONFIG_INVALID: { exit: 2 },
  CONFIG_SECRET_LITERAL: { exit: 2 },
  CONFIG_SECRET_MISSING: { exit: 2 },
  CONFIG_URL_REFUSED: { exit: 2 },
  JOURNAL_CLOSED: { exit: 1 },
  JOURNAL_DAMAGED: { exit: 2 },
  JOURNAL_FAILED: { exit: 2 },
  JOURNAL_LOCKED: { exit: 2 },
  JOURNAL_VERSION_UNKNOWN: { exit: 2 },
  CONTROL_UNAVAILABLE: { exit: 2 },
  CONTROL_SCHEMA_NEWER: { exit: 2 },
  CONTROL_NOT_OURS: { exit: 2 },
  CONTROL_CLOSED: { exit: 2 },
  CONTROL_CONFLICT: { exit: 2 },
  CONTROL_LAST_OWNER: { exit: 2 },
  CONTROL_ROW_INVALID: { exit: 2 },
  PRIVATE_FILE_EXPOSED: { exit: 2 },
  PRIVATE_FILE_INVALID: { exit: 2 },
  SECRET_TAMPERED: { exit: 2 },
  SECRET_KEY_UNKNOWN: { exit: 2 },
  KEY_UNKNOWN: { exit: 2 },
  USER_UNKNOWN: { exit: 2 },
  USER_EXISTS: { exit: 2 },
  PASSWORD_WEAK: { exit: 2 },
  LINK_INVALID: { exit: 2 },
  DASHBOARD_EXPOSED: { exit: 2 },
  BUDGET_UNKNOWN: { exit: 2 },
  SECRET_UNKNOWN: { exit: 2 },
  API_UNREACHABLE: { exit: 2 },
  API_REFUSED: { exit: 2 },
  AUDIT_TILE_INVALID: { exit: 2 },
  AUDIT_ENTRY_TOO_LONG: { exit: 2 },
  AUDIT_KEY_INVALID: { exit: 2 },
  AUDIT_NOTE_INVALID: { exit: 2 },
  AUDIT_SIGNATURE_INVALID: { exit: 2 },
  AUDIT_PROOF_INVALID: { exit: 3 },
  AUDIT_LEAF_INVALID: { exit: 2 },
  AUDIT_LOG_MISSING: { exit: 2 },
  AUDIT_LOG_EXISTS: { exit: 2 },
  AUDIT_LOCKED: { exit: 2 },
  AUDIT_WRITE_FAILED: { exit: 2 },
  AUDIT_DAMAGED: { exit: 3 },
  AUDIT_ROLLED_BACK: { exit: 3 },
  AUDIT_FORKED: { exit: 3 },
  AUDIT_JOURNAL_BEHIND: { exit: 2 },
  LEAK_UNKNOWN: { exit: 2 },
  AUDIT_BODY_ERASED: { exit: 3 },
  AUDIT_BODY_MISSING: { exit: 3 },
  AUDIT_BUNDLE_INVALID: { exit: 3 },
  AUDIT_FETCH_FAILED: { exit: 2 },
  AUDIT_POLICY_INVALID: { exit: 2 },
  AUDIT_TIMESTAMP_INVALID: { exit: 3 },
  AUDIT_TIMESTAMP_REFUSED: { exit: 2 },
  AUDIT_WITNESS_FAILED: { exit: 2 },
  AUDIT_WITNESS_STATE: { exit: 2 },
  TELEMETRY_ACCESS_DENIED: { exit: 2 },
  TELEMETRY_CLOSED: { exit: 1 },
  TELEMETRY_DATABASE_MISSING: { exit: 2 },
  TELEMETRY_LOCKED: { exit: 2 },
  TELEMETRY_OFF: { exit: 2 },
  TELEMETRY_QUERY_INVALID: { exit: 2 },
  TELEMETRY_QUERY_TOO_LARGE: { exit: 2 },
  TELEMETRY_SCHEMA_NEWER: { exit: 2 },
  TELEMETRY_UNAVAILABLE: { exit: 2 },
  TELEMETRY_VERSION_UNSUPPORTED: { exit: 2 },
} as const

export type ErrorCode = keyof typeof CODES

/** Where in the input the trouble is. Rows count from 1 and include the header line. */
export interface Place {
  readonly file?: string
  readonly row?: number
  readonly column?: string
}

/**
 * A failure that the user can mend. `message` says what is wrong, `mend` what to do about it; together with the place
 * they print as one line: `error CODE: file:row (column): message. mend`.
 */
export class SpillwayError extends Error {
  override readonly name = 'SpillwayError'
  readonly code: ErrorCode
  readonly mend: string
  readonly place: Place

  constructor(code: ErrorCode, message: string, mend: string, place: Place = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.mend = mend
    this.place = place
  }

  get exitCode(): number {
    return CODES[this.code].exit
  }

  /** The one line that a person sees. Control characters from the input are made visible, so that it stays one line. */
  toLine(): string {
    const { file, row, column } = this.place
    const where = [file, row === undefined ? undefined : `row ${row}`, column === undefined ? undefined : `column ${column}`]
    const prefix = where.filter((part) => part !== undefined).join(', ')
    return oneLine(`error ${this.code}: ${prefix === '' ? '' : `${prefix}: `}${this.message}. ${this.mend}`)
  }

  /** The same as data, for `--json`. */
  toJSON(): { error: { code: ErrorCode; message: string; mend: string; place: Place } } {
    return { error: { code: this.code, message: this.message, mend: this.mend, place: this.place } }
  }
}

/** Escapes control and line-separator characters and cuts at 500 characters, so hostile input cannot forge output lines. */
export function oneLine(text: string): string {
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return safe.length > 500 ? `${safe.slice(0, 497)}...` : safe
}
