import { isWithin } from './calc-input.ts'

/** USD a month in what `spillway import --out` wrote, to the cent; null for any other text. */
export function billOf(text: string): number | null {
  try {
    const value = JSON.parse(text) as { readonly kind?: unknown; readonly schemaVersion?: unknown; readonly monthlyUsd?: unknown } | null
    if (value?.kind !== 'current-cost' || value.schemaVersion !== 1 || typeof value.monthlyUsd !== 'number') return null
    const usd = Math.round(value.monthlyUsd * 100) / 100
    return isWithin('current', usd) ? usd : null
  } catch {
    return null
  }
}
