import { parseUsd, scale, type NanoUsd } from '../../core/money.ts'

/** What the schema's patterns let through is well-formed; these turn it into numbers. */

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
const SECONDS: Readonly<Record<string, bigint>> = { s: 1n, min: 60n, h: 3600n, day: 86_400n }

/** `30s` in whole milliseconds. */
export function milliseconds(text: string): number {
  return Math.round(quantity(text, MS))
}

/** `20MB` in whole bytes; KB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. */
export function byteCount(text: string): number {
  return Math.round(quantity(text, BYTES))
}

/** `$5/h` as nano-USD a minute, rounded half up. */
export function spendPerMinute(text: string): NanoUsd {
  const [amount = '', per = ''] = text.slice(1).split('/')
  return scale(parseUsd(amount), 60n, SECONDS[per] ?? 60n)
}

/** `5%` or `0.05` as 0.05. */
export function fraction(value: string | number): number {
  return typeof value === 'number' ? value : Number(value.slice(0, -1)) / 100
}

function quantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, number = '', unit = ''] = /^([\d.]+) ?([A-Za-z]+)$/u.exec(text) ?? []
  return Number(number) * (units[unit] ?? Number.NaN)
}
