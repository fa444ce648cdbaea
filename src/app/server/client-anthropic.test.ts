import Anthropic, { AuthenticationError, NotFoundError } from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_KEY, MESSAGES, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer
let client: Anthropic

beforeAll(async () => {
  server = await startTestServer()
  client = new Anthropic({ baseURL: server.base, apiKey: DEMO_KEY, maxRetries: 0 })
})
afterAll(() => server.close())

const QUESTION = { model: MODEL, max_tokens: 10, messages: MESSAGES }
const TOOLS = [{ name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }]

describe('@anthropic-ai/sdk, unmodified, on engines that speak chat', () => {
  it('Messages, whole and streamed', async () => {
    const { data, response } = await client.messages.create({ ...QUESTION, metadata: { user_id: 'u-7' } }).withResponse()
    expect([data.content[0]!.type, data.usage.output_tokens, data.stop_reason]).toEqual(['text', 10, 'max_tokens'])
    expect(server.recordOf(response)).toMatchObject({ api: 'messages', attribution: { user: 'u-7' }, usage: { output: 10 } })
    const stream = client.messages.stream(QUESTION)
    let text = ''
    stream.on('text', (piece) => (text += piece))
    const message = await stream.finalMessage()
    expect([message.stop_reason, message.content]).toMatchObject(['max_tokens', [{ type: 'text', text }]])
  })

  it('tools, whole and streamed', async () => {
    const ask = { ...QUESTION, max_tokens: 64, tools: TOOLS, tool_choice: { type: 'any' as const } }
    const expected = { stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'weather', input: { city: 'bac' } }] }
    expect(await client.messages.create(ask)).toMatchObject(expected)
    expect(server.records.at(-1)).toMatchObject({ toolsCalled: ['weather'], prompt: { tools: ['weather'], characters: { question: 20 } }, retryCount: 0, responseId: expect.stringMatching(/^chatcmpl-/u) })
    expect(await client.messages.stream(ask).finalMessage()).toMatchObject(expected)
  })

  it('count_tokens, an estimate that says so', async () => {
    const few = await client.messages.countTokens({ model: MODEL, messages: MESSAGES })
    const many = await client.messages.countTokens({ model: MODEL, messages: [{ role: 'user', content: 'word '.repeat(1000) }] })
    expect(few).toMatchObject({ spillway: { estimated: true } })
    expect([few.input_tokens > 0, many.input_tokens > few.input_tokens + 900]).toEqual([true, true])
  })

  it('models, in its own form', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toContain(MODEL)
  })

  it('errors are of the classes that it has for them, in its own form', async () => {
    const wrong = new Anthropic({ baseURL: server.base, apiKey: 'sw_wrong', maxRetries: 0 }).messages.create(QUESTION)
    await expect(wrong).rejects.toBeInstanceOf(AuthenticationError)
    await expect(wrong).rejects.toMatchObject({ status: 401, type: 'authentication_error' })
    await expect(client.messages.create({ ...QUESTION, model: 'claude-unknown' })).rejects.toBeInstanceOf(NotFoundError)
  })

  it('a key in either header: what this version sends, and x-api-key, as older ones do', async () => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${server.base}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers }, body: JSON.stringify(QUESTION) })
    const answers = await Promise.all([ask({ 'x-api-key': DEMO_KEY }), ask({ authorization: `Bearer ${DEMO_KEY}` }), ask({ 'x-api-key': 'sw_wrong' }), ask({})])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401])
    const byToken = new Anthropic({ baseURL: server.base, apiKey: null, authToken: DEMO_KEY, maxRetries: 0 })
    expect((await byToken.messages.create(QUESTION)).usage.output_tokens).toBe(10)
  })
})
