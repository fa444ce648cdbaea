/**
 * What is taken out of bodies before they are kept, by name. Patterns find the usual spellings, not all: a name or an address in
 * plain words stays, and so does one in escapes such as \\u0040. Every repetition is bounded, so that no text takes long.
 */
const PATTERNS = {
  // Not after a backslash: bodies are JSON, and the n of an escaped line break is no part of a name.
  email: /(?<!\\)[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gu,
  iban: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/gu,
  card: /\b\d(?:[ -]?\d){12,18}\b/gu,
  phone: /\+\d(?:[ ()./-]{0,2}\d){6,14}\b/gu,
  ip: /\b(?:\d{1,3}\.){3}\d{1,3}\b/gu,
} as const

export type RedactionRule = keyof typeof PATTERNS
export const REDACTION_RULES = Object.keys(PATTERNS) as readonly RedactionRule[]

export type Redaction = (text: string) => { readonly text: string; readonly removed: number }

/** In the order that they are given; `[email]` stands where an address was. */
export function redaction(rules: readonly RedactionRule[]): Redaction {
  return (text) => {
    let removed = 0
    let rest = text
    for (const rule of rules) {
      rest = rest.replace(PATTERNS[rule], (match) => {
        if (rule === 'card' && !luhn(match)) return match
        removed++
        return `[${rule}]`
      })
    }
    return { text: rest, removed }
  }
}

/** The check digit of payment cards (ISO/IEC 7812): other long numbers stay. */
function luhn(text: string): boolean {
  const digits = text.replace(/\D/gu, '')
  const sum = [...digits].toReversed().reduce((total, digit, place) => {
    const value = place % 2 === 0 ? Number(digit) : Number(digit) * 2
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
