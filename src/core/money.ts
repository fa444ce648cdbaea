import { SpillwayError } from './errors.ts'

/**
 * Money is an integer count of nano-US-dollars (1e-9 USD): fine enough for one cached token ($0.0000000125 = 12.5 nano
 * is the only rounding, half a nano), and a `bigint`, so that sums never lose a cent.
 */
export type NanoUsd = bigint

export const NANO_PER_USD = 1_000_000_000n

const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d{1,18}))?(?:e([+-]?\d{1,2}))?$/iu

/**
 * Reads a decimal amount of US dollars exactly (no binary float in between); digits beyond the ninth are rounded half
 * away from zero. Throws MONEY_INVALID for anything but a plain decimal such as `0.000164` or `1.64e-4`.
 */
export function parseUsd(text: string): NanoUsd {
  const match = DECIMAL.exec(text.trim())
  if (match === null) throw new SpillwayError('MONEY_INVALID', `"${text}" is not an amount of US dollars`, 'Write a plain decimal such as 2.17')
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const scale = 9 + Number(exponent) - fraction.length
  const digits = BigInt(`${whole}${fraction}`)
  if (scale > 24) throw new SpillwayError('MONEY_INVALID', `"${text}" is more than Spillway counts`, 'Check the exponent')
  const magnitude = scale >= 0 ? digits * 10n ** BigInt(scale) : divideHalfUp(digits, 10n ** BigInt(-scale))
  return sign === '-' ? -magnitude : magnitude
}

/** Converts a float amount in USD to nano-USD, rounding half away from zero. Throws MONEY_INVALID unless finite. */
export function fromUsd(usd: number): NanoUsd {
  if (!Number.isFinite(usd)) throw new SpillwayError('MONEY_INVALID', `${usd} is not an amount of US dollars`, 'Use a finite number')
  const nano = Math.abs(usd) * 1e9
  if (nano > 9e24) throw new SpillwayError('MONEY_OVERFLOW', `${usd} US dollars is more than Spillway counts`, 'Check the units of the price and the traffic')
  const rounded = BigInt(Math.round(nano))
  return usd < 0 ? -rounded : rounded
}

/** Nano-USD as a float in USD, for display and statistics only. */
export function toUsd(nano: NanoUsd): number {
  const whole = nano / NANO_PER_USD
  return Number(whole) + Number(nano - whole * NANO_PER_USD) / 1e9
}

/** `price` times a non-negative quantity given as a fraction of two integers, rounded half up once, at the end. */
export function scale(price: NanoUsd, numerator: bigint, denominator: bigint): NanoUsd {
  const product = price * numerator
  return product >= 0n ? divideHalfUp(product, denominator) : -divideHalfUp(-product, denominator)
}

/** `price` per unit times `quantity` units, where the quantity is a float known to a millionth (seconds, gigabytes). */
export function times(price: NanoUsd, quantity: number): NanoUsd {
  return scale(price, BigInt(Math.round(quantity * 1e6)), 1_000_000n)
}

function divideHalfUp(value: bigint, divisor: bigint): bigint {
  return (2n * value + divisor) / (2n * divisor)
}
