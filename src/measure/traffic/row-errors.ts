import { SpillwayError, type ErrorCode } from '../../core/errors.ts'
import type { RowIssue } from './reading.ts'

const KEPT = 20

/** What is done about a bad row: fail at once, or with `skip` count it and keep the first 20 reasons. */
export class RowErrors {
  count = 0
  readonly first: RowIssue[] = []
  readonly #file: string
  readonly #skip: boolean

  constructor(file: string, skip: boolean) {
    this.#file = file
    this.#skip = skip
  }

  /** Reports a bad row; throws a SpillwayError unless bad rows are skipped. */
  bad(row: number, column: string | null, reason: string, mend = 'Correct the row, or pass --skip-bad-rows to count and skip such rows', code: ErrorCode = 'TRAFFIC_ROW_INVALID'): void {
    if (!this.#skip) throw this.fatal(code, reason, mend, row, column ?? undefined)
    this.count++
    if (this.first.length < KEPT) this.first.push({ row, column, reason })
  }

  /** An error that no skipping mends, for the caller to throw. */
  fatal(code: ErrorCode, reason: string, mend: string, row?: number, column?: string): SpillwayError {
    return new SpillwayError(code, reason, mend, { file: this.#file, ...(row === undefined ? {} : { row }), ...(column === undefined ? {} : { column }) })
  }
}
