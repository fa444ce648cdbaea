import { SpillwayError, type ErrorCode } from '../core/errors.ts'

export interface CsvOptions {
  /** Named in errors. */
  readonly file: string
  readonly codes: { readonly row: ErrorCode; readonly tooLong: ErrorCode }
  /** Called once; returns the indexes of the columns that `onRow` wants, in the order in which it wants them. */
  readonly onHeader: (names: readonly string[]) => readonly number[]
  /** `row` counts records from 1, the header included. The array is the caller's to keep. */
  readonly onRow: (cells: string[], row: number) => void
  /** Takes a record whose width is wrong, so that it can be skipped; without it such a record throws. */
  readonly onBadRow?: (error: SpillwayError) => void
  /** One character; the default is found in the header line: comma, else tab, else semicolon. */
  readonly delimiter?: string
  readonly maxFieldChars?: number
  readonly maxRecordChars?: number
}

const QUOTE = 34
const LF = 10
const CR = 13

/**
 * A streaming CSV reader after RFC 4180: quoted fields with doubled quotes and line breaks, LF or CRLF, blank lines
 * skipped, every record as wide as the header. Push text with `write`, then call `end`. Memory is one chunk and one
 * record, whatever the size of the file. Throws `codes.row` for a malformed record, `codes.tooLong` above the limits.
 */
export class CsvReader {
  /** The record being read, from 1: where an error of the stream itself happened. */
  row = 1
  #rest = ''
  #width = 0
  #wanted: readonly number[] = []
  #delimiter: string
  readonly #options: CsvOptions
  readonly #maxField: number
  readonly #maxRecord: number

  constructor(options: CsvOptions) {
    this.#options = options
    this.#delimiter = options.delimiter ?? ''
    this.#maxField = options.maxFieldChars ?? 262_144
    this.#maxRecord = options.maxRecordChars ?? 1_048_576
  }

  write(chunk: string): void {
    this.#consume(this.#rest === '' ? chunk : this.#rest + chunk, false)
  }

  end(): void {
    if (this.#rest !== '') this.#consume(this.#rest, true)
  }

  #consume(text: string, last: boolean): void {
    let at = 0
    let quote = text.indexOf('"')
    while (at < text.length) {
      const newline = text.indexOf('\n', at)
      if (quote !== -1 && quote < at) quote = text.indexOf('"', at)
      const plain = quote === -1 || (newline !== -1 && quote > newline)
      if (plain && newline === -1 && !last) break
      const next: number = plain ? this.#plain(text, at, newline === -1 ? text.length : newline) : this.#quoted(text, at, last)
      if (next === -1) break
      at = next
      this.row++
    }
    this.#rest = at === 0 ? text : text.slice(at)
    if (last) this.#rest = ''
    if (this.#rest.length > this.#maxRecord) throw this.#tooLong(`is longer than ${this.#maxRecord} characters`)
  }

  /** A record without quotes, from `at` to the line's end; returns where the next one starts. */
  #plain(text: string, at: number, newline: number): number {
    const end = newline > at && text.charCodeAt(newline - 1) === CR ? newline - 1 : newline
    if (end > at) {
      if (end - at > this.#maxRecord) throw this.#tooLong(`is longer than ${this.#maxRecord} characters`)
      this.#findDelimiter(text, at, end)
      const starts: number[] = []
      let start = at
      for (;;) {
        starts.push(start)
        const comma = text.indexOf(this.#delimiter, start)
        const stop = comma === -1 || comma >= end ? end : comma
        if (stop - start > this.#maxField) throw this.#tooLong(`has a field longer than ${this.#maxField} characters`, starts.length)
        if (stop === end) break
        start = stop + 1
      }
      starts.push(end + 1)
      this.#emit(starts.length - 1, (index) => text.slice(starts[index], (starts[index + 1] ?? 0) - 1))
    }
    return newline + 1
  }

  /** A record with at least one quote; returns where the next one starts, or -1 where the text ends within it. */
  #quoted(text: string, at: number, last: boolean): number {
    const fields: string[] = []
    let position = at
    for (;;) {
      if (position - at > this.#maxRecord) throw this.#tooLong(`is longer than ${this.#maxRecord} characters`)
      let value: string
      if (text.charCodeAt(position) === QUOTE) {
        const close = this.#closingQuote(text, position + 1)
        if (close === -1) {
          if (text.length - position > this.#maxField) throw this.#tooLong(`has a field longer than ${this.#maxField} characters`, fields.length + 1)
          if (last) throw this.#malformed('a quote is opened and never closed', 'Close the quote, or download the file again if it was cut')
          return -1
        }
        if (close - position > this.#maxField) throw this.#tooLong(`has a field longer than ${this.#maxField} characters`, fields.length + 1)
        value = text.slice(position + 1, close)
        if (value.includes('"')) value = value.replaceAll('""', '"')
        position = close + 1
        // The character after the quote decides; at the end of a chunk it is not here yet.
        if (!last && (position >= text.length || (text.charCodeAt(position) === CR && position + 1 >= text.length))) return -1
      } else {
        const newline = text.indexOf('\n', position)
        const stop = newline === -1 ? text.length : newline
        if (this.#delimiter === '') this.#findDelimiter(text, position, stop)
        const comma = text.indexOf(this.#delimiter, position)
        const end = comma !== -1 && comma < stop ? comma : stop
        if (end === text.length && !last) return -1
        if (end - position > this.#maxField) throw this.#tooLong(`has a field longer than ${this.#maxField} characters`, fields.length + 1)
        value = text.slice(position, end === stop && end > position && text.charCodeAt(end - 1) === CR ? end - 1 : end)
        position = end
      }
      fields.push(value)
      if (this.#delimiter === '') this.#findDelimiter(text, position, position + 1)
      if (position >= text.length) break
      if (text.charCodeAt(position) === CR && text.charCodeAt(position + 1) === LF) position++
      if (text.charCodeAt(position) === LF) {
        position++
        break
      }
      if (text[position] !== this.#delimiter) throw this.#malformed(`text follows a closing quote in field ${fields.length}`, 'Double the quotes inside a quoted field')
      position++
    }
    this.#emit(fields.length, (index) => fields[index] ?? '')
    return position
  }

  #closingQuote(text: string, from: number): number {
    let at = from
    for (;;) {
      const quote = text.indexOf('"', at)
      if (quote === -1) return -1
      if (text.charCodeAt(quote + 1) !== QUOTE) return quote
      at = quote + 2
    }
  }

  #findDelimiter(text: string, from: number, to: number): void {
    if (this.#delimiter !== '') return
    const present = new Set(text.slice(from, to).match(/[,\t;]/gu))
    this.#delimiter = present.has(',') ? ',' : present.has('\t') ? '\t' : present.has(';') ? ';' : ','
  }

  #emit(width: number, field: (index: number) => string): void {
    if (this.#width === 0) {
      this.#width = width
      this.#wanted = this.#options.onHeader(Array.from({ length: width }, (_, index) => field(index).trim()))
      return
    }
    if (width !== this.#width) {
      const error = this.#malformed(`it has ${width} fields where the header has ${this.#width}`, 'Quote fields that contain the separator, or remove the row')
      if (this.#options.onBadRow === undefined) throw error
      this.#options.onBadRow(error)
      return
    }
    const cells: string[] = []
    for (const index of this.#wanted) cells.push(index < 0 ? '' : field(index))
    this.#options.onRow(cells, this.row)
  }

  #tooLong(what: string, field?: number): SpillwayError {
    const place = { file: this.#options.file, row: this.row, ...(field === undefined ? {} : { column: String(field) }) }
    return new SpillwayError(this.#options.codes.tooLong, `the row ${what}`, 'Check that the file is CSV with line breaks and closed quotes', place)
  }

  #malformed(what: string, mend: string): SpillwayError {
    return new SpillwayError(this.#options.codes.row, what, mend, { file: this.#options.file, row: this.row })
  }
}
