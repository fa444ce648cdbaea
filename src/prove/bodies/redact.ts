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
  // Secrets that say by their form what they are: of model providers, clouds, code hosts, chats; tokens; private keys. Not in the
  // middle of a word, unless what stands before is the letter of an escaped line break or tab.
  key: /(?:(?<![A-Za-z\d])|(?<=\\[nrt]))(?:sk-[\w-]{16,200}|sw_[A-Za-z\d]{49}|(?:AKIA|ASIA)[A-Z\d]{16}|AIza[\w-]{35}|gh[oprsu]_[A-Za-z\d]{36,250}|github_pat_\w{22,250}|glpat-[\w-]{20,60}|hf_[A-Za-z\d]{30,60}|xox[abeoprs]-[\w-]{10,200}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\w+/=\\\s]{10,8000}-----END [A-Z ]{0,20}PRIVATE KEY-----)/gu,
} as const

export type RedactionRule = keyof typeof PATTERNS
export const REDACTION_RULES = Object.keys(PATTERNS) as readonly RedactionRule[]

export type Redaction = (text: string) => { readonly text: string; readonly removed: number }

/**
 * The rules in the order that they are given, then patterns of one's own, by name; `[email]` stands where an address was. Nothing
 * bounds what a pattern of one's own takes: run those where they hold up nobody.
 */
export function redaction(rules: readonly RedactionRule[], patterns: Readonly<Record<string, string>> = {}): Redaction {
  const all: (readonly [string, RegExp])[] = [...rules.map((rule) => [rule, PATTERNS[rule]] as const), ...Object.entries(patterns).map(([name, source]) => [name, new RegExp(source, 'gu')] as const)]
  return (text) => {
    let removed = 0
    let rest = text
    for (const [name, pattern] of all) {
      rest = rest.replace(pattern, (match) => {
        if (match === '' || (pattern === PATTERNS.card && !luhn(match))) return match
        removed++
        return `[${name}]`
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
