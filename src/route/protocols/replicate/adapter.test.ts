import type { IncomingMessage, ServerResponse } from 'node:http'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../core/random.ts'
import { createAdapters } from '../adapters.ts'
import { openaiFace } from '../openai/face.ts'
import { bodyOf, endpointAt, fixedClock, listen, poolOf, tinyGateway, type Listening } from '../testing.ts'

const { replicate } = createAdapters({ clock: fixedClock, random: seededRandom(1), wait: (_ms, signal) => turn().then(() => signal.throwIfAborted()) })
const open: Listening[] = []
const MODEL = 'meta/meta-llama-3-8b-instruct'
const METRICS = { input_token_count: 12, output_token_count: 2, predict_time: 0.5 }

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 10_000 && !condition(); turns++) await turn()
}

type Handler = (req: IncomingMessage, res: ServerResponse, self: string) => void
interface Asked {
  readonly path: string
  readonly auth: unknown
  readonly prefer: unknown
  readonly body: string
}

function json(body: object, status = 200): Handler {
  return (_req, res) => void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Creation of a prediction that streams from this server, or from somewhere else. */
function streaming(url?: string): Handler {
  return (req, res, self) => json({ id: 'p1', status: 'starting', urls: { stream: url ?? `${self}/v1/streams/p1?x=1` } }, 201)(req, res, self)
}

function events(...all: readonly (readonly [type: string, data: string])[]): Handler {
  return (_req, res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).end(all.map(([type, data], index) => `event: ${type}\nid: ${index}\n${data.split('\n').map((line) => `data: ${line}\n`).join('')}\n`).join(''))
}

async function behind(script: { readonly create: Handler; readonly get?: Handler[]; readonly stream?: Handler; readonly cancel?: Handler }, model = MODEL): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const upstream = await listen(async (req, res) => {
    asked.push({ path: `${req.method} ${req.url}`, auth: req.headers.authorization, prefer: req.headers['prefer'], body: String(await bodyOf(req)) })
    const self = `http://${req.headers.host}`
    const path = req.url ?? ''
    const handler = path.includes('/streams/') ? script.stream : path.endsWith('/cancel') ? script.cancel : req.method === 'GET' ? script.get?.shift() : script.create
    ;(handler ?? json({ detail: 'canary' }, 404))(req, res, self)
  })
  const pool = poolOf({ protocol: 'replicate', endpoints: [endpointAt(upstream.url)], auth: { type: 'bearer', secret: 'r8-key' }, models: { m: model } })
  const gateway = await tinyGateway(openaiFace, replicate, pool)
  open.push(upstream, gateway)
  return { url: gateway.url, asked }
}

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sw_key', maxRetries: 0 })
}

const QUESTION = { model: 'm', messages: [{ role: 'system' as const, content: 'Be brief.' }, { role: 'user' as const, content: 'Hi' }], max_tokens: 50 }

async function textOf(url: string): Promise<{ readonly said: string; readonly usage: unknown; readonly finish: unknown }> {
  let said = ''
  let usage: unknown = null
  let finish: unknown = null
  for await (const chunk of await client(url).chat.completions.create({ ...QUESTION, stream: true, stream_options: { include_usage: true } })) {
    said += chunk.choices[0]?.delta.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
    usage = chunk.usage ?? usage
  }
  return { said, usage, finish }
}

describe('a model on Replicate, one answer', () => {
  it('comes with the creation where the prediction is short', async () => {
    const { url, asked } = await behind({ create: json({ id: 'p1', status: 'succeeded', output: ['Hel', 'lo'], metrics: METRICS }, 201) })
    expect(await client(url).chat.completions.create({ ...QUESTION, stop: ['END', 'STOP'], temperature: 0.5 })).toMatchObject({
      id: 'p1',
      object: 'chat.completion',
      created: 1_795_608_000,
      model: 'm',
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 },
    })
    expect(asked).toEqual([{ path: `POST /v1/models/${MODEL}/predictions`, auth: 'Bearer r8-key', prefer: 'wait=1', body: JSON.stringify({ input: { system_prompt: 'Be brief.', prompt: 'Hi', max_tokens: 50, stop_sequences: 'END,STOP', temperature: 0.5 } }) }])
  })

  it('is polled for where it takes longer; one text, no counts', async () => {
    const { url, asked } = await behind({ create: json({ id: 'p1', status: 'starting' }, 201), get: [json({ id: 'p1', status: 'processing' }), json({ id: 'p1', status: 'succeeded', output: 'Hello', metrics: { predict_time: 1 } })] })
    const completion = await client(url).chat.completions.create(QUESTION)
    expect(completion.choices[0]?.message.content).toBe('Hello')
    expect(completion).not.toHaveProperty('usage')
    expect(asked.map(({ path }) => path).slice(1)).toEqual(['GET /v1/predictions/p1', 'GET /v1/predictions/p1'])
  })

  it('says that the limit was reached where the count shows it', async () => {
    const { url } = await behind({ create: json({ id: 'p1', status: 'succeeded', output: ['Hello'], metrics: { ...METRICS, output_token_count: 50 } }) })
    expect((await client(url).chat.completions.create(QUESTION)).choices[0]?.finish_reason).toBe('length')
  })

  it('serves completions', async () => {
    const { url, asked } = await behind({ create: json({ id: 'p1', status: 'succeeded', output: ['Hello'], metrics: METRICS }) })
    expect(await client(url).completions.create({ model: 'm', prompt: 'Say' })).toMatchObject({ object: 'text_completion', choices: [{ text: 'Hello', finish_reason: 'stop' }] })
    expect(asked[0]?.body).toBe('{"input":{"prompt":"Say"}}')
  })

  it.each([
    ['owner/name:abc123', '/v1/predictions', '{"version":"abc123","input":{"prompt":"Hi"}}'],
    ['deployments/acme/chat', '/v1/deployments/acme/chat/predictions', '{"input":{"prompt":"Hi"}}'],
    ['owner/na me', '/v1/models/owner/na%20me/predictions', '{"input":{"prompt":"Hi"}}'],
  ])('addresses %s', async (model, path, body) => {
    const { url, asked } = await behind({ create: json({ id: 'p1', status: 'succeeded', output: 'x' }) }, model)
    await client(url).chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
    expect(asked[0]).toMatchObject({ path: `POST ${path}`, body })
  })

  it.each([
    ['failed', { id: 'p1', status: 'failed', error: 'canary' }, 200, 502, 'prediction_failed'],
    ['canceled', { id: 'p1', status: 'canceled' }, 200, 502, 'prediction_failed'],
    ['no text', { id: 'p1', status: 'succeeded', output: { image: 'canary' } }, 200, 502, 'prediction_output_unknown'],
    ['no prediction', { status: 'succeeded' }, 200, 502, 'upstream_invalid_response'],
    ['refused', { detail: 'canary' }, 422, 422, 'upstream_refused'],
  ])('is an error where it is %s, without a word of the model', async (_, body, status, http, code) => {
    const { url } = await behind({ create: json(body, status) })
    await expect(client(url).chat.completions.create(QUESTION)).rejects.toMatchObject({ status: http, code, message: expect.not.stringContaining('canary') })
  })

  it('cancels the prediction when the client goes', async () => {
    const { url, asked } = await behind({ create: json({ id: 'p1', status: 'starting' }), get: Array.from({ length: 5000 }, () => json({ id: 'p1', status: 'processing' })), cancel: json({}) })
    const aborting = new AbortController()
    const call = client(url).chat.completions.create(QUESTION, { signal: aborting.signal })
    await until(() => asked.length > 2)
    aborting.abort()
    await expect(call).rejects.toThrow('aborted')
    await until(() => asked.at(-1)?.path.endsWith('/cancel') === true)
    expect(asked.at(-1)).toMatchObject({ path: 'POST /v1/predictions/p1/cancel', auth: 'Bearer r8-key' })
  })
})

describe('a model on Replicate, a stream', () => {
  it('is read from the URL that the creation gives, with its line breaks; the counts come from the prediction', async () => {
    const { url, asked } = await behind({ create: streaming(), stream: events(['output', 'Hel'], ['logs', 'x'], ['output', 'lo\n\nyou'], ['done', '{}']), get: [json({ id: 'p1', status: 'succeeded', metrics: METRICS })] })
    expect(await textOf(url)).toEqual({ said: 'Hello\n\nyou', usage: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 }, finish: 'stop' })
    expect(asked.map(({ path }) => path)).toEqual([`POST /v1/models/${MODEL}/predictions`, 'GET /v1/streams/p1?x=1', 'GET /v1/predictions/p1'])
    expect(JSON.parse(asked[0]!.body)).toMatchObject({ stream: true })
    expect(asked[0]!.prefer).toBeUndefined()
  })

  it('goes on without counts where they cannot be learned', async () => {
    const { url } = await behind({ create: streaming(), stream: events(['output', 'Hello'], ['done', '{}']) })
    expect(await textOf(url)).toEqual({ said: 'Hello', usage: null, finish: 'stop' })
  })

  it.each(['http://169.254.169.254/latest/meta-data', 'https://evil.example.com/x', 'https://replicate.com.evil.example/x', 'https://stream.replicate.com:8443/x', 'https://user:pw@stream.replicate.com/x', 'not a url'])('polls in place of going to %s', async (location) => {
    const { url, asked } = await behind({ create: streaming(location), get: [json({ id: 'p1', status: 'succeeded', output: ['Hel', 'lo'], metrics: METRICS })] })
    expect(await textOf(url)).toMatchObject({ said: 'Hello', finish: 'stop' })
    expect(asked.map(({ path }) => path).slice(1)).toEqual(['GET /v1/predictions/p1'])
  })

  it.each([
    ['an error comes first', events(['error', 'canary'])],
    ['it is canceled at once', events(['done', '{"reason":"canceled"}'])],
    ['it ends at once', events()],
    ['the stream is refused', json({ detail: 'canary' }, 500)],
  ])('is an error with a status where %s', async (_, stream) => {
    const { url, asked } = await behind({ create: streaming(), stream, cancel: json({}) })
    await expect(textOf(url)).rejects.toMatchObject({ status: expect.any(Number), message: expect.not.stringContaining('canary') })
    await until(() => asked.length > 2)
    expect(asked.at(-1)?.path).toBe('POST /v1/predictions/p1/cancel')
  })

  it('ends with an error event where it fails in the middle', async () => {
    const { url } = await behind({ create: streaming(), stream: events(['output', 'Hel'], ['error', 'canary']) })
    await expect(textOf(url)).rejects.toMatchObject({ code: 'prediction_failed' })
  })

  it('cancels the prediction when the client goes in the middle', async () => {
    const { url, asked } = await behind({
      create: streaming(),
      stream: (_req, res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: output\ndata: Hel\n\n'),
      cancel: json({}),
    })
    for await (const chunk of await client(url).chat.completions.create({ ...QUESTION, stream: true })) {
      expect(chunk.choices[0]?.delta.content).toBe('Hel')
      break
    }
    await until(() => asked.at(-1)?.path.endsWith('/cancel') === true)
    expect(asked.at(-1)?.path).toBe('POST /v1/predictions/p1/cancel')
  })
})
