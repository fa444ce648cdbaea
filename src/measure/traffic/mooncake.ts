import { amount, parseRow, shown, tokenCount } from './json-rows.ts'
import { PrefixCache } from './prefix-cache.ts'
import { TOO_FAR, type RequestSink } from './request-sink.ts'
import type { RowErrors } from './row-errors.ts'
import type { RowReader } from './row-reader.ts'

const BLOCK_TOKENS = 512
/** A prompt of the largest size we accept has about 20,000 blocks. */
const MAX_HASHES = 20_000
/** Below this many ms a timestamp counts from the start of the trace. */
const ABSOLUTE_MS = 1e11
const LAST_MS = 7.26e12

/**
 * Mooncake traces, one JSON object a line: `timestamp` (ms since the start), `input_length`, `output_length`, and
 * `hash_ids`, the hashes of the prompt's 512-token blocks, from which cached tokens are estimated.
 */
export class MooncakeRows implements RowReader {
  rows = 0
  absolute: boolean | null = null
  readonly prefixCache = new PrefixCache(BLOCK_TOKENS)
  /** Whether any row had hashes. */
  hashes = false
  readonly #errors: RowErrors
  readonly #sink: RequestSink

  constructor(errors: RowErrors, sink: RequestSink) {
    this.#errors = errors
    this.#sink = sink
  }

  record(bytes: Uint8Array, start: number, end: number, at: number): void {
    const row = parseRow(bytes, start, end, at, this.#errors)
    if (row === null) return
    const ms = amount(row, 'timestamp', LAST_MS, at, this.#errors)
    if (ms === null) return
    const input = tokenCount(row, 'input_length', at, this.#errors)
    if (input === null) return
    const output = tokenCount(row, 'output_length', at, this.#errors)
    if (output === null) return
    this.absolute ??= ms >= ABSOLUTE_MS
    if (this.absolute !== ms >= ABSOLUTE_MS) {
      this.#errors.bad(at, 'timestamp', `${ms} is ${this.absolute ? 'a time since the start' : 'Unix time in ms'}, unlike the first row`)
      return
    }
    const hashes = row['hash_ids'] ?? []
    if (!Array.isArray(hashes) || hashes.length > MAX_HASHES || !hashes.every((hash) => typeof hash === 'number' || typeof hash === 'string')) {
      this.#errors.bad(at, 'hash_ids', `${shown(hashes)} is not a list of at most ${MAX_HASHES} hashes`)
      return
    }
    const cached = hashes.length === 0 ? -1 : this.prefixCache.cached(input, hashes as (number | string)[])
    if (hashes.length > 0) this.hashes = true
    if (this.#sink.request(ms, input, output, cached, -1, -1)) this.rows++
    else this.#errors.bad(at, 'timestamp', TOO_FAR, 'Correct the time, cut the trace, or give a larger --bin', 'TRAFFIC_TOO_LONG')
  }

  finish(): void {}
}
