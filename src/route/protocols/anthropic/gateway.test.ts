import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { KEY, pool, startGateway, stopAll, testConfig, type Harness } from '../../gateway/testing.ts'
import { openaiFace } from '../openai/face.ts'
import { bodyOf, listen, type Listening } from '../testing.ts'
import { anthropicFace } from './face.ts'
import { CHAT, MESSAGE, MESSAGE_EVENTS, MESSAGE_USAGE, chatChunk, chatStream, messagesStream, usageChunk } from './fixtures.testing.ts'

const open: Listening[] = []

afterEach(async () => {
  await stopAll()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

type Handler = Parameters<typeof listen>[0]

async function gatewayOver(protocol: 'openai' | 'anthropic', handler: Handler): Promise<{ readonly harness: Harness; readonly client: Anthropic }> {
  const upstream = await listen(handler)
  open.push(upstream)
  const harness = await startGateway(testConfig([pool('p', [upstream.url], { protocol, apis: ['messages', 'chat'] })]), { faces: [anthropicFace, openaiFace] })
  return { harness, client: new Anthropic({ baseURL: harness.url, apiKey: KEY, maxRetries: 0 }) }
}

const QUESTION = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Rain?' }] }
const json = (body: object, status = 200): Handler => async (req, res) => {
  await bodyOf(req)
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
const sse = (body: string): Handler => async (req, res) => {
  await bodyOf(req)
  res.writeHead(200, { 'content-type': 'text/event-stream' }).end(body)
}

describe('the Messages API at the gateway', () => {
  it('is served by an Anthropic pool, and recorded with its buckets', async () => {
    const { harness, client } = await gatewayOver('anthropic', json(MESSAGE))
    expect(await client.messages.create(QUESTION)).toMatchObject({ content: MESSAGE.content })
    expect(await harness.record()).toMatchObject({ api: 'messages', outcome: 'ok', usage: MESSAGE_USAGE, usageSource: 'upstream', finishReason: 'tool_use', modelServed: 'claude-x' })
  })

  it('is served by a chat pool, and recorded with its buckets', async () => {
    const { harness, client } = await gatewayOver('openai', json(CHAT))
    expect(await client.messages.create(QUESTION)).toMatchObject({ content: MESSAGE.content.slice(1) })
    expect(await harness.record()).toMatchObject({ api: 'messages', outcome: 'ok', usage: MESSAGE_USAGE, usageSource: 'upstream' })
  })

  it.each([
    ['anthropic', messagesStream(MESSAGE_EVENTS), MESSAGE.content],
    ['openai', chatStream([chatChunk({ content: 'Hello' }), chatChunk({}, { finish_reason: 'stop' }), usageChunk()]), [{ type: 'text', text: 'Hello' }]],
  ] as const)('streams from a pool of protocol %s, with the cost in the last event but one', async (protocol, stream, content) => {
    const { harness, client } = await gatewayOver(protocol, sse(stream))
    const events: { readonly type: string; readonly spillway?: unknown }[] = []
    const answer = client.messages.stream(QUESTION)
    answer.on('streamEvent', (event) => events.push(event))
    expect(await answer.finalMessage()).toMatchObject({ content })
    expect(events.at(-2)).toMatchObject({ type: 'message_delta', spillway: expect.objectContaining({}) })
    expect(await harness.record()).toMatchObject({ outcome: 'ok', streamed: true, usage: MESSAGE_USAGE })
  })

  it('answers errors in Anthropic\'s shape: no key, what cannot be translated, what the upstream refuses', async () => {
    const { harness, client } = await gatewayOver('openai', json({ error: { message: 'too long', type: 'BadRequestError', code: 'context_length_exceeded' } }, 400))
    await expect(new Anthropic({ baseURL: harness.url, apiKey: 'wrong', maxRetries: 0 }).messages.create(QUESTION)).rejects.toMatchObject({ status: 401, type: 'authentication_error', errorCode: 'invalid_api_key' })
    await expect(client.messages.create({ ...QUESTION, container: 'c1' })).rejects.toMatchObject({ status: 400, errorCode: 'not_translatable' })
    await expect(client.messages.create(QUESTION)).rejects.toMatchObject({ status: 400, type: 'invalid_request_error', apiMessage: 'too long' })
  })

  it('ends a stream that breaks with an error event', async () => {
    const { harness, client } = await gatewayOver('anthropic', sse(messagesStream(MESSAGE_EVENTS.slice(0, 8))))
    await expect(client.messages.stream(QUESTION).finalMessage()).rejects.toThrow(/before it was complete/u)
    expect(await harness.record()).toMatchObject({ outcome: 'upstream-failed', usageSource: 'counted' })
  })

  it('counts tokens', async () => {
    const { client } = await gatewayOver('openai', json({}))
    expect(await client.messages.countTokens({ model: 'm', messages: QUESTION.messages })).toMatchObject({ input_tokens: expect.any(Number), spillway: { estimated: true } })
  })
})
