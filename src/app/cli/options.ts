import { InvalidArgumentError } from 'commander'
import type { ColdStart } from '../../core/billing/rate-card.ts'

/** Parses a finite number; commander turns the failure into a usage error that names the option. */
export function finite(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a finite number is needed.')
  return value
}

/** Parses a finite number above zero. */
export function positive(text: string): number {
  const value = finite(text)
  if (value <= 0) throw new InvalidArgumentError('a number above zero is needed.')
  return value
}

/** Parses a finite number of at least zero. */
export function nonNegative(text: string): number {
  const value = finite(text)
  if (value < 0) throw new InvalidArgumentError('a number of at least zero is needed.')
  return value
}

/** Parses a whole number of at least zero. */
export function count(text: string): number {
  const value = nonNegative(text)
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed.')
  return value
}

/** Parses a duration such as `250ms`, `1s`, `15m`, `1h`, `2d` into seconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/u.exec(text.trim())
  if (match === null) throw new InvalidArgumentError('a duration such as 250ms, 1s, 15m or 1h is needed.')
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 }[match[2] as 'ms' | 's' | 'm' | 'h' | 'd']
  return Number(match[1]) * unit
}

/** Parses a duration, or 0 without a unit. */
export function nonNegativeDuration(text: string): number {
  return text.trim() === '0' ? 0 : duration(text)
}

/** Parses a cold start: one duration, or p50,p90,p99 that rise. */
export function coldStart(text: string): ColdStart {
  const [p50, p90 = p50, p99 = p90, ...more] = text.split(',').map((part) => nonNegativeDuration(part))
  if (p50 === undefined || more.length > 0 || !(p90! >= p50 && p99! >= p90!)) throw new InvalidArgumentError('one duration, or three that rise (p50,p90,p99), are needed.')
  return { p50, p90: p90!, p99: p99! }
}
