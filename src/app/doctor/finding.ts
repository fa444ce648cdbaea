/** One line of `spillway doctor`. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was looked at: `config`, `data`, `port`, `pool floor` ... */
  readonly check: string
  readonly message: string
  /** What to do; null where nothing is to be done. */
  readonly mend: string | null
}

export function ok(check: string, message: string): Finding {
  return { status: 'ok', check, message, mend: null }
}

export function warn(check: string, message: string, mend: string): Finding {
  return { status: 'warn', check, message, mend }
}

export function fail(check: string, message: string, mend: string): Finding {
  return { status: 'fail', check, message, mend }
}
