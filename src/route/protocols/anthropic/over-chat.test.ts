import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UpstreamRequest } from '../../seams.ts'
import { openaiAdapter } from '../openai/adapter.ts'
import { callOf, dataOf, endpointAt, poolOf, readThrough } from '../testing.ts'
import { CHAT, MESSAGE, chatChunk, chatStream, usageChunk } from './fixtures.testing.ts'
import { servingMessages } from './over-chat.ts'

const adapter = servingMessages(openaiAdapter)
const endpoint = endpointAt('http://10.0.0.5:8000')
const CALL = { model: 'llama', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }
const SSE = 'text/event-stream'
const MESSAGE_USAGE_JSON = { input_tokens: 12, cache_creation_input_tokens: 30, cache_read_input_tokens: 200, output_tokens: 40, output_tokens_details: { thinking_tokens: 10 } }

const tool = (index: number, parts: object): object => ({ tool_calls: [{ index, ...parts }] })
const named = (index: number, id: string, name: string): object => tool(index, { id, type: 'function', function: { name, arguments: '' } })
const argued = (index: number, text: string): object => tool(index, { function: { arguments: text } })

interface Block {
  type: string
  text?: string
  id?: string
  name?: string
  input?: unknown
}
interface Assembled {
  readonly content: readonly Block[]
  readonly stop: unknown
  readonly usage: unknown
  readonly types: readonly string[]
}

/** What a Messages client makes of the events; throws where they break the protocol's order. */
function assembled(stream: string): Assembled {
  const events = dataOf(stream) as { type: string; index?: number; content_block?: Block; delta?: { type?: string; text?: string; partial_json?: string }; usage?: unknown }[]
  const content: (Block & { json?: string })[] = []
  let open = -1
  let stop: unknown = null
  let usage: unknown = null
  for (const event of events) {
    if (event.type === 'content_block_start') {
      if (open !== -1 || event.index !== content.length) throw new Error(`block ${event.index} starts while ${open} is open`)
      open = event.index
      content.push({ ...event.content_block!, json: '' })
    } else if (event.type === 'content_block_delta') {
      if (event.index !== open) throw new Error(`a delta for block ${event.index} while ${open} is open`)
      const block = content[open]!
      if (event.delta?.type === 'text_delta') block.text = (block.text ?? '') + event.delta.text!
      else block.json = (block.json ?? '') + event.delta!.partial_json!
    } else if (event.type === 'content_block_stop') {
      if (event.index !== open) throw new Error(`block ${event.index} stops while ${open} is open`)
      open = -1
    } else if (event.type === 'message_delta') {
      if (open !== -1) throw new Error('the message ends inside a block')
      stop = event.delta
      usage = event.usage
    }
  }
  return {
    content: content.map(({ json, ...block }) => {
      if (block.type === 'tool_use' && json !== undefined && json !== '') block.input = JSON.parse(json)
      return block
    }),
    stop,
    usage,
    types: events.map(({ type }) => type),
  }
}

function translated(chunks: readonly object[], places: readonly number[] = [], done = true): Assembled {
  return assembled(readThrough(adapter.response(callOf('messages', { ...CALL, stream: true }), 200, SSE), chatStream(chunks, done), places))
}

describe('a Messages client on a chat upstream', () => {
  it('sends a chat request, without Anthropic\'s headers', () => {
    const request = adapter.request(callOf('messages', { ...CALL, stream: true }, { 'anthropic-version': '2023-06-01', 'x-request-id': 'r1' }), poolOf({ models: { llama: 'meta/llama-8b' } }), endpoint, 'c1') as UpstreamRequest
    expect(request).toMatchObject({ path: '/v1/chat/completions', headers: { accept: 'text/event-stream', 'x-request-id': 'r1' } })
    expect(request.headers).not.toHaveProperty('anthropic-version')
    expect(JSON.parse(String(request.body))).toEqual({ model: 'meta/llama-8b', max_tokens: 10, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'Hi' }] })
  })

  it.each(['https://api.openai.com', 'https://x.openai.azure.com/openai'])('names the limit as %s wants it', (url) => {
    const request = adapter.request(callOf('messages', CALL), poolOf(), endpointAt(url), 'c1') as UpstreamRequest
    expect(JSON.parse(String(request.body))).toMatchObject({ max_completion_tokens: 10 })
    expect(String(request.body)).not.toContain('"max_tokens"')
  })

  it('leaves calls of other APIs to the adapter', () => {
    const call = callOf('chat', CALL)
    expect((adapter.request(call, poolOf(), endpoint, 'c1') as UpstreamRequest).body).toBe(call.body)
    const body = JSON.stringify(CHAT)
    expect(readThrough(adapter.response(call, 200, 'application/json'), body)).toBe(body)
  })

  it('translates an answer; reasoning is counted and not shown', () => {
    const reader = adapter.response(callOf('messages', CALL), 200, 'application/json')
    const { usage, content, ...rest } = JSON.parse(readThrough(reader, JSON.stringify(CHAT), [3])) as typeof MESSAGE
    expect(rest).toEqual({ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', stop_reason: 'tool_use', stop_sequence: null })
    expect(content).toEqual(MESSAGE.content.slice(1))
    expect(usage).toEqual(MESSAGE_USAGE_JSON)
    expect(reader.seen).toMatchObject({ usage: { output: 30, reasoning: 10, cacheRead: 200 }, complete: true })
  })

  it.each([
    ['arguments that are cut', { tool_calls: [{ id: 't', function: { name: 'f', arguments: '{"a":' } }] }, [{ type: 'tool_use', id: 't', name: 'f', input: { invalid_json: '{"a":' } }]],
    ['arguments that are empty', { tool_calls: [{ id: 't', function: { name: 'f', arguments: '' } }] }, [{ type: 'tool_use', id: 't', name: 'f', input: {} }]],
    ['no text', { content: null }, []],
    ['a refusal', { content: null, refusal: 'No.' }, [{ type: 'text', text: 'No.' }]],
  ])('translates an answer with %s', (_, message, content) => {
    const chat = { ...CHAT, choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }] }
    expect(JSON.parse(readThrough(adapter.response(callOf('messages', CALL), 200, 'application/json'), JSON.stringify(chat)))).toMatchObject({ content })
  })

  it('tells the stop sequence where the engine does', () => {
    const chat = { ...CHAT, choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop', stop_reason: 'END' }] }
    expect(JSON.parse(readThrough(adapter.response(callOf('messages', CALL), 200, 'application/json'), JSON.stringify(chat)))).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' })
  })

  it('translates errors, with and without the envelope', () => {
    const call = callOf('messages', CALL)
    const enveloped = JSON.stringify({ error: { message: 'too long', type: 'BadRequestError', code: 'context_length_exceeded' } })
    expect(JSON.parse(readThrough(adapter.response(call, 400, 'application/json'), enveloped))).toEqual({ type: 'error', error: { type: 'invalid_request_error', message: 'too long', details: { error_code: 'context_length_exceeded' } }, request_id: null })
    expect(JSON.parse(readThrough(adapter.response(call, 404, 'application/json'), JSON.stringify({ object: 'error', message: 'no model', code: 404 })))).toMatchObject({ error: { type: 'not_found_error', message: 'no model' } })
    expect(JSON.parse(readThrough(adapter.response(call, 503, 'text/plain'), 'canary'))).toMatchObject({ error: { type: 'overloaded_error', message: 'The upstream refused the call.' } })
  })

  it('refuses an answer that is no chat completion', () => {
    expect(() => readThrough(adapter.response(callOf('messages', CALL), 200, 'application/json'), 'oops')).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'upstream_invalid_response' }) }))
  })

  it('names the hints that were left out', () => {
    expect(adapter.response(callOf('messages', { ...CALL, thinking: { type: 'adaptive' } }), 200, SSE).headers).toEqual({ 'x-spillway-dropped': 'thinking' })
  })
})

describe('a chat stream for a Messages client', () => {
  const plain = [chatChunk({ role: 'assistant', content: '' }), chatChunk({ content: 'Hel' }), chatChunk({ content: 'lo ☔' }), chatChunk({}, { finish_reason: 'stop' }), usageChunk()]

  it('has the order of events that the protocol demands', () => {
    expect(translated(plain)).toEqual({
      content: [{ type: 'text', text: 'Hello ☔' }],
      stop: { stop_reason: 'end_turn', stop_sequence: null },
      usage: MESSAGE_USAGE_JSON,
      types: ['message_start', 'content_block_start', 'content_block_delta', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop'],
    })
  })

  it('carries what the gateway knows in its last event but one', () => {
    const reader = adapter.response(callOf('messages', { ...CALL, stream: true }), 200, SSE, (seen) => ({ output: seen.usage?.output }))
    expect(dataOf(readThrough(reader, chatStream(plain))).at(-2)).toMatchObject({ type: 'message_delta', spillway: { output: 30 } })
  })

  it('streams text and the first call through, piece by piece', () => {
    const reader = adapter.response(callOf('messages', { ...CALL, stream: true }), 200, SSE)
    const pieces = [chatChunk({ content: 'a' }), chatChunk(named(0, 't1', 'f')), chatChunk(argued(0, '{"a"'))].map((chunk) => String(reader.push(Buffer.from(chatStream([chunk], false)))))
    expect(pieces[0]).toContain('"text":"a"')
    expect(pieces[1]).toContain('"name":"f"')
    expect(pieces[2]).toContain(String.raw`"partial_json":"{\"a\""`)
  })

  it('keeps interleaved calls, late text and late names in order and apart', () => {
    const chunks = [
      chatChunk({ content: 'First.' }),
      chatChunk(named(0, 't1', 'f')),
      chatChunk(tool(1, { id: 't2', function: { arguments: '{"b":' } })),
      chatChunk(argued(0, '{"a":1')),
      chatChunk({ content: 'Late.' }),
      chatChunk(tool(1, { function: { name: 'g', arguments: '2}' } })),
      chatChunk(argued(0, '}')),
      chatChunk({}, { finish_reason: 'tool_calls' }),
    ]
    expect(translated(chunks).content).toEqual([
      { type: 'text', text: 'First.' },
      { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 't2', name: 'g', input: { b: 2 } },
      { type: 'text', text: 'Late.' },
    ])
  })

  it('makes up an id for a call whose engine gives none', () => {
    expect(translated([chatChunk(tool(0, { function: { name: 'f', arguments: '{}' } })), chatChunk({}, { finish_reason: 'tool_calls' })]).content).toEqual([{ type: 'tool_use', id: 'toolu_0', name: 'f', input: {} }])
  })

  it('ends with a refusal', () => {
    expect(translated([chatChunk({ refusal: 'No.' }), chatChunk({}, { finish_reason: 'stop' })])).toMatchObject({ content: [{ type: 'text', text: 'No.' }], stop: { stop_reason: 'refusal' } })
  })

  it('ends well without [DONE] where a finish reason came, and not at all where none did', () => {
    expect(translated(plain, [], false).types.at(-1)).toBe('message_stop')
    expect(translated(plain.slice(0, 3), [], false).types.at(-1)).toBe('content_block_delta')
  })

  it('passes keep-alives and errors on, and nothing after an error', () => {
    const reader = adapter.response(callOf('messages', { ...CALL, stream: true }), 200, SSE)
    const stream = `: wait\n\n${chatStream([chatChunk({ content: 'a' }), { error: { message: 'boom', code: 500 } }, chatChunk({ content: 'b' }), chatChunk({}, { finish_reason: 'stop' })])}`
    const events = dataOf(readThrough(reader, stream)) as { type: string }[]
    expect(events.map(({ type }) => type)).toEqual(['ping', 'message_start', 'content_block_start', 'content_block_delta', 'error'])
    expect(events.at(-1)).toEqual({ type: 'error', error: { type: 'api_error', message: 'boom' } })
    expect(reader.seen.error).toBe('upstream_500')
  })

  it('property: any mix of text and calls comes out whole and in order, however it is cut', () => {
    const delta = fc.oneof(
      fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, maxLength: 5 }) }),
      fc.record({ kind: fc.constant('call' as const), index: fc.nat(3), text: fc.constantFrom('1', '2', '3') }),
    )
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), (deltas, places) => {
        const first = new Set<number>()
        const chunks = deltas.map((part) => {
          if (part.kind === 'text') return chatChunk({ content: part.text })
          const begins = !first.has(part.index)
          first.add(part.index)
          return chatChunk(tool(part.index, { ...(begins ? { id: `t${part.index}` } : {}), function: { ...(begins ? { name: `f${part.index}` } : {}), arguments: part.text } }))
        })
        const { content, types } = translated([...chunks, chatChunk({}, { finish_reason: 'stop' })], places)
        const said = deltas.map((part) => (part.kind === 'text' ? part.text : '')).join('')
        expect(content.filter(({ type }) => type === 'text').map(({ text }) => text).join('')).toBe(said)
        const calls = [...first].map((index) => ({ type: 'tool_use', id: `t${index}`, name: `f${index}`, input: Number(deltas.map((part) => (part.kind === 'call' && part.index === index ? part.text : '')).join('')) }))
        expect(content.filter(({ type }) => type === 'tool_use')).toEqual(calls)
        expect(types.at(-1)).toBe('message_stop')
      }),
    )
  })
})
