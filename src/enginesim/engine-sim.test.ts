import type OpenAI from 'openai'
import { APIError } from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { codedError } from '../core/catalog/testing.ts'
import type { EngineSim, EngineSimOptions } from './engine-sim.ts'
import { createEngineSim } from './engine-sim.ts'
import { startSim, until } from './testing.ts'
import { fixedTiming } from './timing.ts'

const open: EngineSim[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sim) => sim.close()))
})

async function start(options: Partial<EngineSimOptions> = {}): ReturnType<typeof startSim> {
  const started = await startSim(options)
  open.push(started.sim)
  return started
}

const HELLO = [{ role: 'user' as const, content: 'Hello there, how are you?' }]
const WEATHER: OpenAI.ChatCompletionTool = { type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city'] } } }
/** An option of vLLM that the client's types do not know. */
const IGNORE_EOS = { ignore_eos: true }
const NEVER = fixedTiming({ ttftMs: 0, tpotMs: 1e9, prefillUsPerToken: 0 })

/** What a server of this seed says to a call with its own. */
async function textOf(serverSeed: number, seed: number | null): Promise<string | null> {
  const { openai } = await start({ seed: serverSeed })
  return (await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 20, seed })).choices[0]!.message.content
}

describe('chat completions with the openai client', () => {
  it('answer with text, a finish reason and the usage', async () => {
    const { openai } = await start()
    const answer = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 12 })
    expect(answer).toMatchObject({ object: 'chat.completion', model: 'sim-8b', created: Date.UTC(2026, 10, 25) / 1000, choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant' } }] })
    expect(answer.choices[0]!.message.content).toMatch(/^( [a-z]{3}){12}$/u)
    // Two marks and the text in whole tokens, the end mark: 2 + 7 + 1 + 4 tokens.
    expect(answer.usage).toEqual({ prompt_tokens: 14, completion_tokens: 12, total_tokens: 26, prompt_tokens_details: { cached_tokens: 0 } })
  })

  it('stream the role, then one token a chunk, the reason, the usage and the end', async () => {
    const { openai } = await start()
    const whole = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 5 })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 5, stream: true, stream_options: { include_usage: true } })) chunks.push(chunk)
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '' })
    expect(chunks.slice(1, 6).map(({ choices }) => choices[0]!.delta.content).join('')).toBe(whole.choices[0]!.message.content)
    expect(chunks[6]!.choices[0]).toMatchObject({ delta: {}, finish_reason: 'length' })
    expect(chunks[7]).toMatchObject({ choices: [], usage: { prompt_tokens: 14, completion_tokens: 5, total_tokens: 19 } })
    expect(chunks).toHaveLength(8)
  })

  it('stream the first token at once and the rest in groups, where told to', async () => {
    const { openai } = await start({ streamInterval: 4 })
    const whole = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 10 })
    const parts: string[] = []
    for await (const { choices } of await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 10, stream: true })) if (choices[0]!.delta.content) parts.push(choices[0]!.delta.content)
    expect(parts.map((part) => part.length / 4)).toEqual([1, 4, 4, 1])
    expect(parts.join('')).toBe(whole.choices[0]!.message.content)
  })

  it('say no usage in a stream that did not ask for it', async () => {
    const { openai } = await start()
    const usages: unknown[] = []
    for await (const chunk of await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 2, stream: true })) usages.push(chunk.usage)
    expect(usages).toEqual([undefined, undefined, undefined, undefined])
  })

  it('are the same for the same seed, and others for another', async () => {
    expect(await textOf(5, null)).toBe(await textOf(5, null))
    expect(await textOf(5, null)).not.toBe(await textOf(6, null))
    expect(await textOf(5, 1)).not.toBe(await textOf(5, 2))
  })

  it('end by themselves, at a stop string, or not before max_tokens', async () => {
    const { openai } = await start({ meanOutputTokens: 20 })
    const free = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO })
    expect(free.choices[0]!.finish_reason).toBe('stop')
    const stop = free.choices[0]!.message.content!.slice(8, 12)
    const stopped = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, stop: [stop] })
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: free.choices[0]!.message.content!.slice(0, 8) } })
    const long = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_completion_tokens: 500, ...IGNORE_EOS })
    expect(long.usage!.completion_tokens).toBe(500)
  })

  it('find the conversation so far in the prefix cache', async () => {
    const { openai } = await start()
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be brief. '.repeat(50) }, ...HELLO]
    const first = await openai.chat.completions.create({ model: 'sim-8b', messages, max_tokens: 64 })
    const second = await openai.chat.completions.create({ model: 'sim-8b', messages: [...messages, first.choices[0]!.message, { role: 'user', content: 'And then?' }], max_tokens: 8 })
    const known = first.usage!.total_tokens - 1
    expect(second.usage!.prompt_tokens_details!.cached_tokens).toBe(known - (known % 16))
  })

  it('call the tool that the prompt names, whole and streamed', async () => {
    const { openai } = await start()
    const ask = { model: 'sim-8b', messages: [{ role: 'user' as const, content: 'Use get_weather for Berlin.' }], tools: [WEATHER] }
    const whole = await openai.chat.completions.create(ask)
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: [{ type: 'function', function: { name: 'get_weather', arguments: '{"city":"bac","days":1}' } }] } })
    const streamed = await openai.chat.completions.stream(ask).finalChatCompletion()
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject([{ id: expect.stringMatching(/^call_/u), function: { name: 'get_weather', arguments: '{"city":"bac","days":1}' } }])
  })

  it('answer in words after the result of a tool, without a request for one, and where tools are forbidden', async () => {
    const { openai } = await start()
    const call = { id: 'call_1', type: 'function' as const, function: { name: 'get_weather', arguments: '{}' } }
    const conversations: OpenAI.ChatCompletionMessageParam[][] = [HELLO, [{ role: 'user', content: 'get_weather please' }, { role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', tool_call_id: 'call_1', content: 'get_weather says rain' }]]
    for (const messages of conversations) expect((await openai.chat.completions.create({ model: 'sim-8b', messages, tools: [WEATHER], max_tokens: 4 })).choices[0]!.message.content).toMatch(/^ /u)
    const forbidden = await openai.chat.completions.create({ model: 'sim-8b', messages: [{ role: 'user', content: 'get_weather please' }], tools: [WEATHER], tool_choice: 'none', max_tokens: 4 })
    const demanded = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, tools: [WEATHER], tool_choice: 'required' })
    expect([forbidden.choices[0]!.finish_reason, demanded.choices[0]!.finish_reason]).toEqual(['length', 'tool_calls'])
  })

  it('give JSON for a schema', async () => {
    const { openai } = await start()
    const answer = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } } })
    expect(JSON.parse(answer.choices[0]!.message.content!)).toEqual({ ok: true })
  })

  it('take images, which count as 576 tokens and are cached like text', async () => {
    const { openai } = await start()
    const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'What is this?' }, { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } }] }]
    const ask = { model: 'sim-8b', messages, max_tokens: 2 }
    expect((await openai.chat.completions.create(ask)).usage!.prompt_tokens).toBeLessThan(600)
    expect((await openai.chat.completions.create(ask)).usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThan(560)
  })
})

describe('the other APIs with the openai client', () => {
  it('completions, whole and streamed', async () => {
    const { openai } = await start()
    const whole = await openai.completions.create({ model: 'sim-8b', prompt: 'Once upon a time' })
    expect(whole).toMatchObject({ object: 'text_completion', usage: { prompt_tokens: 4, completion_tokens: 16 } })
    let text = ''
    for await (const chunk of await openai.completions.create({ model: 'sim-8b', prompt: 'Once upon a time', stream: true })) text += chunk.choices[0]!.text
    expect(text).toBe(whole.choices[0]!.text)
    expect((await openai.completions.create({ model: 'sim-8b', prompt: [1, 2, 3] })).usage!.prompt_tokens).toBe(3)
  })

  it('embeddings: a unit vector, the same for the same text', async () => {
    const { openai } = await start()
    const { data, usage } = await openai.embeddings.create({ model: 'sim-8b', input: ['one text', 'another', 'one text'], dimensions: 64 })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64, 64])
    expect(data[0]!.embedding).toEqual(data[2]!.embedding)
    expect(data[0]!.embedding).not.toEqual(data[1]!.embedding)
    expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 5)
    expect(usage.prompt_tokens).toBe(6)
    const plain = await openai.embeddings.create({ model: 'sim-8b', input: 'one text', dimensions: 64, encoding_format: 'float' })
    expect(plain.data[0]!.embedding).toEqual(data[0]!.embedding)
  })

  it('responses, whole and streamed', async () => {
    const { openai } = await start({ meanOutputTokens: 10 })
    const whole = await openai.responses.create({ model: 'sim-8b', instructions: 'Be brief.', input: 'Hello' })
    expect(whole).toMatchObject({ status: 'completed', usage: { output_tokens: expect.any(Number) } })
    let text = ''
    const types: string[] = []
    for await (const event of await openai.responses.create({ model: 'sim-8b', instructions: 'Be brief.', input: 'Hello', stream: true })) {
      types.push(event.type)
      if (event.type === 'response.output_text.delta') text += event.delta
    }
    expect(text).toBe(whole.output_text)
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
    const cut = await openai.responses.create({ model: 'sim-8b', input: 'Hello', max_output_tokens: 1 })
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
  })

  it('models', async () => {
    const { openai } = await start({ models: ['sim-8b', 'alias'], maxModelLen: 4096 })
    const { data } = await openai.models.list()
    expect(data).toMatchObject([{ id: 'sim-8b', max_model_len: 4096 }, { id: 'alias' }])
  })
})

describe('bad requests', () => {
  const cases: [string, string, unknown, number, RegExp][] = [
    ['no JSON', '/v1/chat/completions', '{"messages":', 400, /not a JSON object/u],
    ['a list', '/v1/chat/completions', '[]', 400, /not a JSON object/u],
    ['no messages', '/v1/chat/completions', {}, 400, /messages/u],
    ['a message without a role', '/v1/chat/completions', { messages: [{ content: 'x' }] }, 400, /role/u],
    ['a content that is a number', '/v1/chat/completions', { messages: [{ role: 'user', content: 7 }] }, 400, /content/u],
    ['another model', '/v1/chat/completions', { model: 'gpt-9', messages: HELLO }, 404, /`gpt-9` does not exist/u],
    ['n = 2', '/v1/chat/completions', { messages: HELLO, n: 2 }, 400, /n must be 1/u],
    ['no tokens', '/v1/chat/completions', { messages: HELLO, max_tokens: 0 }, 400, /at least 1/u],
    ['half a token', '/v1/chat/completions', { messages: HELLO, max_tokens: 1.5 }, 400, /at least 1/u],
    ['a prompt that is too long', '/v1/chat/completions', { messages: [{ role: 'user', content: 'x'.repeat(9000) }] }, 400, /maximum context length is 2048 tokens/u],
    ['too many tokens', '/v1/chat/completions', { messages: HELLO, max_tokens: 5000 }, 400, /is too large: 5000/u],
    ['two prompts', '/v1/completions', { prompt: ['a', 'b'] }, 400, /one prompt/u],
    ['no prompt', '/v1/completions', {}, 400, /prompt/u],
    ['no input', '/v1/embeddings', { input: [] }, 400, /input/u],
    ['too many dimensions', '/v1/embeddings', { input: 'x', dimensions: 1e9 }, 400, /dimensions/u],
    ['no input of a response', '/v1/responses', {}, 400, /input/u],
    ['an unknown path', '/v1/nothing', {}, 404, /Not Found/u],
    ['a path of every object', '/constructor', {}, 404, /Not Found/u],
    ['a scale that is no number', '/sim/scale', { min: 'many' }, 400, /min/u],
    ['an unknown control', '/sim/explode', {}, 404, /Not Found/u],
  ]
  it.each(cases)('%s', async (_, path, body, status, message) => {
    const { url } = await start({ maxModelLen: 2048 })
    const response = await fetch(url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: { message: expect.stringMatching(message), type: expect.any(String), param: null, code: status } })
  })

  it('without the key, where one is needed', async () => {
    const { openai } = await start({ apiKey: 'secret' })
    const error = await openai.chat.completions.create({ model: 'sim-8b', messages: HELLO }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 401 })
  })
})

it('a request id comes back', async () => {
  const { url } = await start()
  const response = await fetch(`${url}/v1/completions`, { method: 'POST', body: '{"prompt":"x"}', headers: { 'x-request-id': 'abc' } })
  expect(response.headers.get('x-request-id')).toBe('abc')
})

describe('a client that goes away', () => {
  it.each([
    ['in mid-stream', true, 1],
    ['before an answer that is not streamed', false, 1],
    ['while it waits for a slot', true, 2],
  ])('%s frees its place at once', async (_, stream, requests) => {
    const { sim, url } = await start({ timing: NEVER, limits: { maxNumSeqs: 1 } })
    const controllers = Array.from({ length: requests }, () => new AbortController())
    const calls = Promise.allSettled(controllers.map(({ signal }) => fetch(`${url}/v1/chat/completions`, { method: 'POST', signal, body: JSON.stringify({ messages: HELLO, stream }) })))
    await until(() => sim.stats().running + sim.stats().waiting === requests)
    expect(sim.stats()).toMatchObject({ running: 1, waiting: requests - 1 })
    for (const controller of controllers.toReversed()) controller.abort()
    await until(() => sim.stats().running + sim.stats().waiting === 0)
    expect(sim.stats()).toMatchObject({ finished: { stop: 0, length: 0, abort: requests }, replicas: [{ kvUsage: 0 }] })
    await calls
  })
})

describe('serverless', () => {
  it('sends a request through a cold start, tells its life, and scales to zero', async () => {
    const { sim, url, openai, time } = await start({ timing: fixedTiming({ ttftMs: 100, tpotMs: 10, prefillUsPerToken: 0 }), serverless: { coldStartSeconds: () => 20, idleWindowSeconds: 30 }, gpus: 2 })
    expect((await fetch(`${url}/health`)).status).toBe(503)
    const answer = openai.chat.completions.create({ model: 'sim-8b', messages: HELLO, max_tokens: 11 })
    await until(() => sim.stats().waiting === 1)
    expect(sim.stats().replicas).toMatchObject([{ ready: false }])
    time.advance(20_000)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    time.advance(200)
    expect((await answer).usage!.completion_tokens).toBe(11)
    time.advance(30_000)
    const state = (await (await fetch(`${url}/sim/state`)).json()) as ReturnType<EngineSim['stats']>
    expect(state).toMatchObject({ starts: 1, open: 0, replicas: [], lives: [{ gpus: 2, startedAt: 0, readyAt: 20 }] })
    expect(state.lives[0]!.stoppedAt).toBeCloseTo(50.2, 6)
    expect(state.lives[0]!.busySeconds).toBeCloseTo(0.2, 6)
    expect(state.lives[0]!.egressGb).toBeGreaterThan(0)
    expect(sim.lives()).toEqual(state.lives)
  })

  it('is kept warm and is let go through its control', async () => {
    const { sim, url, time } = await start({ serverless: { coldStartSeconds: () => 5, idleWindowSeconds: 10 } })
    const scale = (min: number): Promise<Response> => fetch(`${url}/sim/scale`, { method: 'POST', body: JSON.stringify({ min }) })
    await scale(1)
    time.advance(100_000)
    expect(sim.stats().replicas).toMatchObject([{ ready: true }])
    await scale(0)
    await until(() => sim.stats().replicas.length === 0)
    expect(sim.lives()).toMatchObject([{ readyAt: 5, stoppedAt: 100 }])
  })

  it('refuses what is beyond its line', async () => {
    const { sim, openai } = await start({ serverless: { coldStartSeconds: () => 5, maxWaiting: 1 } })
    const first = openai.chat.completions.create({ model: 'sim-8b', messages: HELLO }).catch(() => null)
    await until(() => sim.stats().waiting === 1)
    await expect(openai.chat.completions.create({ model: 'sim-8b', messages: HELLO })).rejects.toMatchObject({ status: 429 })
    await expect(openai.embeddings.create({ model: 'sim-8b', input: ['a', 'b'] })).rejects.toMatchObject({ status: 429 })
    await sim.close()
    await first
  })
})

describe('the server', () => {
  it('runs many times in one process, each by itself', async () => {
    const [a, b] = await Promise.all([start({ models: ['a'] }), start({ models: ['b'] })])
    await a.openai.chat.completions.create({ model: 'a', messages: HELLO })
    await expect(a.openai.chat.completions.create({ model: 'b', messages: HELLO })).rejects.toMatchObject({ status: 404 })
    expect(a.sim.stats().promptTokens).toBeGreaterThan(0)
    expect(b.sim.stats().promptTokens).toBe(0)
  })

  it('says when the port is taken, and what cannot be simulated', async () => {
    const { url, sim, time } = await start()
    const second = createEngineSim({ clock: time.clock, timing: NEVER, models: ['x'] })
    await expect(second.listen(Number(new URL(url).port))).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
    expect(sim.stats().running).toBe(0)
    for (const limits of [{ kvTokens: 0 }, { maxNumSeqs: 1.5 }, { kvTokens: 5, blockTokens: 16 }]) expect(codedError(() => createEngineSim({ clock: time.clock, timing: NEVER, models: ['x'], limits }))).toMatchObject({ code: 'NUMBER_INVALID' })
  })

  it('closes under running answers', async () => {
    const { sim, url } = await start({ timing: NEVER })
    const call = fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ messages: HELLO }) })
    await until(() => sim.stats().running === 1)
    await Promise.all([sim.close(), expect(call).rejects.toThrow('fetch failed')])
  })

  it('lets time pass as fast as it is told', async () => {
    const { sim, url, time } = await start({ speed: 10 })
    time.advance(1000)
    expect(sim.stats().now).toBeCloseTo(10, 9)
    sim.setSpeed(100)
    time.advance(1000)
    expect(sim.stats()).toMatchObject({ speed: 100, now: 110 })
    await fetch(`${url}/sim/speed`, { method: 'POST', body: '{"speed":1}' })
    time.advance(1000)
    expect(sim.stats()).toMatchObject({ speed: 1, now: 111 })
    for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(codedError(() => sim.setSpeed(speed))).toMatchObject({ code: 'NUMBER_INVALID' })
  })

  it('answers a thousand requests and keeps nothing of them', async () => {
    const { sim, url } = await start()
    const body = JSON.stringify({ messages: HELLO, max_tokens: 1 })
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${url}/v1/chat/completions`, { method: 'POST', body })).text()))
    expect(sim.stats()).toMatchObject({ running: 0, waiting: 0, finished: { length: 1000 }, replicas: [{ kvUsage: 0 }] })
  })
})
