/** Standard base64 in its one right spelling (padded, no line breaks, no loose bits); null for any other text. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** A decimal number without leading zeros, up to 2^64 - 1; null for any other text. */
export function strictDecimal(text: string): bigint | null {
  if (!/^(?:0|[1-9]\d{0,19})$/u.test(text)) return null
  const value = BigInt(text)
  return value < 2n ** 64n ? value : null
}
