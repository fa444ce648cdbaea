import type { Assumption } from '../plan-result.ts'

/** The value with its unit as text; what is unknown says so. */
export function assumptionValue({ value, unit }: Assumption): string {
  const text = value === null || (typeof value === 'number' && !Number.isFinite(value)) ? 'unknown' : typeof value === 'number' ? number(value) : String(value)
  return unit === undefined ? text : `${text} ${unit}`
}

/** As given, but for the digits that binary fractions add. */
function number(value: number): string {
  return Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-9) ? value.toExponential(3) : value.toLocaleString('en-US', { maximumSignificantDigits: 7, maximumFractionDigits: 20 })
}
