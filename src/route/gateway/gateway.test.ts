import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, HOURLY_CARD, KEY, pool, rawCall, rawClient, sendJson, sendStream, startGateway, startUpstream, stopAll, testConfig, wantsUsage } from './testing.ts'
import type { Harness, Upstream } from './testing.ts'

afterEach(stopAll)

type Answer = Parameters<typeof startUpstream>[0]

async function serving(answer: Answer, over: Parameters<typeof pool>[2] = {}): Promise<{ readonly upstream: Upstream; readonly gateway: Harness; readonly client: OpenAI }> {
  const upstream = await startUpstream(answer)
  const gateway = await startGateway(testConfig([pool('api', [upstream.url], over)]))
  return { upstream, gateway, client: new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 }) }
}

const stream: Answer = (res, body) => sendStream(res, chatChunks(['Hello', ' there'], wantsUsage(body)))
const messages = [{ role: 'user' as const, content: 'Hi' }]

const toolChunk = (delta: object, finish: string | null = null): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const event = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 0, ...fields })}\n\n`

/** A step of an agent that found nothing, as the next request tells of it. */
const turn = (n: number): object[] => [{ role: 'assistant', content: null, tool_calls: [{ id: `c${n}`, type: 'function', function: { name: 'search', arguments: '{}' } }] }, { role: 'tool', tool_call_id: `c${n}`, content: 'nothing' }]

describe('a call', () => {
  it('goes through: the answer as it came, headers that say why and what it cost, a record', async () => {
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer(), 200, { 'x-request-id': 'up-1', 'x-ratelimit-remaining-requests': '7', 'set-cookie': 'a=b', 'x-internal': 'no' }))
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(chatAnswer())
    const headers = Object.fromEntries(response.headers)
    // 10 in at $1, 5 out at $2 a million.
    expect(headers).toMatchObject({ 'x-spillway-pool': 'api', 'x-spillway-reason': 'overflow-only', 'x-spillway-call-id': 'call-1', 'x-spillway-cost-usd': '0.00002', 'x-request-id': 'up-1', 'x-ratelimit-remaining-requests': '7' })
    expect([headers['set-cookie'], headers['x-internal']]).toEqual([undefined, undefined])
    expect(upstream.texts).toEqual([JSON.stringify(CHAT)])
    expect(await gateway.record()).toMatchObject({
      id: 'call-1',
      tenant: 'acme',
      keyId: 'key-1',
      outcome: 'ok',
      status: 200,
      modelAsked: 'm',
      modelServed: 'm-served',
      usage: { inputUncached: 10, output: 5 },
      usageSource: 'upstream',
      cost: { nanoUsd: '20000', status: 'complete', missing: [], priceVersion: 'test-1' },
      finishReason: 'stop',
      attempts: [{ pool: 'api', endpoint: 'e0', error: null, status: 200 }],
      configVersion: 'v1',
      ttftMs: null,
      tpotMs: null,
      requestBytes: JSON.stringify(CHAT).length,
      responseBytes: JSON.stringify(chatAnswer()).length,
    })
    expect(gateway.policy.inFlight.size).toBe(0)
    expect(gateway.admission).toMatchObject({ open: 0, settled: [{ cost: 20_000n, promptTokens: 10, outputTokens: 5 }] })
  })

  it('passes every byte through that it does not have to change', async () => {
    const body = `{ "model" : "m",\n "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${'A'.repeat(1000)}"}}]}], "response_format": {"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}, "tools":[{"type":"function","function":{"name":"f","parameters":{"x":1.0}}}], "some_new_field": [1e2, "\\u00e9", {"nested":null}], "seed": 12345678901234567890 }`
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer()))
    expect((await gateway.post('/v1/chat/completions', body)).status).toBe(200)
    expect(upstream.texts).toEqual([body])
  })

  it("goes to the pool's own name of the model", async () => {
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer()), { models: { m: 'org/M-8B-Instruct' } })
    await gateway.post('/v1/chat/completions', CHAT)
    expect(upstream.texts).toEqual([JSON.stringify({ ...CHAT, model: 'org/M-8B-Instruct' })])
    expect(await gateway.record()).toMatchObject({ modelAsked: 'm' })
  })

  it('carries attribution, trace context and request ids', async () => {
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer()))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await gateway.post('/v1/chat/completions', { ...CHAT, user: 'ann', metadata: { team: 'core' } }, { traceparent, 'x-request-id': 'mine', 'x-spillway-feature': 'search', baggage: 'session.id=s1', 'openai-organization': 'org-1', 'helicone-auth': 'Bearer h' })
    expect(await gateway.record()).toMatchObject({ attribution: { user: 'ann', feature: 'search', session: 's1', traceId: '0af7651916cd43dd8448eb211c80319c', tags: { team: 'core' } } })
    expect(upstream.headers[0]).toMatchObject({ traceparent, 'x-request-id': 'mine', 'accept-encoding': 'identity' })
    expect(Object.keys(upstream.headers[0]!).filter((name) => /baggage|organization|helicone|spillway/u.test(name))).toEqual([])
  })

  it('is known to the upstream by its own id where the client gave none', async () => {
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer()))
    await gateway.post('/v1/chat/completions', CHAT)
    expect(upstream.headers[0]!['x-request-id']).toBe('call-1')
  })

  it('without usage is counted, and its cost is called an estimate', async () => {
    const { gateway } = await serving((res) => sendJson(res, chatAnswer({ usage: undefined })))
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect(response.headers.get('x-spillway-cost-status')).toBe('estimated')
    expect(await gateway.record()).toMatchObject({ usageSource: 'counted', usage: { output: 3 }, cost: { status: 'estimated' } })
  })

  it('in a pool that is paid by time bears its share of the replica', async () => {
    const { gateway } = await serving((res) => sendJson(res, chatAnswer()), { kind: 'dedicated', card: HOURLY_CARD })
    await gateway.post('/v1/chat/completions', CHAT)
    const { cost, attempts } = await gateway.record()
    expect(cost).toMatchObject({ status: 'estimated' })
    // A microdollar a millisecond, and nobody to share it with.
    expect(Number(cost.nanoUsd) / 1000).toBeCloseTo(attempts[0]!.durationMs, 0)
  })
})

describe('a stream', () => {
  it('has its cost in a trailer, since nobody knew it at the head', async () => {
    const { gateway } = await serving(stream)
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall({ ...CHAT, stream: true }, ['connection: close']))
    const text = await client.closed
    expect(text).toMatch(/trailer: x-spillway-cost-usd, x-spillway-cost-status\r\n.*\r\n0\r\nx-spillway-cost-usd: 0\.000014\r\nx-spillway-cost-status: complete\r\n\r\n$/su)
    expect(text).not.toContain('"usage"')
  })

  it('has its cost in the usage chunk, where the client asked for that', async () => {
    const { client, gateway } = await serving(stream)
    const usage: unknown[] = []
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true, stream_options: { include_usage: true } })) if (chunk.usage) usage.push(chunk.usage, (chunk as { spillway?: unknown }).spillway)
    expect(usage).toEqual([{ prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 }, { call_id: 'call-1', pool: 'api', reason: 'overflow-only', cost_usd: '0.000014', cost_status: 'complete' }])
    expect(await gateway.record()).toMatchObject({ cost: { nanoUsd: '14000', status: 'complete' } })
  })

  it('is timed: first token and time between tokens', async () => {
    const upstream = await startUpstream((res, body) => {
      const chunks = chatChunks(['a', 'b', 'c'], wantsUsage(body))
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const next = (n: number): void => {
        if (n === chunks.length) res.end()
        else res.write(chunks[n]!, () => setTimeout(next, 5, n + 1))
      }
      next(0)
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    await (await gateway.post('/v1/chat/completions', { ...CHAT, stream: true })).text()
    const { ttftMs, tpotMs, totalMs } = await gateway.record()
    expect(ttftMs!).toBeGreaterThan(0)
    expect(tpotMs!).toBeGreaterThan(0)
    expect(ttftMs! + 2 * tpotMs!).toBeLessThanOrEqual(totalMs + 0.01)
  })
})

describe('the openai client, unmodified', () => {
  it('chats', async () => {
    const { client } = await serving((res) => sendJson(res, chatAnswer()))
    const { data, response } = await client.chat.completions.create({ model: 'm', messages }).withResponse()
    expect(data.choices[0]!.message.content).toBe('Hello there')
    expect(response.headers.get('x-spillway-cost-usd')).toBe('0.00002')
  })

  it('streams, and sees no usage that it did not ask for', async () => {
    const { client, gateway } = await serving(stream)
    const text: string[] = []
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
      expect(chunk.usage ?? null).toBeNull()
      expect(chunk.choices).toHaveLength(1)
      text.push(chunk.choices[0]!.delta.content ?? '')
    }
    expect(text.join('')).toBe('Hello there')
    expect(await gateway.record()).toMatchObject({ streamed: true, outcome: 'ok', usageSource: 'upstream', usage: { inputUncached: 10, output: 2 }, cost: { nanoUsd: '14000', status: 'complete' } })
  })

  it('runs tools over a stream', async () => {
    const { client, upstream, gateway } = await serving((res, body) =>
      (body['messages'] as unknown[]).length > 1
        ? sendStream(res, chatChunks(['It is', ' warm.'], wantsUsage(body)))
        : sendStream(res, [
            toolChunk({ role: 'assistant', tool_calls: [{ index: 0, id: 't1', type: 'function', function: { name: 'weather', arguments: '' } }] }),
            toolChunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
            toolChunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
            toolChunk({}, 'tool_calls'),
            'data: [DONE]\n\n',
          ]),
    )
    const asked: string[] = []
    const runner = client.chat.completions.runTools({ model: 'm', stream: true, messages, tools: [{ type: 'function', function: { name: 'weather', description: 'Tells the weather', parameters: { type: 'object', properties: { city: { type: 'string' } } }, parse: JSON.parse, function: ({ city }: { city: string }) => (asked.push(city), 'warm') } }] })
    expect(await runner.finalContent()).toBe('It is warm.')
    expect(asked).toEqual(['Oslo'])
    expect(upstream.bodies[1]!['messages']).toHaveLength(3)
    expect((await gateway.record(2).then(() => gateway.records)).map((record) => record.finishReason)).toEqual(['tool_calls', 'stop'])
  })

  it('completes, embeds and uses the Responses API', async () => {
    const { client, gateway } = await serving((res, body, req) => {
      if (req.url === '/v1/embeddings') return sendJson(res, { object: 'list', model: 'e', data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.5] }], usage: { prompt_tokens: 4, total_tokens: 4 } })
      if (req.url === '/v1/completions') return sendJson(res, { id: 'c', object: 'text_completion', created: 1, model: 'm', choices: [{ index: 0, text: 'done', finish_reason: 'stop', logprobs: null }], usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 } })
      const response = { id: 'r', object: 'response', created_at: 1, status: 'completed', model: 'm', output: [{ type: 'message', id: 'x', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'hey', annotations: [] }] }], usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } }
      if (body['stream'] !== true) return sendJson(res, response)
      return sendStream(res, [event('response.created', { response: { ...response, status: 'in_progress', usage: null, output: [] } }), event('response.output_text.delta', { item_id: 'x', output_index: 0, content_index: 0, delta: 'hey' }), event('response.completed', { response })])
    })
    expect((await client.embeddings.create({ model: 'm', input: 'x', encoding_format: 'float' })).data[0]!.embedding).toEqual([0.5, -0.5])
    expect((await client.completions.create({ model: 'm', prompt: 'x' })).choices[0]!.text).toBe('done')
    expect((await client.responses.create({ model: 'm', input: 'x' })).output_text).toBe('hey')
    const events: string[] = []
    for await (const event of await client.responses.create({ model: 'm', input: 'x', stream: true })) events.push(event.type)
    expect(events).toEqual(['response.created', 'response.output_text.delta', 'response.completed'])
    const records = await gateway.record(4).then(() => gateway.records)
    expect(records.map(({ api, outcome, usage, streamed }) => [api, outcome, usage, streamed])).toEqual([
      ['embeddings', 'ok', { inputUncached: 4, output: 0 }, false],
      ['completions', 'ok', { inputUncached: 2, output: 1 }, false],
      ['responses', 'ok', { inputUncached: 3, output: 2 }, false],
      ['responses', 'ok', { inputUncached: 3, output: 2 }, true],
    ])
  })

  it('lists the models that its key may use', async () => {
    const gateway = await startGateway(testConfig([pool('a', ['http://127.0.0.1:1'], { models: { m: 'm', n: 'n' } }), pool('b', ['http://127.0.0.1:1'], { models: { 'org/x': 'x', n: 'n' } })]))
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['m', 'n', 'org/x'])
    expect(await client.models.retrieve('org/x')).toMatchObject({ id: 'org/x', object: 'model' })
    await expect(client.models.retrieve('nope')).rejects.toThrow(expect.objectContaining({ status: 404, code: 'model_not_found' }))
    await expect(new OpenAI({ apiKey: 'sw_wrong', baseURL: `${gateway.url}/v1`, maxRetries: 0 }).models.list()).rejects.toThrow(expect.objectContaining({ status: 401 }))
    expect(gateway.records).toEqual([])
  })
})

describe('around the calls', () => {
  it('shares its port with other routes, which come second', async () => {
    const gateway = await startGateway(testConfig([]), {
      routes: (req, res) => {
        if (req.url !== '/healthz') return false
        res.end('fine')
        return true
      },
    })
    expect(await (await fetch(`${gateway.url}/healthz`)).text()).toBe('fine')
    expect((await fetch(`${gateway.url}/other`)).status).toBe(404)
  })

  it('tells an observer of every call, serves where the sink throws, and says so', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const finished: string[] = []
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]), { metrics: { finished: ({ outcome }) => finished.push(outcome) } })
    await gateway.post('/v1/chat/completions', CHAT)
    await gateway.post('/v1/chat/completions', '{')
    await gateway.record(2)
    expect(finished).toEqual(['ok', 'refused'])

    const broken = await startGateway(testConfig([pool('api', [upstream.url])]), {
      sink: {
        append: () => {
          throw new Error('full')
        },
      },
    })
    expect((await broken.post('/v1/chat/completions', CHAT)).status).toBe(200)
    expect(broken.logged).toEqual([expect.stringContaining('a record was lost')])
  })

  it('passes on a warning of admission', async () => {
    const { gateway } = await serving((res) => sendJson(res, chatAnswer()))
    const { admit } = gateway.admission
    gateway.admission.admit = (request) => {
      const admitted = admit.call(gateway.admission, request)
      return admitted.ok ? { ...admitted, warning: 'loop' } : admitted
    }
    expect((await gateway.post('/v1/chat/completions', CHAT)).headers.get('x-spillway-warning')).toBe('loop')
  })

  it('tells admission, and notes, how often the history of an agent ends in the same step', async () => {
    const { gateway } = await serving((res) => sendJson(res, chatAnswer()))
    const asked: unknown[] = []
    const { admit } = gateway.admission
    gateway.admission.admit = (request) => {
      asked.push(request.repeated)
      return admit.call(gateway.admission, request)
    }
    for (const turns of [1, 3]) await gateway.post('/v1/chat/completions', { ...CHAT, messages: [{ role: 'user', content: 'Find it.' }, ...Array.from({ length: turns }, (_, n) => turn(n)).flat()] })
    expect(asked).toEqual([null, { tool: 'search', times: 3, period: 1, signature: 'search\n{}' }])
    expect(await gateway.record(1)).not.toHaveProperty('stepRepeats')
    expect(await gateway.record(2)).toMatchObject({ stepRepeats: 3 })
  })

  it.each([
    ['a limit', { status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 3 }, 'refused'],
    ['a loop', { status: 429, code: 'loop_detected', retryAfterSeconds: null }, 'killed'],
    ['a budget', { status: 402, code: 'budget_exceeded', retryAfterSeconds: null }, 'refused'],
  ] as const)('says what admission says: %s', async (_, rejected, outcome) => {
    const { gateway, upstream } = await serving((res) => sendJson(res, chatAnswer()))
    gateway.admission.rejection = { ok: false, message: 'No.', keyId: 'key-1', tenant: 'acme', ...rejected }
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect([response.status, response.headers.get('retry-after')]).toEqual([rejected.status, rejected.retryAfterSeconds === null ? null : '3'])
    expect(await response.json()).toEqual({ error: { message: 'No.', type: 'rate_limit_error', param: null, code: rejected.code } })
    expect(await gateway.record()).toMatchObject({ outcome, keyId: 'key-1', reason: rejected.code, errorCode: rejected.code })
    expect(upstream.bodies).toEqual([])
  })
})
