import type { ParsedCall, ResponseFacts, ResponseReader, StreamNote } from '../../seams.ts'
import { SseSplitter } from '../sse.ts'
import type { SseEvent } from '../sse.ts'
import { DeltaTemplate } from './delta-template.ts'
import type { FactsDraft } from './facts.ts'
import { newFacts, readCompletion, readResponsesEvent } from './facts.ts'
import { asksForUsage } from './paths.ts'
import { clientAsksForUsage } from './request-body.ts'
import { parseObject } from '../json.ts'

/**
 * Reads a stream of the OpenAI API as it passes. The client gets whole events only, byte for byte, so that a stream that
 * breaks can be ended with an error event; the usage chunk that only we asked for is left out, and the event that carries
 * usage gets the member `spillway`. Throws SSE_EVENT_TOO_LONG.
 */
export class StreamReader implements ResponseReader {
  readonly contentType = null
  readonly seen: ResponseFacts
  readonly #facts: FactsDraft
  readonly #responses: boolean
  readonly #hideUsage: boolean
  readonly #note: StreamNote | null
  readonly #splitter: SseSplitter
  readonly #template = new DeltaTemplate()
  /** The chunk that is being pushed, where nothing was held before it. */
  #chunk: Buffer | null = null
  #out: Buffer[] = []
  #outBytes = 0
  #held = 0
  #altered = false

  constructor(call: ParsedCall, note: StreamNote | null) {
    this.#facts = newFacts()
    this.seen = this.#facts
    this.#responses = call.api === 'responses'
    this.#hideUsage = asksForUsage(call.api) && !clientAsksForUsage(call)
    this.#note = note
    this.#splitter = new SseSplitter((event) => this.#take(event))
  }

  push(chunk: Buffer): Buffer | null {
    if (this.#held === 0) {
      const characters = this.#template.match(chunk)
      if (characters >= 0) return this.#countDelta(chunk, characters)
    }
    this.#chunk = this.#held === 0 ? chunk : null
    this.#held += chunk.length
    this.#splitter.push(chunk)
    return this.#flush(this.#chunk)
  }

  end(): Buffer | null {
    this.#splitter.end()
    return this.#flush(null)
  }

  #countDelta(chunk: Buffer, characters: number): Buffer {
    if (characters > 0) this.#facts.deltas++
    this.#facts.characters += characters
    return chunk
  }

  /** `whole`: the chunk, where nothing was held before it; it is handed on as it is if it held whole events only. */
  #flush(whole: Buffer | null): Buffer | null {
    const out = this.#out
    if (out.length === 0) return null
    const asItCame = whole !== null && !this.#altered && this.#outBytes === whole.length
    const bytes = asItCame ? whole : out.length === 1 ? out[0]! : Buffer.concat(out, this.#outBytes)
    this.#out = []
    this.#outBytes = 0
    this.#altered = false
    return bytes
  }

  #take(event: SseEvent): void {
    this.#held -= event.raw.length
    const sent = this.#read(event)
    if (sent !== event.raw) this.#altered = true
    if (sent === null) return
    this.#out.push(sent)
    this.#outBytes += sent.length
  }

  /** What the client gets of an event; null = nothing. */
  #read(event: SseEvent): Buffer | null {
    const { data, raw, closed } = event
    if (data === null || data.length === 0) return raw
    const text = data.toString('utf8')
    if (text.startsWith('[DONE]')) {
      this.#facts.complete = true
      return closed ? raw : closedEvent(raw)
    }
    const json = parseObject(text)
    if (json === null) return closed ? raw : null
    const usageBefore = this.#facts.usage
    if (this.#responses) readResponsesEvent(this.#facts, json)
    else {
      readCompletion(this.#facts, json)
      if (raw.length === this.#chunk?.length) this.#template.teach(raw, json)
    }
    if (this.#facts.usage === usageBefore) return closed ? raw : closedEvent(raw)
    // The chunk of `include_usage` has no choices; engines that report usage on other chunks too put it beside them.
    const last = this.#responses || !hasChoices(json)
    if (last && this.#hideUsage) return null
    return (last ? this.#noted(event.type, text) : null) ?? (closed ? raw : closedEvent(raw))
  }

  /** The event with the note in it, every other byte of its JSON as it was. */
  #noted(type: string, text: string): Buffer | null {
    const note = this.#note?.(this.#facts) ?? null
    if (note === null) return null
    const json = text.slice(0, text.lastIndexOf('}')).replaceAll('\n', ' ')
    return Buffer.from(`${type === '' ? '' : `event: ${type}\n`}data: ${json},"spillway":${JSON.stringify(note)}}\n\n`)
  }
}

/** An upstream that ends without the blank line: the client's parser would drop the event. */
function closedEvent(raw: Buffer): Buffer {
  return Buffer.concat([raw, Buffer.from('\n\n')])
}

function hasChoices(json: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(json['choices']) && json['choices'].length > 0
}
