import type { ParsedCall, ResponseFacts, ResponseReader } from '../../seams.ts'
import { scanJson } from '../parse-spans.ts'
import type { FactsDraft } from './facts.ts'
import { newFacts, readCompletion, readResponse, short } from './facts.ts'
import { readUsage } from './usage.ts'
import { isObject } from '../json.ts'

/** An answer up to this size is read whole; of a longer one (embeddings) the tail, where `usage` stands. */
const MAX_WHOLE_BYTES = 1024 * 1024
const TAIL_BYTES = 64 * 1024

/** Reads an answer that is one JSON document as it passes. Nothing of it is changed. */
export class JsonReader implements ResponseReader {
  readonly contentType = null
  readonly seen: ResponseFacts
  readonly #facts: FactsDraft
  readonly #responses: boolean
  readonly #vectors: boolean
  #kept: Buffer[] = []
  #bytes = 0
  #whole = true

  constructor(call: ParsedCall) {
    this.#facts = newFacts()
    this.seen = this.#facts
    this.#responses = call.api === 'responses'
    this.#vectors = call.api === 'embeddings'
  }

  push(chunk: Buffer): Buffer {
    this.#kept.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > MAX_WHOLE_BYTES) this.#keepTail()
    return chunk
  }

  end(): null {
    const bytes = this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept)
    this.#kept = []
    if (!this.#whole) this.#readTail(bytes)
    else if (this.#vectors) this.#readVectors(bytes)
    else this.#readWhole(bytes)
    return null
  }

  #keepTail(): void {
    this.#whole = false
    let kept = 0
    let first = this.#kept.length
    while (first > 0 && kept < TAIL_BYTES) kept += this.#kept[--first]!.length
    if (first > 0) this.#kept.splice(0, first)
  }

  #readWhole(bytes: Buffer): void {
    const json = parsed(bytes.toString('utf8'))
    if (!isObject(json)) return
    this.#facts.complete = true
    if (this.#responses) readResponse(this.#facts, json)
    else readCompletion(this.#facts, json)
  }

  /** The vectors are most of the bytes and of no interest: only the members beside them are parsed. */
  #readVectors(bytes: Buffer): void {
    const { at, inside } = scanJson(bytes, Number.POSITIVE_INFINITY)
    const last = bytes.toString('latin1', Math.max(0, bytes.length - 16)).trimEnd()
    this.#facts.complete = inside !== -1 && last.endsWith('}')
    if (at.usage !== undefined) this.#facts.usage = readUsage(parsed(bytes.toString('utf8', at.usage.start, at.usage.end)))
    if (at.model !== undefined) this.#facts.model = short(parsed(bytes.toString('utf8', at.model.start, at.model.end)))
  }

  /** A quote inside a JSON string is escaped, so `"usage"` in the bytes is a key (or a whole string), never part of a text. */
  #readTail(bytes: Buffer): void {
    const text = bytes.toString('latin1')
    this.#facts.complete = text.trimEnd().endsWith('}')
    const key = text.lastIndexOf('"usage"')
    if (key !== -1) this.#facts.usage = readUsage(parsed(balanced(text, text.indexOf('{', key))))
  }
}

/** The text from the brace at `open` to the one that closes it. A usage object has no text with braces in it. */
function balanced(text: string, open: number): string {
  if (open === -1) return ''
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return text.slice(open, i + 1)
  }
  return ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
