import { decimalNumber, textOf, wholeNumber } from './byte-numbers.ts'
import { shortList, splitQuoted } from './csv-record.ts'
import { COLUMN_ROLES, type ColumnMap, type ColumnRole } from './reading.ts'
import { MAX_EGRESS_MB, MAX_GPU_SECONDS, MAX_TOKENS, TOO_FAR, type RequestSink } from './request-sink.ts'
import type { RowErrors } from './row-errors.ts'
import type { RowReader } from './row-reader.ts'
import type { TimeStamp } from './time-stamp.ts'

const QUOTE = 34
const MAX_COLUMNS = 1000

export interface CsvLayout {
  readonly names: readonly string[]
  readonly delimiter: string
  readonly columns: ColumnMap
}

/**
 * Rows of a CSV file in which each row is one request. Reads numbers and times straight from the bytes; a record with
 * doubled quotes takes the slow way through text. Throws TRAFFIC_COLUMN_MISSING where the header lacks a named column.
 */
export class CsvRequests implements RowReader {
  rows = 0
  readonly #names: readonly string[]
  readonly #delimiter: string
  readonly #delimiterByte: number
  /** Column number of each role in the order of COLUMN_ROLES; -1 = none. */
  readonly #at: readonly number[]
  /** Where each field of the current record starts and ends, without its quotes. */
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #time: TimeStamp
  readonly #errors: RowErrors
  readonly #sink: RequestSink

  constructor(layout: CsvLayout, time: TimeStamp, errors: RowErrors, sink: RequestSink) {
    this.#names = layout.names
    this.#delimiter = layout.delimiter
    this.#delimiterByte = layout.delimiter.charCodeAt(0)
    this.#time = time
    this.#errors = errors
    this.#sink = sink
    if (layout.names.length > MAX_COLUMNS) throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', `the header has ${layout.names.length} columns`, `Keep the columns that matter, at most ${MAX_COLUMNS}`, 1)
    const lower = layout.names.map((name) => name.toLowerCase())
    this.#at = COLUMN_ROLES.map((role) => {
      const name = layout.columns[role]
      if (name === undefined) return -1
      const exact = layout.names.indexOf(name)
      const index = exact === -1 ? lower.indexOf(name.toLowerCase()) : exact
      if (index === -1) throw errors.fatal('TRAFFIC_COLUMN_MISSING', `there is no such column; the header has ${shortList(layout.names)}`, 'Name the columns with --columns "time=...,input=...,output=..."', 1, name)
      return index
    })
    if (this.#at[0] === -1) throw errors.fatal('TRAFFIC_COLUMN_MISSING', 'no column is named as the time', 'Add time=... to --columns', 1)
    if ((this.#at[1] === -1) !== (this.#at[2] === -1)) throw errors.fatal('TRAFFIC_COLUMN_MISSING', 'input and output tokens are needed both or not at all', 'Name both input=... and output=... in --columns', 1)
    if (this.#at[3] !== -1 && this.#at[1] === -1) throw errors.fatal('TRAFFIC_COLUMN_MISSING', 'cached tokens without input tokens say nothing', 'Add input=... and output=... to --columns', 1)
    this.#starts = new Int32Array(layout.names.length)
    this.#ends = new Int32Array(layout.names.length)
  }

  record(bytes: Uint8Array, start: number, end: number, row: number): void {
    const starts = this.#starts
    const ends = this.#ends
    const last = this.#names.length - 1
    const delimiter = this.#delimiterByte
    let field = 0
    let at = start
    for (;;) {
      starts[field] = at
      if (at < end && bytes[at] === QUOTE) {
        let close = at + 1
        while (close < end && bytes[close] !== QUOTE) close++
        starts[field] = at + 1
        ends[field] = close
        at = close + 1
        // A doubled quote, or text after the quote, is left to the slow way.
        if (close >= end || (at < end && bytes[at] !== delimiter)) return this.#quoted(bytes, start, end, row)
      } else {
        while (at < end && bytes[at] !== delimiter) at++
        ends[field] = at
      }
      if (at >= end) break
      at++
      if (++field > last) return this.#quoted(bytes, start, end, row)
    }
    if (field < last) this.#mismatch(field + 1, row)
    else this.#take(bytes, row)
  }

  finish(): void {}

  #take(bytes: Uint8Array, row: number): void {
    const ms = this.#time.read(bytes, this.#starts[this.#at[0]!]!, this.#ends[this.#at[0]!]!)
    if (ms !== ms) {
      this.#errors.bad(row, this.#nameOf(0), this.#time.problem, 'Correct the time (see --time-unit), or pass --skip-bad-rows')
      return
    }
    const input = this.#tokens(bytes, 1, row)
    if (input !== input) return
    const output = this.#tokens(bytes, 2, row)
    if (output !== output) return
    const cached = this.#tokens(bytes, 3, row)
    if (cached !== cached) return
    if (cached > input) {
      this.#errors.bad(row, this.#nameOf(3), `${cached} cached tokens are more than the ${input} input tokens`)
      return
    }
    const gpuSeconds = this.#amount(bytes, 4, row, MAX_GPU_SECONDS)
    if (gpuSeconds !== gpuSeconds) return
    const egressMb = this.#amount(bytes, 5, row, MAX_EGRESS_MB)
    if (egressMb !== egressMb) return
    if (this.#sink.request(ms, input, output, cached, gpuSeconds, egressMb)) this.rows++
    else this.#errors.bad(row, this.#nameOf(0), TOO_FAR, 'Correct the time, cut the trace, or give a larger --bin', 'TRAFFIC_TOO_LONG')
  }

  /** A token count; -1 where the file has no such column, NaN where it is bad (reported). */
  #tokens(bytes: Uint8Array, role: number, row: number): number {
    const column = this.#at[role]!
    if (column === -1) return -1
    const from = this.#starts[column]!
    const to = this.#ends[column]!
    const value = wholeNumber(bytes, from, to)
    if (value <= MAX_TOKENS) return value
    // Not plain digits: perhaps 12.0 or 1e3, which some tools write for whole numbers.
    const text = textOf(bytes, from, to)
    const number = decimalNumber(text)
    if (number >= 0 && number <= MAX_TOKENS && Number.isInteger(number)) return number
    this.#errors.bad(row, this.#nameOf(role), tokenProblem(text, number))
    return Number.NaN
  }

  #amount(bytes: Uint8Array, role: number, row: number, limit: number): number {
    const column = this.#at[role]!
    if (column === -1) return -1
    const text = textOf(bytes, this.#starts[column]!, this.#ends[column]!)
    const value = decimalNumber(text)
    if (value >= 0 && value <= limit) return value
    this.#errors.bad(row, this.#nameOf(role), text === '' ? 'the value is empty' : `"${text}" is not a number from 0 to ${limit}`)
    return Number.NaN
  }

  #nameOf(role: number): ColumnRole | string {
    return this.#names[this.#at[role]!] ?? COLUMN_ROLES[role]!
  }

  #quoted(bytes: Uint8Array, start: number, end: number, row: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
    const fields = splitQuoted(text, this.#delimiter)
    if (fields === null) {
      this.#errors.bad(row, null, 'text follows a closing quote', 'Double the quotes inside a quoted field, or pass --skip-bad-rows')
      return
    }
    if (fields.length !== this.#names.length) {
      this.#mismatch(fields.length, row)
      return
    }
    // Only the columns that are read are laid out again as bytes: others may be long.
    let wanted = ''
    for (const [column, field] of fields.entries()) {
      this.#starts[column] = Buffer.byteLength(wanted)
      if (this.#at.includes(column)) wanted += field.slice(0, 100)
      this.#ends[column] = Buffer.byteLength(wanted)
    }
    this.#take(Buffer.from(wanted), row)
  }

  #mismatch(fields: number, row: number): void {
    const missing = this.#names[fields]
    this.#errors.bad(row, fields < this.#names.length && missing !== undefined ? missing : null, `the row has ${fields} ${fields === 1 ? 'column' : 'columns'}, the header ${this.#names.length}`)
  }
}

/** Says what is wrong with a token count. */
export function tokenProblem(text: string, number: number): string {
  if (text === '') return 'the token count is empty'
  if (number < 0) return `a token count of ${text} is negative`
  if (number > MAX_TOKENS) return `a token count of ${text} is absurd (over ${MAX_TOKENS / 1e6} million)`
  return `"${text}" is not a whole number of tokens`
}
