import type { ResponseFacts, StreamNote } from '../../seams.ts'
import { countAt, isObject, listAt, objectAt, parseObject, textAt, type Json } from '../json.ts'
import { readUsage } from '../openai/usage.ts'
import type { SseEvent } from '../sse.ts'
import { matchedStop, stopOf, type Stop } from './finish.ts'
import { messageUsage } from './usage.ts'

interface Call {
  readonly index: number
  id: string | null
  name: string | null
  /** Arguments that wait for their block. */
  held: string
  opened: boolean
}

const EMPTY_USAGE = { input_tokens: 0, output_tokens: 0 }

/**
 * Turns the chunks of a chat stream into the events of a Messages stream. Content blocks are strictly one after the
 * other there, while chat chunks may interleave: text and the first tool call stream through, what comes beside the open
 * tool block is held and follows at the end, so that nothing is ever lost or mixed.
 */
export class StreamFromChat {
  readonly #seen: ResponseFacts
  readonly #note: StreamNote | null
  #started = false
  #ended = false
  #blocks = 0
  #open: 'text' | 'tool' | null = null
  #live: Call | null = null
  readonly #calls = new Map<number, Call>()
  #lateText = ''
  #refused = false
  #stop: Stop | null = null
  #usage: Json = EMPTY_USAGE

  constructor(seen: ResponseFacts, note: StreamNote | null) {
    this.#seen = seen
    this.#note = note
  }

  take({ data }: SseEvent): Buffer | null {
    if (data === null) return Buffer.from(event({ type: 'ping' }))
    const text = data.toString('utf8')
    if (text === '[DONE]') return bytes(this.#started ? this.#finish(this.#stop ?? stopOf('stop', null)) : '')
    const chunk = parseObject(text)
    return chunk === null || this.#ended ? null : bytes(this.#translate(chunk))
  }

  /** For streams that end without `[DONE]`: complete where a finish reason came, else the client is not told that they are. */
  end(): Buffer | null {
    return this.#stop === null ? null : bytes(this.#finish(this.#stop))
  }

  #translate(chunk: Json): string {
    if (isObject(chunk['error'])) {
      this.#ended = true
      return event({ type: 'error', error: { type: 'api_error', message: textAt(chunk['error'], 'message') ?? 'The upstream failed.' } })
    }
    const usage = readUsage(chunk['usage'])
    if (usage !== null) this.#usage = messageUsage(usage)
    const choice = listAt(chunk, 'choices')[0]
    let out = this.#started ? '' : this.#start(chunk)
    if (!isObject(choice)) return out
    const delta = objectAt(choice, 'delta')
    out += this.#text(textAt(delta, 'content') ?? '')
    const refusal = textAt(delta, 'refusal') ?? ''
    if (refusal !== '') this.#refused = true
    out += this.#text(refusal)
    for (const call of listAt(delta, 'tool_calls')) if (isObject(call)) out += this.#call(call)
    const finish = choice['finish_reason']
    if (typeof finish === 'string') this.#stop = stopOf(this.#refused ? 'content_filter' : finish, matchedStop(choice))
    return out
  }

  #start(chunk: Json): string {
    this.#started = true
    const message = { id: chunk['id'], type: 'message', role: 'assistant', model: chunk['model'], content: [], stop_reason: null, stop_sequence: null, usage: EMPTY_USAGE }
    return event({ type: 'message_start', message })
  }

  #text(text: string): string {
    if (text === '') return ''
    if (this.#open === 'tool') {
      this.#lateText += text
      return ''
    }
    const opening = this.#open === 'text' ? '' : this.#openBlock('text', { type: 'text', text: '' })
    return opening + this.#deltaOf({ type: 'text_delta', text })
  }

  #call(part: Json): string {
    const index = countAt(part, 'index') ?? 0
    const call = this.#calls.get(index) ?? { index, id: null, name: null, held: '', opened: false }
    this.#calls.set(index, call)
    const definition = objectAt(part, 'function')
    call.id ??= textAt(part, 'id')
    call.name ??= textAt(definition, 'name')
    call.held += textAt(definition, 'arguments') ?? ''
    this.#live ??= call
    return this.#live === call && call.name !== null ? this.#flush(call) : ''
  }

  #flush(call: Call): string {
    let out = ''
    if (!call.opened) {
      call.opened = true
      out += this.#openBlock('tool', { type: 'tool_use', id: call.id ?? `toolu_${call.index}`, name: call.name, input: {} })
    }
    if (call.held !== '') out += this.#deltaOf({ type: 'input_json_delta', partial_json: call.held })
    call.held = ''
    return out
  }

  #finish(stop: Stop): string {
    if (this.#ended) return ''
    this.#ended = true
    let out = ''
    for (const call of this.#calls.values()) if (call !== this.#live || !call.opened) out += this.#flush(call)
    if (this.#lateText !== '') out += this.#openBlock('text', { type: 'text', text: '' }) + this.#deltaOf({ type: 'text_delta', text: this.#lateText })
    out += this.#closeBlock()
    const spillway = this.#note?.(this.#seen) ?? null
    return out + event({ type: 'message_delta', delta: stop, usage: this.#usage, ...(spillway === null ? {} : { spillway }) }) + event({ type: 'message_stop' })
  }

  #openBlock(kind: 'text' | 'tool', block: Json): string {
    const closing = this.#closeBlock()
    this.#open = kind
    return closing + event({ type: 'content_block_start', index: this.#blocks, content_block: block })
  }

  #closeBlock(): string {
    if (this.#open === null) return ''
    this.#open = null
    return event({ type: 'content_block_stop', index: this.#blocks++ })
  }

  #deltaOf(delta: Json): string {
    return event({ type: 'content_block_delta', index: this.#blocks, delta })
  }
}

function event(json: Json & { readonly type: string }): string {
  return `event: ${json.type}\ndata: ${JSON.stringify(json)}\n\n`
}

function bytes(text: string): Buffer | null {
  return text === '' ? null : Buffer.from(text)
}
