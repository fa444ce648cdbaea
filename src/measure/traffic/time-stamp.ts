import { decimalNumber, textOf, wholeNumber } from './byte-numbers.ts'
import type { TimeUnit } from './reading.ts'
import type { TimeZone } from './time-zone.ts'

const MS_PER: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }
/** Numbers from here on, as ms, are Unix times (1973 and later); smaller ones count from the start of the trace. */
const ABSOLUTE_MS = 1e11
/** Year 2200: what lies beyond is a wrong unit. */
const LAST_MS = 7.26e12
const DASH = 45
const COLON = 58
const DOT = 46
const COMMA = 44

/**
 * Reads the time column, in ms. Forms: ISO 8601 date and time (`2023-11-16 18:15:46.68`, with `T`, `Z` or an offset
 * such as `+02:00`; without one it is local time of the zone), or a number: from 1e17 on Unix ns, from 1e14 us, from
 * 1e11 ms, from 1e8 s, below that seconds since the start of the trace, unless a unit is given. The first row decides;
 * a later row of another form or unit is an error, since mixing them would make nonsense of the trace.
 */
export class TimeStamp {
  /** Why the last time was refused. */
  problem = ''
  /** Whether times are Unix times; false = since the start of the trace; null before the first. */
  absolute: boolean | null = null
  readonly #zone: TimeZone
  readonly #given: TimeUnit | undefined
  #kind: string | null = null
  #previousMs = 0
  #date = -1
  #dateMs = 0

  constructor(zone: TimeZone, unit?: TimeUnit) {
    this.#zone = zone
    this.#given = unit
  }

  /** The time in `bytes` as ms, or NaN with `problem` set. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let from = start
    let to = end
    while (from < to && bytes[from] === 32) from++
    while (to > from && bytes[to - 1] === 32) to--
    const ms = to - from >= 16 && bytes[from + 4] === DASH && bytes[from + 7] === DASH ? this.#iso(bytes, from, to) : this.#plain(bytes, from, to)
    if (ms === ms) this.#previousMs = ms
    return ms
  }

  #iso(bytes: Uint8Array, from: number, to: number): number {
    const dateMs = this.#dateOf(bytes, from)
    const hour = twoDigits(bytes, from + 11)
    const minute = twoDigits(bytes, from + 14)
    let at = from + 16
    let second = 0
    let fraction = 0
    const separator = bytes[from + 10]
    let ok = dateMs === dateMs && (separator === 32 || separator === 84 || separator === 116) && bytes[from + 13] === COLON && hour <= 23 && minute <= 59
    if (ok && bytes[at] === COLON) {
      second = twoDigits(bytes, at + 1)
      ok = second <= 60 && at + 3 <= to
      at += 3
      if (ok && at < to && (bytes[at] === DOT || bytes[at] === COMMA)) {
        let scale = 100
        for (at++; at < to && isDigit(bytes[at]!); at++) {
          fraction += (bytes[at]! - 48) * scale
          scale /= 10
        }
      }
    }
    if (!ok) return this.#refuse(`"${textOf(bytes, from, to)}" is not a date and time`)
    const localMs = dateMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
    const offset = at === to ? Number.NaN : offsetMs(bytes, at, to)
    if (at < to && offset !== offset) return this.#refuse(`"${textOf(bytes, from, to)}" is not a date and time`)
    return this.#accept('dates', at === to ? this.#zone.toUtc(localMs, this.#previousMs) : localMs - offset, true, bytes, from, to)
  }

  /** Midnight of `YYYY-MM-DD` in ms; NaN where there is no such day. Rows of one day are looked up once. */
  #dateOf(bytes: Uint8Array, from: number): number {
    const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2)
    const month = twoDigits(bytes, from + 5)
    const day = twoDigits(bytes, from + 8)
    const date = year * 10_000 + month * 100 + day
    if (date !== this.#date) {
      const ms = Date.UTC(year, month - 1, day)
      const exists = year >= 1970 && year < 2200 && month >= 1 && month <= 12 && new Date(ms).getUTCDate() === day
      if (!exists) return Number.NaN
      this.#date = date
      this.#dateMs = ms
    }
    return this.#dateMs
  }

  #plain(bytes: Uint8Array, from: number, to: number): number {
    let value = wholeNumber(bytes, from, to)
    if (value !== value) value = decimalNumber(Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.min(to - from, 64)).toString('latin1'))
    if (!(value >= 0)) return this.#refuse(from === to ? 'the time is empty' : `"${textOf(bytes, from, to)}" is not a time`)
    const unit = this.#given ?? unitBySize(value)
    const ms = value * (unit === 'relative' ? 1000 : MS_PER[unit])
    return this.#accept(unit, ms, ms >= ABSOLUTE_MS, bytes, from, to)
  }

  #accept(unit: TimeUnit | 'relative' | 'dates', ms: number, absolute: boolean, bytes: Uint8Array, from: number, to: number): number {
    const kind = unit === 'dates' ? unit : unit === 'relative' || !absolute ? 'seconds from the start' : unit
    if (this.#kind === null) {
      this.#kind = kind
      this.absolute = absolute
    } else if (kind !== this.#kind) {
      return this.#refuse(`"${textOf(bytes, from, to)}" is ${inWords(kind)}, while the first row has ${inWords(this.#kind)}`)
    }
    if (ms > LAST_MS) return this.#refuse(`"${textOf(bytes, from, to)}" lies after the year 2200`)
    return ms
  }

  #refuse(problem: string): number {
    this.problem = problem
    return Number.NaN
  }
}

function unitBySize(value: number): TimeUnit | 'relative' {
  if (value < 1e8) return 'relative'
  if (value < 1e11) return 's'
  if (value < 1e14) return 'ms'
  return value < 1e17 ? 'us' : 'ns'
}

function inWords(kind: string): string {
  return kind === 'dates' ? 'a date' : kind === 'seconds from the start' ? 'a time since the start' : `Unix time in ${kind}`
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

/** Two ASCII digits as a number; 1000 where they are none, which fails every limit. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1000
}

/** `Z`, `UTC`, `+02:00`, `+0200` or `+02`, with or without a space before it, as ms; NaN for anything else. */
function offsetMs(bytes: Uint8Array, start: number, to: number): number {
  const from = bytes[start] === 32 ? start + 1 : start
  if (to === from + 3 && bytes[from] === 85 && bytes[from + 1] === 84 && bytes[from + 2] === 67) return 0
  const sign = bytes[from]
  if ((sign === 90 || sign === 122) && to === from + 1) return 0
  if (sign !== 43 && sign !== DASH) return Number.NaN
  const hours = twoDigits(bytes, from + 1)
  const rest = from + 3
  const minutes = to === rest ? 0 : to === rest + 2 ? twoDigits(bytes, rest) : to === rest + 3 && bytes[rest] === COLON ? twoDigits(bytes, rest + 1) : 1000
  return hours > 14 || minutes > 59 ? Number.NaN : (sign === DASH ? -60_000 : 60_000) * (hours * 60 + minutes)
}
