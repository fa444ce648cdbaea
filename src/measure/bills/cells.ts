import { SpillwayError } from '../../core/errors.ts'
import { parseUsd } from '../../core/money.ts'

/** Says where a cell stands, so that an error about it can name file, row and column. */
export interface CellPlace {
  readonly file: string
  readonly row: number
  readonly column: string
}

const DATE = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/u
const GROUPED = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u
const LONG_FRACTION = /(\.\d{18})\d+/u

export function isBlank(text: string): boolean {
  return text === '' || text === 'null' || text === 'NULL'
}

/**
 * An amount of money in billionths of its currency, exact. Takes `12.5`, `1.2e-5`, `$1,234.56` and fractions of any
 * length. Throws BILL_ROW_INVALID for anything else, an empty cell included: no cost is not a cost of zero.
 */
export function readAmount(text: string, place: CellPlace): bigint {
  let plain = text.trim().replace(/^(-?)\$/u, '$1').replace(LONG_FRACTION, '$1')
  if (plain.startsWith('.')) plain = `0${plain}`
  if (plain.startsWith('-.')) plain = `-0${plain.slice(1)}`
  if (plain.endsWith('.')) plain = plain.slice(0, -1)
  if (GROUPED.test(plain)) plain = plain.replaceAll(',', '')
  try {
    return parseUsd(plain)
  } catch {
    throw bad(`"${text}" is not an amount of money`, 'Write a plain decimal such as 12.34', place)
  }
}

/** As `readAmount`, with a blank cell read as null. */
export function readOptionalAmount(text: string, place: CellPlace): bigint | null {
  return isBlank(text) ? null : readAmount(text, place)
}

/** A quantity, or null where the cell is blank. Throws BILL_ROW_INVALID for anything but a finite number. */
export function readQuantity(text: string, place: CellPlace): number | null {
  if (isBlank(text)) return null
  const value = Number(GROUPED.test(text) ? text.replaceAll(',', '') : text)
  if (text.trim() === '' || !Number.isFinite(value)) throw bad(`"${text}" is not a quantity`, 'Write a plain number', place)
  return value
}

/**
 * Unix milliseconds of `2026-01-31`, `2026-01-31T05:00Z`, `2026-01-31 05:00:00.000 UTC` or with an offset; without a
 * zone it is UTC. Throws BILL_ROW_INVALID for other forms (31/01/2026 could be two days) and days that do not exist.
 */
export function readTime(text: string, place: CellPlace): number {
  const match = DATE.exec(text.trim())
  if (match === null) throw bad(`"${text}" is not a date`, 'Write ISO 8601 such as 2026-01-31 or 2026-01-31T05:00:00Z', place)
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone = 'Z'] = match
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const exists = new Date(at).getUTCDate() === Number(day) && Number(month) >= 1 && Number(month) <= 12 && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 61
  if (!exists || Number(year) < 2000 || Number(year) > 2100) throw bad(`"${text}" is no day between 2000 and 2100`, 'Correct the date', place)
  return at - offsetMs(zone)
}

/** Whether the text is a day without a time. */
export function isDay(text: string): boolean {
  return text.trim().length === 10
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'UTC') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

function bad(message: string, mend: string, place: CellPlace): SpillwayError {
  return new SpillwayError('BILL_ROW_INVALID', message, mend, place)
}
