import { decimalNumber } from './byte-numbers.ts'
import { MAX_BINS } from './bin-accumulator.ts'
import { splitQuoted } from './csv-record.ts'
import type { RowErrors } from './row-errors.ts'
import type { RowReader } from './row-reader.ts'
import type { TimeStamp } from './time-stamp.ts'

/** Requests per second beyond this are a broken row. */
const MAX_RATE = 1e9
const TIME_NAMES = new Set(['t_s', 't', 'time_s', 'time', 'timestamp'])
const RATE_NAME = /(?:^|[_ ])(?:rate|rps|qps)(?:$|[_ ])/iu

export interface RateLayout {
  readonly delimiter: string
  readonly names: readonly string[]
  readonly time: number
  readonly rate: number
}

/** The layout of a header such as `t_s,rate` or `t_s,sum_client_rate`; null where it is none. */
export function rateLayout(names: readonly string[], delimiter: string): RateLayout | null {
  const time = names.findIndex((name) => TIME_NAMES.has(name.toLowerCase()))
  const rate = names.findIndex((name) => RATE_NAME.test(name))
  return time === -1 || rate === -1 ? null : { delimiter, names, time, rate }
}

/** ServeGen's client files have no header: time, rate, CV, and the name of the arrival pattern (Gamma, Weibull). */
export function headlessRateLayout(fields: readonly string[], delimiter: string): RateLayout | null {
  const numeric = fields.length >= 2 && decimalNumber(fields[0] ?? '') >= 0 && decimalNumber(fields[1] ?? '') >= 0
  return numeric && (fields.length === 2 || /^[a-z]/iu.test(fields[3] ?? '')) ? { delimiter, names: fields.map((_, index) => ['t_s', 'rate'][index] ?? `column ${index + 1}`), time: 0, rate: 1 } : null
}

export interface RateSums {
  readonly binSeconds: number
  readonly originMs: number
  readonly requests: Float64Array
  /** 1 for bins that have no row at all. */
  readonly missing: Uint8Array
}

/**
 * Rows that are rates over bins: `t_s,rate`, the rate in requests per second from t on. The bin width is the most
 * common spacing; rows must rise in time by multiples of it. Bins without a row count as possible gaps.
 */
export class RateRows implements RowReader {
  rows = 0
  readonly #layout: RateLayout
  readonly #time: TimeStamp
  readonly #errors: RowErrors
  readonly #times: number[] = []
  readonly #rates: number[] = []
  readonly #rowNumbers: number[] = []

  constructor(layout: RateLayout, time: TimeStamp, errors: RowErrors) {
    this.#layout = layout
    this.#time = time
    this.#errors = errors
  }

  record(bytes: Uint8Array, start: number, end: number, row: number): void {
    const { names, delimiter, time, rate } = this.#layout
    const fields = splitQuoted(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'), delimiter)
    if (fields === null || fields.length !== names.length) {
      this.#errors.bad(row, (fields && names[fields.length]) ?? null, fields === null ? 'text follows a closing quote' : `the row has ${fields.length} ${fields.length === 1 ? 'column' : 'columns'}, the header ${names.length}`)
      return
    }
    const timeBytes = Buffer.from(fields[time]!)
    const ms = this.#time.read(timeBytes, 0, timeBytes.length)
    if (ms !== ms) {
      this.#errors.bad(row, names[time]!, this.#time.problem, 'Correct the time (see --time-unit), or pass --skip-bad-rows')
      return
    }
    const text = fields[rate]!.trim()
    const value = decimalNumber(text)
    if (!(value >= 0 && value <= MAX_RATE)) {
      const reason = text === '' ? 'the rate is empty' : value < 0 ? `a rate of ${text} is negative` : value > MAX_RATE ? `a rate of ${text} requests/s is absurd` : `"${text.slice(0, 40)}" is not a rate`
      this.#errors.bad(row, names[rate]!, reason)
      return
    }
    const previous = this.#times.at(-1)
    if (previous !== undefined && ms <= previous) {
      this.#errors.bad(row, names[time]!, ms === previous ? 'the time is that of the row before' : 'the time lies before that of the row before', 'Rates need one row a bin, in order of time: sort the rows and merge duplicates')
      return
    }
    if (this.rows >= MAX_BINS) throw this.#errors.fatal('TRAFFIC_TOO_LONG', `there are over ${MAX_BINS} rows`, 'Cut the trace or use wider bins', row)
    this.#times.push(ms)
    this.#rates.push(value)
    this.#rowNumbers.push(row)
    this.rows++
  }

  finish(): void {}

  /** The bins. Throws TRAFFIC_ONE_BIN below two rows, TRAFFIC_ROW_INVALID for uneven spacing, TRAFFIC_TOO_LONG. */
  sums(): RateSums {
    const times = this.#times
    const first = times[0]
    if (first === undefined || times.length < 2) throw this.#errors.fatal('TRAFFIC_ONE_BIN', 'there is one row, so the width of a bin is unknown', 'Give at least two rows')
    const column = this.#layout.names[this.#layout.time]!
    const width = commonSpacing(times)
    if (width < 1000) throw this.#errors.fatal('TRAFFIC_ROW_INVALID', `the rows are ${width} ms apart, and a bin needs at least a second`, 'Check the unit of the time (--time-unit) or use wider bins', this.#rowNumbers[1], column)
    const count = Math.round((times.at(-1)! - first) / width) + 1
    if (count > MAX_BINS) throw this.#errors.fatal('TRAFFIC_TOO_LONG', `the trace has ${count} bins, more than ${MAX_BINS}`, 'Check the times for an outlier, cut the trace or use wider bins')
    const requests = new Float64Array(count)
    const missing = new Uint8Array(count).fill(1)
    for (const [index, ms] of times.entries()) {
      const position = (ms - first) / width
      const bin = Math.round(position)
      if (Math.abs(position - bin) * width > 0.01 * width) throw this.#errors.fatal('TRAFFIC_ROW_INVALID', `the time does not fit the spacing of ${width / 1000} s`, 'Give rows at equal distances', this.#rowNumbers[index], column)
      requests[bin] = (this.#rates[index]! * width) / 1000
      missing[bin] = 0
    }
    return { binSeconds: width / 1000, originMs: first, requests, missing }
  }
}

/** The spacing that most neighbors have, in whole ms (decimals of seconds do not subtract exactly); the smaller on a tie. */
function commonSpacing(times: readonly number[]): number {
  const counts = new Map<number, number>()
  for (let index = 1; index < times.length; index++) {
    const spacing = Math.round(times[index]! - times[index - 1]!)
    counts.set(spacing, (counts.get(spacing) ?? 0) + 1)
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best))[0]
}
