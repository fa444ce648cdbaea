import type { StreamNote } from '../../seams.ts'
import { objectAt, parseObject, textAt, type Json } from '../json.ts'
import type { SseEvent } from '../sse.ts'
import { chatError } from './error-body.ts'
import { readMessageEvent, type MessageFacts } from './facts.ts'
import { finishReason } from './finish.ts'
import { chatUsage } from './usage.ts'

export interface ChatStreamOptions {
  readonly facts: MessageFacts
  /** Unix seconds. */
  readonly created: number
  /** The client asked for a last chunk with the usage. */
  readonly includeUsage: boolean
  readonly note: StreamNote | null
}

interface ToolBlock {
  readonly index: number
  empty: boolean
}

/** Turns the events of a Messages stream into the chunks of a chat stream, one by one. */
export class StreamToChat {
  readonly #options: ChatStreamOptions
  #id = ''
  #model: unknown = null
  /** Open and past tool blocks, by the index of the content block. */
  readonly #tools = new Map<unknown, ToolBlock>()

  constructor(options: ChatStreamOptions) {
    this.#options = options
  }

  take(event: SseEvent): Buffer | null {
    const json = event.data === null ? null : parseObject(event.data.toString('utf8'))
    if (json === null) return null
    readMessageEvent(this.#options.facts, json)
    const text = this.#translate(json)
    return text === '' ? null : Buffer.from(text)
  }

  #translate(event: Json): string {
    switch (event['type']) {
      case 'message_start': {
        const message = objectAt(event, 'message')
        this.#id = textAt(message, 'id') ?? ''
        this.#model = message['model'] ?? null
        return this.#chunk({ role: 'assistant', content: '' })
      }
      case 'content_block_start':
        return this.#start(event)
      case 'content_block_delta':
        return this.#delta(event)
      case 'content_block_stop': {
        // A call without arguments has no deltas, and '' is no JSON.
        const tool = this.#tools.get(event['index'])
        return tool?.empty === true ? this.#chunk({ tool_calls: [{ index: tool.index, function: { arguments: '{}' } }] }) : ''
      }
      case 'message_delta': {
        const reason = objectAt(event, 'delta')['stop_reason']
        return typeof reason === 'string' ? this.#chunk({}, finishReason(reason)) : ''
      }
      case 'message_stop':
        return `${this.#usage()}data: [DONE]\n\n`
      case 'error': {
        const error = objectAt(event, 'error')
        return data(chatError(textAt(error, 'type') ?? 'api_error', textAt(error, 'message') ?? 'The upstream failed.'))
      }
      case 'ping':
        return ': ping\n\n'
      default:
        return ''
    }
  }

  #start(event: Json): string {
    const block = objectAt(event, 'content_block')
    if (block['type'] === 'text') return this.#content('content', textAt(block, 'text'))
    if (block['type'] !== 'tool_use') return ''
    const tool = { index: this.#tools.size, empty: true }
    this.#tools.set(event['index'], tool)
    return this.#chunk({ tool_calls: [{ index: tool.index, id: block['id'], type: 'function', function: { name: block['name'], arguments: '' } }] })
  }

  #delta(event: Json): string {
    const delta = objectAt(event, 'delta')
    if (delta['type'] === 'text_delta') return this.#content('content', textAt(delta, 'text'))
    if (delta['type'] === 'thinking_delta') return this.#content('reasoning_content', textAt(delta, 'thinking'))
    const tool = delta['type'] === 'input_json_delta' ? this.#tools.get(event['index']) : undefined
    const json = textAt(delta, 'partial_json') ?? ''
    if (tool === undefined || json === '') return ''
    tool.empty = false
    return this.#chunk({ tool_calls: [{ index: tool.index, function: { arguments: json } }] })
  }

  #content(field: 'content' | 'reasoning_content', text: string | null): string {
    return text === null || text === '' ? '' : this.#chunk({ [field]: text })
  }

  #chunk(delta: Json, finish: string | null = null): string {
    return data({ ...this.#head(), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...(this.#options.includeUsage ? { usage: null } : {}) })
  }

  #usage(): string {
    const { facts, includeUsage, note } = this.#options
    if (!includeUsage || facts.usage === null) return ''
    const spillway = note?.(facts) ?? null
    return data({ ...this.#head(), choices: [], usage: chatUsage(facts.usage), ...(spillway === null ? {} : { spillway }) })
  }

  #head(): Json {
    return { id: this.#id, object: 'chat.completion.chunk', created: this.#options.created, model: this.#model }
  }
}

function data(json: Json): string {
  return `data: ${JSON.stringify(json)}\n\n`
}
