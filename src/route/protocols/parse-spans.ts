/** Where a value stands in the bytes: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What one pass over the bytes of a JSON document finds without building it. Only meaningful where the document is valid. */
export interface JsonSpans {
  /** The deepest nesting: `{}` is 1. */
  readonly depth: number
  /** Offset just inside the outermost `{`, where a member can be put in; -1 = the document is no object. */
  readonly inside: number
  /** Members of the outermost object; more than the parsed object has = some key came twice. */
  readonly members: number
  /** Values of the outermost object by key, for the keys of interest. */
  readonly at: { readonly [key in SpanKey]?: Span }
  /** Bytes inside `data:` URLs, and how many there are: images, which are not read as text. */
  readonly inlineBytes: number
  readonly inlineParts: number
}

/** The members that are ever edited or looked at as bytes. */
export type SpanKey = 'model' | 'stream_options' | 'messages' | 'prompt' | 'input' | 'usage' | 'tools'

const KEYS: readonly SpanKey[] = ['model', 'stream_options', 'messages', 'prompt', 'input', 'usage', 'tools']
const KEYS_BY_LENGTH = new Map<number, readonly SpanKey[]>([...new Set(KEYS.map((key) => key.length))].map((length) => [length, KEYS.filter((key) => key.length === length)]))

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
/** A string longer than this is skipped with a native search. */
const LONG_STRING = 48

/**
 * Scans JSON bytes in one pass, without recursion and without decoding, and gives up at `maxDepth`: the result's `depth`
 * then is beyond it. Valid documents are scanned right; of invalid ones it only promises to end.
 */
export function scanJson(bytes: Buffer, maxDepth: number): JsonSpans {
  const at: { [key in SpanKey]?: Span } = {}
  let depth = 0
  let deepest = 0
  let inside = -1
  let members = 0
  let inlineBytes = 0
  let inlineParts = 0
  // Of the outermost object: a string that comes next is a key; which key of interest is open, and where its value begins.
  let expectKey = false
  let key: SpanKey | null = null
  let valueStart = -1
  let lastEnd = 0

  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte <= 0x20) continue
    if (byte === QUOTE) {
      const end = stringEnd(bytes, i)
      if (depth === 1 && expectKey) {
        expectKey = false
        members++
        key = keyAt(bytes, i + 1, end - 1)
      } else if (end - i > LONG_STRING && isDataUrl(bytes, i + 1)) {
        inlineParts++
        inlineBytes += end - i
      }
      i = end - 1
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++
      if (depth > deepest) deepest = depth
      if (depth > maxDepth) break
      if (depth === 1 && byte === 0x7b) {
        inside = i + 1
        expectKey = true
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 1 && key !== null) {
        at[key] = { start: valueStart, end: lastEnd }
        key = null
      }
      depth--
    } else if (depth === 1 && inside !== -1) {
      if (byte === COLON && key !== null) {
        valueStart = skipSpace(bytes, i + 1)
      } else if (byte === COMMA) {
        if (key !== null) at[key] = { start: valueStart, end: lastEnd }
        key = null
        expectKey = true
      }
    }
    lastEnd = i + 1
  }
  return { depth: deepest, inside, members, at, inlineBytes, inlineParts }
}

/** Offset after the closing quote of the string that opens at `open`; the end of the bytes where it never closes. */
function stringEnd(bytes: Buffer, open: number): number {
  const near = Math.min(bytes.length, open + LONG_STRING)
  let i = open + 1
  for (; i < near; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i++
  }
  // Searched natively: the quote that closes is the first one with an even number of backslashes before it.
  while (i < bytes.length) {
    const quote = bytes.indexOf(QUOTE, i)
    if (quote === -1) return bytes.length
    let slash = quote
    while (slash > i && bytes[slash - 1] === BACKSLASH) slash--
    if ((quote - slash) % 2 === 0) return quote + 1
    i = quote + 1
  }
  return bytes.length
}

function skipSpace(bytes: Buffer, from: number): number {
  let i = from
  while (i < bytes.length && bytes[i]! <= 0x20) i++
  return i
}

function keyAt(bytes: Buffer, start: number, end: number): SpanKey | null {
  const candidates = KEYS_BY_LENGTH.get(end - start)
  if (candidates === undefined) return null
  for (const candidate of candidates) if (equals(bytes, start, candidate)) return candidate
  return null
}

function isDataUrl(bytes: Buffer, start: number): boolean {
  return equals(bytes, start, 'data:')
}

function equals(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return true
}
