import { amount, parseRow, shown, tokenCount, type JsonRow } from './json-rows.ts'
import type { ColumnMap } from './reading.ts'
import { MAX_EGRESS_MB, MAX_GPU_SECONDS, TOO_FAR, type RequestSink } from './request-sink.ts'
import type { RowErrors } from './row-errors.ts'
import type { RowReader } from './row-reader.ts'
import type { TimeStamp } from './time-stamp.ts'

const DEFAULT_KEYS = { time: 't', input: 'input', output: 'output', cached: 'cached', gpu_seconds: 'gpu_seconds', egress_mb: 'egress_mb' } as const

/**
 * Spillway's own JSON lines, one request a line:
 * - `t`: ISO 8601 date and time, or a number as in time-stamp.ts;
 * - `input`, `output`: all prompt tokens and all generated tokens, in every row or in none;
 * - `cached`: prompt tokens found in the prefix cache, part of `input`; absent = 0;
 * - `gpu_seconds`: seconds of one GPU that the request kept busy, in every row or in none;
 * - `egress_mb`: megabytes (1e6 bytes) sent to the client, in every row or in none;
 * - other keys (`user`, `feature`, ...) are accepted and not used here.
 */
export class OwnRows implements RowReader {
  rows = 0
  /** Which of the all-or-none keys the first row has. */
  #has: { readonly tokens: boolean; readonly gpuSeconds: boolean; readonly egress: boolean } | null = null
  readonly #keys: { readonly [role in keyof typeof DEFAULT_KEYS]: string }
  readonly #time: TimeStamp
  readonly #errors: RowErrors
  readonly #sink: RequestSink
  readonly #timeBytes = Buffer.alloc(256)

  constructor(columns: ColumnMap, time: TimeStamp, errors: RowErrors, sink: RequestSink) {
    this.#keys = { ...DEFAULT_KEYS, ...columns }
    this.#time = time
    this.#errors = errors
    this.#sink = sink
  }

  record(bytes: Uint8Array, start: number, end: number, at: number): void {
    const keys = this.#keys
    const row = parseRow(bytes, start, end, at, this.#errors)
    if (row === null) return
    const ms = this.#timeOf(row, at)
    if (ms === null) return
    const has = (key: string): boolean => row[key] !== undefined && row[key] !== null
    this.#has ??= { tokens: has(keys.input) || has(keys.output), gpuSeconds: has(keys.gpu_seconds), egress: has(keys.egress_mb) }
    const surprise = [
      [keys.input, this.#has.tokens],
      [keys.output, this.#has.tokens],
      [keys.gpu_seconds, this.#has.gpuSeconds],
      [keys.egress_mb, this.#has.egress],
    ].find(([key, expected]) => has(key as string) !== expected)
    if (surprise !== undefined) {
      this.#errors.bad(at, surprise[0] as string, surprise[1] ? 'the value is missing, though the first row has it' : 'the value is given, though the first row has none', 'Give it in every row or in none, or pass --skip-bad-rows')
      return
    }
    const input = this.#has.tokens ? tokenCount(row, keys.input, at, this.#errors) : -1
    const output = input === null || !this.#has.tokens ? -1 : tokenCount(row, keys.output, at, this.#errors)
    const cached = input === null || output === null || !has(keys.cached) ? -1 : tokenCount(row, keys.cached, at, this.#errors)
    if (input === null || output === null || cached === null) return
    if (cached > input) {
      this.#errors.bad(at, keys.cached, `${cached} cached tokens are more than the ${Math.max(0, input)} input tokens`)
      return
    }
    const gpuSeconds = this.#has.gpuSeconds ? amount(row, keys.gpu_seconds, MAX_GPU_SECONDS, at, this.#errors) : -1
    const egressMb = gpuSeconds === null || !this.#has.egress ? -1 : amount(row, keys.egress_mb, MAX_EGRESS_MB, at, this.#errors)
    if (gpuSeconds === null || egressMb === null) return
    if (this.#sink.request(ms, input, output, cached, gpuSeconds, egressMb)) this.rows++
    else this.#errors.bad(at, keys.time, TOO_FAR, 'Correct the time, cut the trace, or give a larger --bin', 'TRAFFIC_TOO_LONG')
  }

  finish(): void {}

  #timeOf(row: JsonRow, at: number): number | null {
    const value = row[this.#keys.time]
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.#errors.bad(at, this.#keys.time, value === undefined ? 'the time is missing' : `${shown(value)} is not a time`)
      return null
    }
    const ms = this.#time.read(this.#timeBytes, 0, this.#timeBytes.write(String(value)))
    if (ms === ms) return ms
    this.#errors.bad(at, this.#keys.time, this.#time.problem, 'Correct the time (see --time-unit), or pass --skip-bad-rows')
    return null
  }
}
