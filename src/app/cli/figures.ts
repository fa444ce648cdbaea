/** Figures as tables show them. Money as decimal text of the API, so that nothing is lost on the way here. */

/** Dollars with cents, or three digits below a dollar; ~ where some of it is not certain. */
export function dollars(usd: string, uncertain: boolean): string {
  const value = Number(usd)
  const text = value !== 0 && Math.abs(value) < 1 ? String(Number(value.toPrecision(3))) : value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return `${uncertain ? '~' : ''}${Math.abs(value) < 1e-6 && value !== 0 ? '0.00' : text}`
}

/** 1,234 or 1.23M. */
export function amount(count: number): string {
  if (count < 1e6) return count.toLocaleString('en-US')
  const [size, unit] = count < 1e9 ? [1e6, 'M'] : [1e9, 'G']
  return `${Number((count / size).toPrecision(3))}${unit}`
}

export function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '-'
  if (ms < 1000) return `${Math.round(ms)}ms`
  return ms < 120_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}s` : `${(ms / 60_000).toFixed(1)}min`
}

/** What the answer is of: said where loading is behind. */
export function loaded({ asOf, behindBytes }: { readonly asOf: string | null; readonly behindBytes: number }): string {
  if (asOf === null) return 'Loading has not caught up yet: newer calls are missing.'
  const at = `${asOf.slice(0, 19).replace('T', ' ')} UTC`
  return behindBytes > 0 ? `As of ${at}; ${amount(behindBytes)} bytes of the journal wait to be loaded.` : `As of ${at}.`
}
