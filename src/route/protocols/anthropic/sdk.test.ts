import Anthropic, { APIError } from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../core/random.ts'
import type { UpstreamProtocol } from '../../config-types.ts'
import { createAdapters } from '../adapters.ts'
import { openaiFace } from '../openai/face.ts'
import { bodyOf, endpointAt, fixedClock, listen, poolOf, tinyGateway, type Listening } from '../testing.ts'
import { anthropicFace } from './face.ts'
import { CHAT, MESSAGE, MESSAGE_EVENTS, chatChunk, chatStream, messagesStream, usageChunk } from './fixtures.testing.ts'

const adapters = createAdapters({ clock: fixedClock, random: seededRandom(1) })
const open: Listening[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

interface Upstream {
  readonly status?: number
  readonly contentType?: string
  readonly body: string
}

/** An upstream that gives one answer, cut in the middle, behind the smallest gateway; `seen` is what it was asked. */
async function behind(protocol: UpstreamProtocol, face: typeof anthropicFace, { status = 200, contentType = 'application/json', body }: Upstream): Promise<{ url: string; seen: Record<string, unknown>[] }> {
  const seen: Record<string, unknown>[] = []
  const upstream = await listen(async (req, res) => {
    seen.push({ path: req.url, headers: req.headers, ...(JSON.parse(String(await bodyOf(req))) as object) })
    res.writeHead(status, { 'content-type': contentType })
    const bytes = Buffer.from(body)
    res.write(bytes.subarray(0, bytes.length >> 1))
    res.end(bytes.subarray(bytes.length >> 1))
  })
  const pool = poolOf({ protocol, endpoints: [endpointAt(upstream.url)], auth: protocol === 'anthropic' ? { type: 'header', header: 'X-Api-Key', secret: 'upstream-key' } : { type: 'bearer', secret: 'upstream-key' } })
  const gateway = await tinyGateway(face, adapters[protocol], pool)
  open.push(upstream, gateway)
  return { url: gateway.url, seen }
}

function anthropic(baseURL: string): Anthropic {
  return new Anthropic({ baseURL, apiKey: 'sw_key', maxRetries: 0 })
}

function openai(baseURL: string): OpenAI {
  return new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'sw_key', maxRetries: 0 })
}

const QUESTION = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Rain?' }] }
const TOOLS = [{ name: 'weather', description: 'Of a city', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }]
const SSE = 'text/event-stream'
const CHAT_STREAM = chatStream([
  chatChunk({ role: 'assistant', content: '' }),
  chatChunk({ content: 'Let me ' }),
  chatChunk({ content: 'see… ☔' }),
  chatChunk({ tool_calls: [{ index: 0, id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '' } }] }),
  chatChunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Kyiv"}' } }] }),
  chatChunk({ tool_calls: [{ index: 1, id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '{}' } }] }),
  chatChunk({}, { finish_reason: 'tool_calls' }),
  usageChunk(),
])
const SHOWN = [
  { type: 'text', text: 'Let me see… ☔' },
  { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Kyiv' } },
  { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
]
const USAGE = { input_tokens: 12, cache_read_input_tokens: 200, cache_creation_input_tokens: 30, output_tokens: 40 }

describe('the @anthropic-ai/sdk client, unmodified', () => {
  it('talks to an Anthropic upstream', async () => {
    const { url, seen } = await behind('anthropic', anthropicFace, { body: JSON.stringify(MESSAGE) })
    expect(await anthropic(url).messages.create(QUESTION)).toMatchObject(MESSAGE)
    expect(seen).toMatchObject([{ path: '/v1/messages', ...QUESTION, headers: { 'x-api-key': 'upstream-key', 'anthropic-version': expect.stringMatching(/^\d{4}-\d\d-\d\d$/u) } }])
    expect(JSON.stringify(seen)).not.toContain('sw_key')
  })

  it('streams from an Anthropic upstream', async () => {
    const { url } = await behind('anthropic', anthropicFace, { contentType: SSE, body: messagesStream(MESSAGE_EVENTS) })
    expect(await anthropic(url).messages.stream(QUESTION).finalMessage()).toMatchObject({ content: MESSAGE.content, stop_reason: 'tool_use', usage: MESSAGE.usage })
  })

  it('talks to a chat upstream, tools included', async () => {
    const { url, seen } = await behind('openai', anthropicFace, { body: JSON.stringify(CHAT) })
    const message = await anthropic(url).messages.create({ ...QUESTION, tools: TOOLS })
    expect(message).toMatchObject({ type: 'message', content: SHOWN, stop_reason: 'tool_use', usage: USAGE })
    expect(seen).toMatchObject([{ path: '/v1/chat/completions', headers: { authorization: 'Bearer upstream-key' }, tools: [{ type: 'function', function: { name: 'weather' } }] }])
  })

  it('streams from a chat upstream, tools included', async () => {
    const { url } = await behind('openai', anthropicFace, { contentType: SSE, body: CHAT_STREAM })
    const stream = anthropic(url).messages.stream({ ...QUESTION, tools: TOOLS })
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    expect(await stream.finalMessage()).toMatchObject({ content: SHOWN, stop_reason: 'tool_use', usage: USAGE })
    expect(texts).toEqual(['Let me ', 'see… ☔'])
  })

  it('meets errors in its own shape, from us and from a chat upstream', async () => {
    const { url } = await behind('openai', anthropicFace, { status: 400, body: JSON.stringify({ error: { message: 'too long', type: 'BadRequestError', code: 'context_length_exceeded' } }) })
    const refusedThere = anthropic(url).messages.create(QUESTION)
    await expect(refusedThere).rejects.toBeInstanceOf(APIError)
    await expect(refusedThere).rejects.toMatchObject({ status: 400, type: 'invalid_request_error', errorCode: 'context_length_exceeded', apiMessage: 'too long' })
    const refusedHere = anthropic(url).messages.create({ ...QUESTION, container: 'c1' })
    await expect(refusedHere).rejects.toMatchObject({ status: 400, errorCode: 'not_translatable', apiMessage: expect.stringContaining('container') })
  })

  it('meets an error inside a stream', async () => {
    const { url } = await behind('openai', anthropicFace, { contentType: SSE, body: chatStream([chatChunk({ content: 'a' }), { error: { message: 'boom' } }], false) })
    await expect(anthropic(url).messages.stream(QUESTION).finalMessage()).rejects.toThrow('boom')
  })

  it('counts tokens, as an estimate', async () => {
    const { url } = await behind('openai', anthropicFace, { body: '{}' })
    expect(await anthropic(url).messages.countTokens({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })).toMatchObject({ input_tokens: 15, spillway: { estimated: true } })
  })
})

describe('the openai client on an Anthropic upstream, unmodified', () => {
  it('talks', async () => {
    const { url, seen } = await behind('anthropic', openaiFace, { body: JSON.stringify(MESSAGE) })
    const completion = await openai(url).chat.completions.create({ model: 'm', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Rain?' }], max_completion_tokens: 100 })
    expect(completion).toMatchObject(CHAT)
    expect(seen).toMatchObject([{ path: '/v1/messages', system: 'Be brief.', max_tokens: 100, headers: { 'x-api-key': 'upstream-key' } }])
  })

  it('streams, tools and usage included', async () => {
    const { url } = await behind('anthropic', openaiFace, { contentType: SSE, body: messagesStream(MESSAGE_EVENTS) })
    const stream = openai(url).chat.completions.stream({ model: 'm', messages: [{ role: 'user', content: 'Rain?' }], stream_options: { include_usage: true } })
    const { choices, usage } = await stream.finalChatCompletion()
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Let me see… ☔', tool_calls: CHAT.choices[0]!.message.tool_calls } })
    expect(usage).toMatchObject(CHAT.usage)
  })

  it('meets errors in its own shape', async () => {
    const { url } = await behind('anthropic', openaiFace, { status: 429, body: JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }) })
    await expect(openai(url).chat.completions.create({ model: 'm', messages: [] })).rejects.toMatchObject({ status: 429, code: 'rate_limit_error', message: '429 slow down' })
    await expect(openai(url).chat.completions.create({ model: 'm', messages: [], n: 2 })).rejects.toMatchObject({ status: 400, code: 'not_translatable', param: 'n' })
  })
})
