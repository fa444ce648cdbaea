import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UpstreamRequest } from '../../seams.ts'
import { callOf, dataOf, endpointAt, fixedClock, poolOf, readThrough } from '../testing.ts'
import { createAnthropicAdapter } from './adapter.ts'
import { CHAT, CHAT_USAGE, MESSAGE, MESSAGE_EVENTS, MESSAGE_USAGE, messagesStream } from './fixtures.testing.ts'

const adapter = createAnthropicAdapter({ clock: fixedClock })
const endpoint = endpointAt('https://api.anthropic.com/')
const MESSAGES_CALL = { model: 'sonnet', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }
const CHAT_CALL = { model: 'sonnet', messages: [{ role: 'user', content: 'Hi' }] }
const SSE = 'text/event-stream; charset=utf-8'
const JSON_TYPE = 'application/json'
const STREAM = messagesStream(MESSAGE_EVENTS)
const cuts = fc.array(fc.nat(), { maxLength: 30 })

describe('requests to an Anthropic upstream', () => {
  it('passes a Messages call through byte for byte, with the version and beta that the client asks for', () => {
    const call = callOf('messages', { ...MESSAGES_CALL, future_field: 1.0 }, { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b', 'x-request-id': 'r1' })
    const request = adapter.request(call, poolOf(), endpoint, 'c1') as UpstreamRequest
    expect(request).toMatchObject({ method: 'POST', path: '/v1/messages', headers: { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b', 'x-request-id': 'r1', 'accept-encoding': 'identity' } })
    expect(request.body).toBe(call.body)
  })

  it('changes the name of the model and no other byte', () => {
    const request = adapter.request(callOf('messages', MESSAGES_CALL), poolOf({ models: { sonnet: 'claude-sonnet-5' } }), endpoint, 'c1') as UpstreamRequest
    expect(String(request.body)).toBe(JSON.stringify({ ...MESSAGES_CALL, model: 'claude-sonnet-5' }))
    expect(request.headers['anthropic-version']).toBe('2023-06-01')
  })

  it('translates a chat call', () => {
    const request = adapter.request(callOf('chat', { ...CHAT_CALL, stream: true }), poolOf({ models: { sonnet: 'claude-sonnet-5' } }), endpointAt('https://proxy.example.com/anthropic'), 'c1') as UpstreamRequest
    expect(request).toMatchObject({ path: '/anthropic/v1/messages', headers: { accept: 'text/event-stream', 'x-request-id': 'c1' } })
    expect(JSON.parse(String(request.body))).toEqual({ model: 'claude-sonnet-5', max_tokens: 8192, stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  })

  it.each(['embeddings', 'completions', 'responses'] as const)('refuses a call of the %s API', (api) => {
    const call = callOf(api, { model: 'm', input: 'x', prompt: 'x' })
    expect(() => adapter.request(call, poolOf(), endpoint, 'c1')).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'not_translatable', status: 400 }) }))
  })
})

describe('answers to a Messages client', () => {
  it('passes a Message through and reads it', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, JSON_TYPE)
    const body = JSON.stringify(MESSAGE)
    expect(readThrough(reader, body, [5, 100])).toBe(body)
    expect(reader).toMatchObject({ contentType: null, seen: { usage: MESSAGE_USAGE, finishReason: 'tool_use', model: 'claude-x', complete: true, error: null } })
  })

  it('passes an error through and names it for the record', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 529, JSON_TYPE)
    const body = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'secret-canary' } })
    expect(readThrough(reader, body)).toBe(body)
    expect(reader.seen).toMatchObject({ error: 'overloaded_error', usage: null, complete: false })
  })

  it('property: passes a stream through, however it is cut, and reads it', () => {
    fc.assert(
      fc.property(cuts, (places) => {
        const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, SSE)
        expect(readThrough(reader, STREAM, places)).toBe(STREAM)
        expect(reader.seen).toMatchObject({ usage: MESSAGE_USAGE, finishReason: 'tool_use', model: 'claude-x', complete: true, deltas: 5, error: null })
        expect(reader.seen.characters).toBe('Hm.Let me see… ☔{"city":"Kyiv"}'.length)
      }),
    )
  })

  it('adds what the gateway knows to the event with the usage, and leaves all others alone', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, SSE, (seen) => ({ cost: String(seen.usage?.output) }))
    const events = dataOf(readThrough(reader, STREAM))
    expect(events).toEqual(MESSAGE_EVENTS.map((event) => (event.type === 'message_delta' ? { ...event, spillway: { cost: '30' } } : event)))
  })

  it('knows the input of a stream that broke, and that the usage is not final', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, SSE)
    readThrough(reader, messagesStream(MESSAGE_EVENTS.slice(0, 8)))
    expect(reader.seen).toMatchObject({ usage: null, usageSoFar: { inputUncached: 12, cacheRead: 200, cacheWrite: 30, output: 1 }, complete: false, deltas: 2 })
  })

  it('sees an error inside a stream', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, SSE)
    const stream = messagesStream([MESSAGE_EVENTS[0]!, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }])
    expect(readThrough(reader, stream)).toBe(stream)
    expect(reader.seen).toMatchObject({ error: 'overloaded_error', complete: false })
  })

  it('bears what is no event of the protocol', () => {
    const reader = adapter.response(callOf('messages', MESSAGES_CALL), 200, SSE)
    const stream = ': hello\n\ndata: not json\n\ndata: [1]\n\nevent: new_thing\ndata: {"type":"new_thing"}\n\ndata: {"type":"message_start"}\n\n'
    expect(readThrough(reader, stream)).toBe(stream)
    expect(reader.seen).toMatchObject({ usage: null, error: null })
  })
})

describe('answers to a chat client', () => {
  it('translates a Message', () => {
    const reader = adapter.response(callOf('chat', CHAT_CALL), 200, JSON_TYPE)
    expect(JSON.parse(readThrough(reader, JSON.stringify(MESSAGE), [9]))).toEqual(CHAT)
    expect(reader).toMatchObject({ contentType: JSON_TYPE, seen: { usage: MESSAGE_USAGE, complete: true } })
  })

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
  ])('translates the stop reason %s', (reason, expected) => {
    const reader = adapter.response(callOf('chat', CHAT_CALL), 200, JSON_TYPE)
    expect(JSON.parse(readThrough(reader, JSON.stringify({ ...MESSAGE, stop_reason: reason })))).toMatchObject({ choices: [{ finish_reason: expected }] })
  })

  it('translates an error, and one that is no JSON without quoting it', () => {
    const error = { type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: too large' } }
    const call = callOf('chat', CHAT_CALL)
    expect(JSON.parse(readThrough(adapter.response(call, 400, JSON_TYPE), JSON.stringify(error)))).toEqual({ error: { message: 'max_tokens: too large', type: 'invalid_request_error', param: null, code: 'invalid_request_error' } })
    expect(JSON.parse(readThrough(adapter.response(call, 502, 'text/html'), '<html>canary</html>'))).toEqual({ error: { message: 'The upstream refused the call.', type: 'api_error', param: null, code: 'api_error' } })
  })

  it('refuses an answer that is no Message', () => {
    expect(() => readThrough(adapter.response(callOf('chat', CHAT_CALL), 200, JSON_TYPE), '<html>')).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'upstream_invalid_response' }) }))
  })

  it('names the hints that were left out', () => {
    const call = callOf('chat', { ...CHAT_CALL, seed: 1, service_tier: 'flex' })
    expect(adapter.response(call, 200, SSE).headers).toEqual({ 'x-spillway-dropped': 'seed, service_tier' })
  })

  it('property: translates a stream into chunks that sum to the same answer, however it is cut', () => {
    fc.assert(
      fc.property(cuts, (places) => {
        const call = callOf('chat', { ...CHAT_CALL, stream: true, stream_options: { include_usage: true } })
        const reader = adapter.response(call, 200, SSE, () => ({ cost: '1' }))
        const out = readThrough(reader, STREAM, places)
        expect(summed(dataOf(out))).toEqual({ ...CHAT.choices[0], id: 'msg_1', model: 'claude-x', usage: CHAT_USAGE, spillway: { cost: '1' } })
        expect(out.endsWith('data: [DONE]\n\n')).toBe(true)
        expect(reader).toMatchObject({ contentType: 'text/event-stream', seen: { usage: MESSAGE_USAGE, complete: true } })
      }),
    )
  })

  it('gives no chunk with usage to a client that did not ask for it', () => {
    const out = dataOf(readThrough(adapter.response(callOf('chat', { ...CHAT_CALL, stream: true }), 200, SSE), STREAM))
    expect(out.filter((chunk) => typeof chunk === 'object' && chunk !== null && 'usage' in chunk)).toEqual([])
  })

  it('passes an error inside a stream on and does not end it well', () => {
    const stream = messagesStream([MESSAGE_EVENTS[0]!, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }])
    const reader = adapter.response(callOf('chat', { ...CHAT_CALL, stream: true }), 200, SSE)
    expect(dataOf(readThrough(reader, stream)).at(-1)).toEqual({ error: { message: 'Overloaded', type: 'overloaded_error', param: null, code: 'overloaded_error' } })
    expect(reader.seen).toMatchObject({ error: 'overloaded_error', complete: false })
  })
})

interface Chunk {
  readonly id: string
  readonly model: string
  readonly usage?: object | null
  readonly spillway?: object
  readonly choices: readonly { readonly delta: { readonly role?: string; readonly content?: string; readonly reasoning_content?: string; readonly tool_calls?: readonly { readonly index: number; readonly id?: string; readonly function: { readonly name?: string; readonly arguments: string } }[] }; readonly finish_reason: string | null }[]
}

/** What a chat client makes of the chunks. */
function summed(data: readonly unknown[]): unknown {
  const chunks = data.filter((chunk) => chunk !== '[DONE]') as Chunk[]
  const deltas = chunks.flatMap((chunk) => chunk.choices)
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = []
  for (const part of deltas.flatMap(({ delta }) => delta.tool_calls ?? [])) {
    calls[part.index] ??= { id: part.id ?? '', type: 'function', function: { name: part.function.name ?? '', arguments: '' } }
    calls[part.index]!.function.arguments += part.function.arguments
  }
  const last = chunks.at(-1)
  return {
    index: 0,
    message: {
      role: deltas[0]?.delta.role,
      content: deltas.map(({ delta }) => delta.content ?? '').join(''),
      refusal: null,
      reasoning_content: deltas.map(({ delta }) => delta.reasoning_content ?? '').join(''),
      tool_calls: calls,
    },
    logprobs: null,
    finish_reason: deltas.findLast(({ finish_reason: reason }) => reason !== null)?.finish_reason,
    id: chunks[0]?.id,
    model: chunks[0]?.model,
    usage: last?.usage,
    spillway: last?.spillway,
  }
}
