export interface FormatSettings {
  readonly locale: string
  readonly currency: 'USD' | 'EUR'
  /** Of the currency for one US dollar. */
  readonly perUsd: number
  readonly timeZone: string
}

/** How figures are written. Every function takes null for "not known" and says so; nothing unknown becomes 0. */
export interface Formats {
  readonly settings: FormatSettings
  /** Three significant digits, for prose and figures: $2.94k, $0.0132. */
  readonly money: (usd: number | null | undefined) => string
  /** To the cent, for tables; amounts below a cent keep two digits that say something. */
  readonly cents: (usd: number | null | undefined) => string
  readonly count: (value: number | null | undefined) => string
  /** 12.3k, 4.5M. */
  readonly compact: (value: number | null | undefined) => string
  /** 0.123 -> 12 %; with digits: 12.3 %. */
  readonly percent: (share: number | null | undefined, digits?: number) => string
  readonly decimal: (value: number | null | undefined, digits?: number) => string
  /** Milliseconds as a person says them: 320 ms, 4.2 s, 3 min. */
  readonly duration: (ms: number | null | undefined) => string
  readonly bytes: (bytes: number | null | undefined) => string
  readonly date: (at: number | string | null | undefined) => string
  readonly dateTime: (at: number | string | null | undefined) => string
  readonly time: (at: number | string | null | undefined) => string
  /** With seconds. */
  readonly clock: (at: number | string | null | undefined) => string
  /** How long before `now`: 3 min ago. */
  readonly ago: (at: number | string | null | undefined, now: number) => string
}

export const UNKNOWN = 'unknown'

const known =
  <T,>(write: (value: T) => string) =>
  (value: T | null | undefined): string =>
    value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value)) ? UNKNOWN : write(value)

/** A thousand is k, as the unit's prefix is everywhere else; other languages say it their own way. */
const lowerK = (parts: readonly Intl.NumberFormatPart[]): string => parts.map(({ type, value }) => (type === 'compact' && value === 'K' ? 'k' : value)).join('')

export function createFormats(settings: FormatSettings): Formats {
  const { locale, currency, perUsd, timeZone } = settings
  const number = (options: Intl.NumberFormatOptions): Intl.NumberFormat => new Intl.NumberFormat(locale, options)
  const symbol = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
  const short = number({ ...symbol, notation: 'compact', maximumSignificantDigits: 3 })
  const cents = number({ ...symbol, minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const small = number({ ...symbol, maximumSignificantDigits: 2 })
  const count = number({ maximumFractionDigits: 0 })
  const compact = number({ notation: 'compact', maximumSignificantDigits: 3 })
  const date = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'short', day: 'numeric' })
  const dateTime = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' })
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const decimals = (value: number, digits: number): string => number({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
  return {
    settings,
    money: known((usd: number) => lowerK(short.formatToParts(usd * perUsd))),
    cents: known((usd: number) => (usd !== 0 && Math.abs(usd * perUsd) < 0.005 ? small : cents).format(usd * perUsd)),
    count: known((value: number) => count.format(value)),
    compact: known((value: number) => lowerK(compact.formatToParts(value))),
    percent: (share, digits = 0) => known((value: number) => `${decimals(value * 100, digits)} %`)(share),
    decimal: (value, digits = 2) => known((one: number) => decimals(one, digits))(value),
    duration: known((ms: number) => {
      if (ms < 999.5) return `${count.format(ms)} ms`
      if (ms < 99_950) return `${decimals(ms / 1000, ms < 9950 ? 1 : 0)} s`
      if (ms < 5_400_000) return `${count.format(ms / 60_000)} min`
      return ms < 172_800_000 ? `${decimals(ms / 3_600_000, 1)} h` : `${count.format(ms / 86_400_000)} days`
    }),
    bytes: known((bytes: number) => {
      const step = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3))
      return `${decimals(bytes / 1000 ** step, step === 0 ? 0 : 1)} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`
    }),
    date: known((at: number | string) => date.format(new Date(at))),
    dateTime: known((at: number | string) => dateTime.format(new Date(at))),
    time: known((at: number | string) => time.format(new Date(at))),
    clock: known((at: number | string) => clock.format(new Date(at))),
    ago: (at, now) =>
      known((moment: number | string) => {
        const seconds = Math.round((new Date(moment).getTime() - now) / 1000)
        for (const [unit, size] of [['day', 86_400], ['hour', 3600], ['minute', 60]] as const) if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit)
        return relative.format(seconds, 'second')
      })(at),
  }
}
