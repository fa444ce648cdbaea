import { isObject } from '../json.ts'

const CONTENT = '"delta":{"content":"'
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The chunks of one stream differ in their text and in nothing else, nearly always. So what stands before and after the
 * text of one that was parsed is a template, and what fits it between two quotes need not be parsed: it says the same
 * with another text. What does not fit (another second in `created`, a finish reason, usage) is parsed, and taught anew.
 */
export class DeltaTemplate {
  #before: string | null = null
  #after = ''

  /** Characters of the text where `chunk` is one whole event that fits; -1 = it does not, or nothing was taught yet. */
  match(chunk: Buffer): number {
    if (this.#before === null) return -1
    const bytes = chunk.toString('latin1')
    const end = bytes.length - this.#after.length
    if (end < this.#before.length || !bytes.startsWith(this.#before) || !bytes.endsWith(this.#after)) return -1
    return stringLength(bytes, this.#before.length, end)
  }

  /** `chunk` was one whole event, and this is what it said. */
  teach(chunk: Buffer, json: Readonly<Record<string, unknown>>): void {
    this.#before = null
    if (!isPlainDelta(json)) return
    const bytes = chunk.toString('latin1')
    const start = bytes.indexOf(CONTENT) + CONTENT.length
    if (start < CONTENT.length) return
    const close = closingQuote(bytes, start)
    this.#before = bytes.slice(0, start)
    this.#after = bytes.slice(close)
  }
}

/** One choice, whose delta is a text alone, and nothing that would have to be noted each time. */
function isPlainDelta({ choices, usage, error }: Readonly<Record<string, unknown>>): boolean {
  if ((usage ?? null) !== null || (error ?? null) !== null || !Array.isArray(choices) || choices.length !== 1) return false
  const choice: unknown = choices[0]
  if (!isObject(choice) || (choice['finish_reason'] ?? null) !== null || !isObject(choice['delta'])) return false
  return Object.keys(choice['delta']).length === 1 && typeof choice['delta']['content'] === 'string'
}

function closingQuote(bytes: string, from: number): number {
  let i = from
  while (i < bytes.length && bytes.charCodeAt(i) !== QUOTE) i += bytes.charCodeAt(i) === BACKSLASH ? 2 : 1
  return i
}

/** UTF-16 units of the JSON string between two places, its bytes read as Latin-1; -1 = it ends before `end`, or beyond. */
function stringLength(bytes: string, from: number, end: number): number {
  let length = 0
  let i = from
  for (; i < end; i++) {
    const byte = bytes.charCodeAt(i)
    if (byte === QUOTE || byte < 0x20) return -1
    if (byte === BACKSLASH) i += bytes[i + 1] === 'u' ? 5 : 1
    // Of a character in UTF-8 its first byte counts; one of four bytes is two units.
    if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1
  }
  return i === end ? length : -1
}
