import type { Random } from '../../core/random.ts'
import type { RetryConfig } from '../config-types.ts'

/** A day: what asks for more is taken for a mistake. */
const MOST_MS = 86_400_000

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * How long an upstream asks to be left alone, ms; null = it does not say. `retry-after-ms` (OpenAI, Azure), `Retry-After`
 * in seconds or as a date (RFC 9110, 10.2.3), and for a 429 when the limits that ran out are reset.
 */
export function retryAfterMs(status: number, headers: Headers, now: number): number | null {
  const ms = positive(Number(single(headers['retry-after-ms']) ?? Number.NaN))
  if (ms !== null) return ms
  const after = single(headers['retry-after'])
  if (after !== undefined) {
    const seconds = Number(after)
    return positive(Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now)
  }
  return status === 429 ? usedUpMs(headers, now) : null
}

/** Names of limits: what remains, when it is reset, how the latter is written. OpenAI (Azure, Groq and others follow it); Anthropic. */
const LIMITS = [
  ...['requests', 'tokens'].map((what) => ({ remaining: `x-ratelimit-remaining-${what}`, reset: `x-ratelimit-reset-${what}`, read: resetMs })),
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map((what) => ({ remaining: `anthropic-ratelimit-${what}-remaining`, reset: `anthropic-ratelimit-${what}-reset`, read: dateMs })),
]

/** Ms until all limits of which nothing remains are reset, as an answer of any status says; null = something remains of all, or it does not say. */
export function usedUpMs(headers: Headers, now: number): number | null {
  let latest: number | null = null
  for (const { remaining, reset, read } of LIMITS) {
    // On the way of every answer: most have none of these.
    const left = headers[remaining]
    if (left === undefined || !/^0+(?:\.0*)?$/u.test(single(left)!)) continue
    const ms = read(single(headers[reset]), now)
    if (ms !== null) latest = Math.max(latest ?? 0, ms)
  }
  return latest
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

/** Anthropic's times: RFC 3339, such as `2026-01-01T00:00:05Z`. */
function dateMs(text: string | undefined, now: number): number | null {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}T/u.test(text) ? positive(Date.parse(text) - now) : null
}

function positive(ms: number): number | null {
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, MOST_MS) : null
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
