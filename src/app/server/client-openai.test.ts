import OpenAI, { APIUserAbortError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DEMO_KEY, MESSAGES, MODEL, RECORDED_MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer
let client: OpenAI

beforeAll(async () => {
  server = await startTestServer({ 'one-at-once': ['--concurrency', '1'], 'no-money': ['--budget', '0/day'], narrow: ['--models', 'llama-3.1-7*'] })
  client = openai(DEMO_KEY)
})
afterAll(() => server.close())

function openai(apiKey: string, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: server.baseURL, apiKey, maxRetries })
}

const QUESTION = { model: MODEL, messages: MESSAGES, max_tokens: 12 }
const WEATHER = { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }

describe('openai, unmodified: what it asks for', () => {
  it('a whole answer, with the decision in its headers and a record of it', async () => {
    const { data, response } = await client.chat.completions.create({ ...QUESTION, user: 'u-1' }, { headers: { 'x-spillway-feature': 'search' } }).withResponse()
    expect(data.choices[0]!.message.content!.length).toBeGreaterThan(0)
    expect(response.headers.get('x-spillway-pool')).toBe('floor')
    expect(response.headers.get('x-spillway-reason')).toMatch(/^floor/u)
    expect(Number(response.headers.get('x-spillway-cost-usd'))).toBeGreaterThan(0)
    expect(server.recordOf(response)).toMatchObject({ outcome: 'ok', keyId: 'demo', modelAsked: MODEL, usageSource: 'upstream', attribution: { user: 'u-1', feature: 'search' }, usage: { output: data.usage!.completion_tokens } })
  })

  it('a stream, token by token, with its usage', async () => {
    const stream = await client.chat.completions.create({ ...QUESTION, model: 'llama-3.1-70b', stream: true, stream_options: { include_usage: true } })
    let text = ''
    let output = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      output = chunk.usage?.completion_tokens ?? output
    }
    expect([text.length > 0, output]).toEqual([true, 12])
  })

  it('tools, whole and streamed, and the way back with their results', async () => {
    const ask = { model: MODEL, messages: MESSAGES, tools: [WEATHER], tool_choice: 'required' as const, max_tokens: 64 }
    const { data, response } = await client.chat.completions.create(ask).withResponse()
    const { choices } = data
    const call = choices[0]!.message.tool_calls![0]!
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather', arguments: '{"city":"bac"}' } })
    const noted = { responseId: data.id, finishReason: 'tool_calls', toolsCalled: ['weather'], prompt: { tools: ['weather'], characters: { question: 20, system: 0 } }, retryCount: 0 }
    expect(server.recordOf(response)).toMatchObject(noted)
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"bac"}' } }] } })
    expect(server.records.at(-1)).toMatchObject({ ...noted, responseId: streamed.id })
    const after = await client.chat.completions.create({ ...QUESTION, tools: [WEATHER], messages: [...MESSAGES, choices[0]!.message, { role: 'tool', tool_call_id: call.id, content: 'rain' }] })
    expect(after.choices[0]!.message.content!.length).toBeGreaterThan(0)
  })

  it('JSON mode and a schema', async () => {
    const json = await client.chat.completions.create({ ...QUESTION, max_tokens: 64, response_format: { type: 'json_object' } })
    expect(JSON.parse(json.choices[0]!.message.content!)).toEqual({ answer: 'bac' })
    const schema = { type: 'object', properties: { rain: { type: 'boolean' } }, required: ['rain'], additionalProperties: false }
    const parsed = await client.chat.completions.parse({ ...QUESTION, max_tokens: 64, response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } })
    expect(JSON.parse(parsed.choices[0]!.message.content!)).toEqual({ rain: true })
  })

  it('images and fields that nobody knows: the upstream gets the very bytes that the client sent', async () => {
    server.upstream.answer = (res) => void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: RECORDED_MODEL, choices: [{ index: 0, message: { role: 'assistant', content: 'A cat.' }, finish_reason: 'stop' }], usage: { prompt_tokens: 800, completion_tokens: 3, total_tokens: 803 } }))
    let sent = ''
    const recording = new OpenAI({
      baseURL: server.baseURL,
      apiKey: DEMO_KEY,
      maxRetries: 0,
      fetch: (url, init) => {
        sent = String(init?.body)
        return fetch(url, init)
      },
    })
    const image = `data:image/png;base64,${Buffer.alloc(3000, 7).toString('base64')}`
    const body = { model: RECORDED_MODEL, messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'What is this?' }, { type: 'image_url' as const, image_url: { url: image, detail: 'high' as const } }] }], made_up_field: { deep: [1, 2.50, '\u00e9'] } }
    const { data, response } = await recording.chat.completions.create(body).withResponse()
    expect(data.choices[0]!.message.content).toBe('A cat.')
    expect(sent).toContain(image)
    expect(server.upstream.asked.at(-1)).toMatchObject({ path: '/v1/chat/completions', text: sent })
    expect(server.recordOf(response)).toMatchObject({ pool: 'recorder', usage: { inputUncached: 800, output: 3 }, cost: { status: 'complete' } })
  })

  it('the Responses API, whole and streamed', async () => {
    const ask = { model: MODEL, input: 'Say something short.', max_output_tokens: 16 }
    const answer = await client.responses.create(ask)
    expect(answer.output_text.length).toBeGreaterThan(0)
    const events: string[] = []
    for await (const event of await client.responses.create({ ...ask, stream: true })) events.push(event.type)
    expect([events[0], events.includes('response.output_text.delta'), /^response\.(completed|incomplete)$/u.test(events.at(-1)!)]).toEqual(['response.created', true, true])
  })

  it('completions, whole and streamed', async () => {
    const ask = { model: MODEL, prompt: 'Once upon', max_tokens: 5 }
    expect((await client.completions.create(ask)).choices[0]!.text.length).toBeGreaterThan(0)
    let text = ''
    for await (const chunk of await client.completions.create({ ...ask, stream: true })) text += chunk.choices[0]?.text ?? ''
    expect(text.length).toBeGreaterThan(0)
  })

  it('embeddings: base64, which the client asks for by itself, and floats are the same numbers', async () => {
    const ask = { model: MODEL, input: ['a text', 'another'] }
    const packed = await client.embeddings.create(ask)
    const floats = await client.embeddings.create({ ...ask, encoding_format: 'float' })
    expect(packed.data).toHaveLength(2)
    expect(packed.data[0]!.embedding.length).toBe(384)
    for (const [index, value] of packed.data[1]!.embedding.entries()) expect(value).toBeCloseTo(floats.data[1]!.embedding[index]!, 6)
    expect(server.records.at(-1)).toMatchObject({ api: 'embeddings', usageSource: 'upstream', usage: { output: 0 } })
  })

  it('the list of models: those that its key may use', async () => {
    expect((await client.models.list()).data.map(({ id }) => id).sort()).toEqual(['llama-3.1-70b', MODEL, RECORDED_MODEL])
    const narrow = openai(server.key('narrow'))
    expect((await narrow.models.list()).data.map(({ id }) => id)).toEqual(['llama-3.1-70b'])
    expect(await narrow.models.retrieve('llama-3.1-70b')).toMatchObject({ id: 'llama-3.1-70b' })
    await expect(narrow.models.retrieve(MODEL)).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('openai, unmodified: what it is refused', () => {
  it('errors are of the classes that it has for them', async () => {
    const wrong = openai('sw_wrong').chat.completions.create(QUESTION)
    await expect(wrong).rejects.toBeInstanceOf(AuthenticationError)
    await expect(wrong).rejects.toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' })
    const unknown = client.chat.completions.create({ ...QUESTION, model: 'gpt-unknown' })
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError)
    await expect(unknown).rejects.toMatchObject({ code: 'model_not_found', param: 'model' })
    // What the engine refuses comes through with the engine's words.
    const toolong = client.chat.completions.create({ ...QUESTION, max_tokens: 10_000_000 })
    await expect(toolong).rejects.toBeInstanceOf(BadRequestError)
    await expect(toolong).rejects.toThrow('maximum context length')
    const poor = openai(server.key('no-money')).chat.completions.create(QUESTION)
    await expect(poor).rejects.toMatchObject({ status: 402, code: 'budget_exceeded', message: expect.stringContaining('per day') })
  })

  it('over its limit: RateLimitError, and the client waits for as long as Retry-After says before it tries again', async () => {
    const one = openai(server.key('one-at-once'), 1)
    // The first chunk of a stream that goes on holds the key's only place.
    const running = await one.chat.completions.create({ ...QUESTION, max_tokens: 40_000, min_tokens: 40_000, stream: true } as OpenAI.ChatCompletionCreateParamsStreaming)
    const waits: number[] = []
    const real = globalThis.setTimeout
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) => {
      if (ms !== 1000) return real(work, ms)
      waits.push(ms)
      return real(work, 0)
    }) as typeof setTimeout)
    try {
      const refused: unknown = await one.chat.completions.create(QUESTION).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(RateLimitError)
      expect((refused as RateLimitError).code).toBe('concurrency_limit_exceeded')
      expect((refused as RateLimitError).headers.get('retry-after')).toBe('1')
      expect(server.records.slice(-2).map(({ status, retryCount }) => [status, retryCount])).toEqual([[429, 0], [429, 1]])
      expect(waits).toHaveLength(1)
    } finally {
      spy.mockRestore()
      running.controller.abort()
    }
  })

  it('aborts a stream: the client gets its own error, and the record says who hung up', async () => {
    const abort = new AbortController()
    const stream = await client.chat.completions.create({ ...QUESTION, max_tokens: 4000, stream: true }, { signal: abort.signal })
    const before = server.records.length
    let chunks = 0
    for await (const _ of stream) if (++chunks === 3) abort.abort()
    expect(chunks).toBeLessThan(4000)
    await vi.waitFor(() => expect(server.records.slice(before)).toMatchObject([{ outcome: 'client-aborted', usageSource: 'counted', cost: { status: 'estimated' } }]))
    await expect(client.chat.completions.create(QUESTION, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(APIUserAbortError)
  })
})
