/** How figures read in every face of a plan: en-US digits, units always, "unknown" for what is not known. */

type Figure = number | null | undefined

const UNKNOWN = 'unknown'
const SCALES = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e5, 'k'],
] as const

/** US dollars with three significant digits, for prose: `$0.0123`, `$1,800`, `$123k`, `$1.2M`. */
export function usd(value: Figure): string {
  if (!known(value)) return UNKNOWN
  const sign = value < 0 ? '-' : ''
  const rounded = Number(Math.abs(value).toPrecision(3))
  if (rounded >= 1e15) return `${sign}$${rounded.toExponential(2)}`
  if (rounded > 0 && rounded < 1e-6) return `${sign}$${rounded.toExponential(2)}`
  const [divisor, suffix] = SCALES.find(([from]) => rounded >= from) ?? [1, '']
  return `${sign}$${significant(suffix === 'k' ? rounded / 1000 : rounded / divisor)}${suffix}`
}

/** A count with three significant digits, for prose: `950`, `61,700`, `4.7B`. */
export function count(value: Figure): string {
  return usd(value).replace('$', '')
}

/**
 * US dollars with cents for a table's column: `1,797.88`. A table with amounts of a million and more (`coarse`) shows
 * whole dollars in all its cells, and from 100 million on as in prose.
 */
export function cents(value: Figure, coarse = false): string {
  if (!known(value)) return UNKNOWN
  if (Math.abs(value) >= 1e8) return count(value)
  if (value !== 0 && Math.abs(value) < (coarse ? 0.5 : 0.005)) return `${value < 0 ? '-' : ''}${coarse ? '<1' : '<0.01'}`
  const digits = coarse ? 0 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** US dollars for one unit (1,000 requests, a million tokens): cents from a dollar on, three significant digits below. */
export function unitUsd(value: Figure): string {
  if (!known(value)) return UNKNOWN
  if (Math.abs(value) >= 1 || value === 0) return cents(value)
  return Math.abs(value) < 1e-6 ? value.toExponential(2) : value.toLocaleString('en-US', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })
}

/** A share as a percentage: whole percents from ten on, a tenth below; never "0 %" or "100 %" for what is only near it. */
export function percent(share: Figure): string {
  if (!known(share)) return UNKNOWN
  const size = Math.abs(share) * 100
  const sign = share < 0 ? '-' : ''
  if (size === 0) return '0 %'
  if (size < 0.05) return `${sign}<0.1 %`
  if (size < 100 && size > 99.95) return `${sign}>99.9 %`
  if (size > 99_999.5) return `${sign}>99,999 %`
  const digits = size < 9.95 || (size < 100 && size >= 99.5) ? 1 : 0
  return `${sign}${size.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`
}

/** A relative difference with its sign: `+31 %`, `-5.0 %`, `0 %`; from ten times on `x 12`. */
export function difference(share: Figure): string {
  if (!known(share)) return UNKNOWN
  // A difference that no bill shows is none.
  if (Math.abs(share) < 5e-5) return '0 %'
  if (share >= 9) return `x ${count(share + 1)}`
  return share > 0 ? `+${percent(share)}` : percent(share)
}

/** How far above a bound, as a percentage: 0 % where no bill shows it. */
export function excess(share: Figure): string {
  return known(share) && share < 5e-5 ? '0 %' : percent(share)
}

/** A plain number with three significant digits; whole numbers from 1,000 on. */
export function figure(value: Figure): string {
  if (!known(value)) return UNKNOWN
  if (Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-6)) return value.toExponential(2)
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : significant(value)
}

/** Seconds in the unit that reads best. */
export function duration(seconds: Figure): string {
  if (!known(seconds)) return UNKNOWN
  if (seconds > 0 && seconds < 1) return `${significant(seconds * 1000)} ms`
  if (seconds < 120) return `${significant(seconds)} s`
  if (seconds < 7200) return `${significant(seconds / 60)} min`
  return seconds < 172800 ? `${significant(seconds / 3600)} h` : `${significant(seconds / 86400)} days`
}

/** `1 day`, `2.5 days`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${figure(count)} ${count === 1 ? one : many}`
}

function known(value: Figure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value)
}

function significant(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3, maximumFractionDigits: 20 })
}
