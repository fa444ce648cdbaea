const ZERO = 48
const NINE = 57

/**
 * Reads a whole number of at least zero from ASCII digits, spaces around it allowed; NaN for anything else. Up to 15
 * digits, so that the result is exact.
 */
export function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  let from = start
  let to = end
  while (from < to && bytes[from] === 32) from++
  while (to > from && bytes[to - 1] === 32) to--
  if (from === to || to - from > 15) return Number.NaN
  let value = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte < ZERO || byte > NINE) return Number.NaN
    value = value * 10 + (byte - ZERO)
  }
  return value
}

/** The text of a field for a message, cut at 40 characters. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, 160)).toString('utf8').trim()
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu

/** Reads a decimal number in full (sign, fraction, exponent); NaN for anything else, also for words such as Infinity. */
export function decimalNumber(text: string): number {
  const trimmed = text.trim()
  return DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN
}
