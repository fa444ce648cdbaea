import { isUtf8 } from 'node:buffer'
import type { RowErrors } from './row-errors.ts'

const MIB = 1024 * 1024
const STEP_BYTES = 256 * 1024
export const MAX_CSV_RECORD = MIB
export const MAX_JSON_LINE = 4 * MIB
const LF = 10
const CR = 13
const QUOTE = 34

/** Gets each record as a range of bytes, without its line end; the bytes are only good during the call. */
export type OnRecord = (bytes: Uint8Array, start: number, end: number, row: number) => void

/**
 * Cuts a stream of bytes into records: lines, or in CSV quoted fields that pass several lines. Memory is one record
 * (at most 1 MiB of CSV, 4 MiB of JSON) and one chunk. Checks the encoding of every record. Empty lines are counted and
 * skipped. Throws TRAFFIC_LINE_TOO_LONG, TRAFFIC_ENCODING, and TRAFFIC_ROW_INVALID for a quote never closed.
 */
export class LineSplitter {
  /** Records so far, the header included. */
  row = 0
  #held = Buffer.allocUnsafeSlow(2 * STEP_BYTES)
  #length = 0
  /** Whether the first byte says JSON lines, where quotes do not join lines; null before the first byte. */
  #json: boolean | null = null
  readonly #errors: RowErrors
  readonly #onRecord: OnRecord

  constructor(errors: RowErrors, onRecord: OnRecord) {
    this.#errors = errors
    this.#onRecord = onRecord
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      this.#append(chunk.subarray(at, at + STEP_BYTES))
      this.#drain(false)
    }
  }

  end(): void {
    this.#drain(true)
  }

  #append(bytes: Uint8Array): void {
    const need = this.#length + bytes.length
    if (need > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(2 * need)
      this.#held.copy(larger, 0, 0, this.#length)
      this.#held = larger
    }
    this.#held.set(bytes, this.#length)
    this.#length = need
  }

  #drain(last: boolean): void {
    if (this.#json === null && !this.#begin(last)) return
    const held = this.#held
    const stop = last ? this.#length : held.subarray(0, this.#length).lastIndexOf(LF) + 1
    const block = held.subarray(0, stop)
    const valid = isUtf8(block)
    const quoted = this.#json === false && block.includes(QUOTE)
    const limit = this.#json === true ? MAX_JSON_LINE : MAX_CSV_RECORD
    let start = 0
    while (start < stop) {
      let end = quoted ? endOfRecord(held, start, stop) : endOfLine(held, start, stop)
      if (end === -1) {
        if (last) throw this.#errors.fatal('TRAFFIC_ROW_INVALID', 'a quote is opened and never closed', 'Close the quote, or copy the file again if it was cut', this.row + 1)
        break
      }
      const next = end + 1
      this.row++
      if (end - start > limit) throw this.#tooLong(limit, this.row)
      if (end > start && held[end - 1] === CR) end--
      if (end > start) {
        if (valid || isUtf8(held.subarray(start, end))) this.#onRecord(held, start, end, this.row)
        else this.#errors.bad(this.row, null, 'the bytes are not valid UTF-8', 'Save the file as UTF-8 (iconv -t UTF-8), or pass --skip-bad-rows', 'TRAFFIC_ENCODING')
      }
      start = next
    }
    if (start > 0) {
      held.copyWithin(0, Math.min(start, this.#length), this.#length)
      this.#length = Math.max(0, this.#length - start)
    }
    if (this.#length > limit) throw this.#tooLong(limit, this.row + 1)
  }

  /** Looks at the first bytes: byte order mark, UTF-16, JSON or CSV. False where more bytes are needed. */
  #begin(last: boolean): boolean {
    const held = this.#held
    if (this.#length < 4 && !last) return false
    if (this.#length >= 2 && ((held[0] === 0xff && held[1] === 0xfe) || (held[0] === 0xfe && held[1] === 0xff) || held[0] === 0 || held[1] === 0)) {
      throw this.#errors.fatal('TRAFFIC_ENCODING', 'the file is not UTF-8 text (it looks like UTF-16 or binary data)', 'Save it as UTF-8 text', 1)
    }
    if (this.#length >= 3 && held[0] === 0xef && held[1] === 0xbb && held[2] === 0xbf) {
      held.copyWithin(0, 3, this.#length)
      this.#length -= 3
    }
    let at = 0
    while (at < this.#length && (held[at] === 32 || held[at] === LF || held[at] === CR || held[at] === 9)) at++
    this.#json = held[at] === 123 || held[at] === 91
    return true
  }

  #tooLong(limit: number, row: number): Error {
    return this.#errors.fatal('TRAFFIC_LINE_TOO_LONG', `the row is longer than ${limit / MIB} MiB`, 'Check that this is a text file with one record a line and that every quote is closed', row)
  }
}

// A loop of our own is faster here than a call of indexOf a line: lines are short.
function endOfLine(bytes: Uint8Array, start: number, stop: number): number {
  let at = start
  while (at < stop && bytes[at] !== LF) at++
  return at
}

/** The end of a CSV record: the first line end outside quotes; -1 where it has not come yet. */
function endOfRecord(bytes: Uint8Array, start: number, stop: number): number {
  let inside = false
  let at = start
  for (; at < stop; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) inside = !inside
    else if (byte === LF && !inside) return at
  }
  return inside ? -1 : at
}
