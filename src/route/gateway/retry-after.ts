import type { Random } from '../../core/random.ts'
import type { RetryConfig } from '../config-types.ts'

/** A day: what asks for more is taken for a mistake. */
const MOST_MS = 86_400_000

/**
 * How long an upstream asks to be left alone, ms; null = it does not say. `retry-after-ms` (OpenAI, Azure), `Retry-After`
 * in seconds or as a date (RFC 9110, 10.2.3), and for a 429 the later of OpenAI's `x-ratelimit-reset-*` of what ran out.
 */
export function retryAfterMs(status: number, headers: Readonly<Record<string, string | string[] | undefined>>, now: number): number | null {
  const ms = positive(Number(single(headers['retry-after-ms']) ?? Number.NaN))
  if (ms !== null) return ms
  const after = single(headers['retry-after'])
  if (after !== undefined) {
    const seconds = Number(after)
    return positive(Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now)
  }
  if (status !== 429) return null
  const resets = (['requests', 'tokens'] as const).map((what) => {
    const remaining = single(headers[`x-ratelimit-remaining-${what}`])
    return remaining === undefined || Number(remaining) > 0 ? null : resetMs(single(headers[`x-ratelimit-reset-${what}`]))
  })
  const known = resets.filter((reset) => reset !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Full jitter (AWS, "Exponential backoff and jitter"): anything up to base x 2^n, but no earlier than was asked for. */
export function backoffMs(retry: number, config: RetryConfig, askedMs: number | null, random: Random): number {
  const ceiling = Math.min(config.maxMs, config.baseMs * 2 ** Math.min(retry, 30))
  return Math.max(askedMs ?? 0, random() * ceiling)
}

const DURATION = /^(?:(\d{1,4})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,8}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/u

/** OpenAI's durations: `1s`, `6m0s`, `20ms`, `1h2m3.5s`. */
export function resetMs(text: string | undefined): number | null {
  const match = text === undefined || text === '' ? null : DURATION.exec(text)
  if (match === null) return null
  const [hours, minutes, seconds, ms] = match.slice(1).map((part) => Number(part ?? 0))
  return positive(hours! * 3_600_000 + minutes! * 60_000 + seconds! * 1000 + ms!)
}

function positive(ms: number): number | null {
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, MOST_MS) : null
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
