import type { IncomingMessage, ServerResponse } from 'node:http'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../core/random.ts'
import type { UpstreamRequest } from '../../seams.ts'
import { createAdapters } from '../adapters.ts'
import { CHAT, chatChunk, chatStream, usageChunk } from '../anthropic/fixtures.testing.ts'
import { openaiFace } from '../openai/face.ts'
import { bodyOf, callOf, endpointAt, fixedClock, listen, poolOf, tinyGateway, type Listening } from '../testing.ts'

const { runpod } = createAdapters({ clock: fixedClock, random: seededRandom(1), wait: (_ms, signal) => turn().then(() => signal.throwIfAborted()) })
const open: Listening[] = []

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

type Step = object | ((req: IncomingMessage, res: ServerResponse) => void)

function repeated(step: Step): Step[] {
  return Array.from({ length: 5000 }, () => step)
}

/** An endpoint whose answers are given in order, one list a path; behind the smallest gateway. */
async function behind(script: Readonly<Record<string, Step[]>>): Promise<{ readonly url: string; readonly asked: { readonly path: string; readonly auth: unknown; readonly body: string }[] }> {
  const asked: { path: string; auth: unknown; body: string }[] = []
  const upstream = await listen(async (req, res) => {
    asked.push({ path: `${req.method} ${req.url}`, auth: req.headers.authorization, body: String(await bodyOf(req)) })
    const step = script[(req.url ?? '').split('/')[3]!.split('?', 1)[0]!]?.shift()
    if (typeof step === 'function') step(req, res)
    else res.writeHead(step === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(step ?? {}))
  })
  const pool = poolOf({ protocol: 'runpod', endpoints: [endpointAt(`${upstream.url}/v2/ep1`)], auth: { type: 'bearer', secret: 'rp-key' }, models: { m: 'org/model' } })
  const gateway = await tinyGateway(openaiFace, runpod, pool)
  open.push(upstream, gateway)
  return { url: gateway.url, asked }
}

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sw_key', maxRetries: 0 })
}

const QUESTION = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const refusal = (status: number) => (_req: IncomingMessage, res: ServerResponse): void => void res.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' }).end('{"error":"canary"}')

async function textOf(url: string): Promise<{ readonly said: string; readonly usage: unknown }> {
  let said = ''
  let usage: unknown = null
  for await (const chunk of await client(url).chat.completions.create({ ...QUESTION, stream: true, stream_options: { include_usage: true } })) {
    said += chunk.choices[0]?.delta.content ?? ''
    usage = chunk.usage ?? usage
  }
  return { said, usage }
}

describe('a RunPod endpoint, one answer', () => {
  it('comes with the submission where the job is short', async () => {
    const { url, asked } = await behind({ runsync: [{ id: 'j1', status: 'COMPLETED', output: [CHAT] }] })
    expect(await client(url).chat.completions.create({ ...QUESTION, temperature: 0 })).toMatchObject(CHAT)
    expect(asked).toEqual([{ path: 'POST /v2/ep1/runsync?wait=1000', auth: 'Bearer rp-key', body: JSON.stringify({ input: { openai_route: '/v1/chat/completions', openai_input: { ...QUESTION, model: 'org/model', temperature: 0 } } }) }])
  })

  it('is polled for where it takes longer, through a failing poll', async () => {
    const { url, asked } = await behind({
      runsync: [{ id: 'j1', status: 'IN_QUEUE' }],
      status: [{ id: 'j1', status: 'IN_QUEUE' }, refusal(500), { id: 'j1', status: 'IN_PROGRESS' }, { id: 'j1', status: 'COMPLETED', output: CHAT }],
    })
    expect(await client(url).chat.completions.create(QUESTION)).toMatchObject(CHAT)
    expect(asked.map(({ path }) => path)).toEqual(['POST /v2/ep1/runsync?wait=1000', ...Array.from({ length: 4 }, () => 'GET /v2/ep1/status/j1')])
    expect(new Set(asked.map(({ auth }) => auth))).toEqual(new Set(['Bearer rp-key']))
  })

  it.each([
    ['FAILED', 502, 'job_failed'],
    ['CANCELLED', 502, 'job_failed'],
    ['TIMED_OUT', 504, 'job_timed_out'],
  ])('is an error where the job is %s, without a word of the worker', async (status, http, code) => {
    const { url } = await behind({ runsync: [{ id: 'j1', status, error: 'Traceback canary' }] })
    await expect(client(url).chat.completions.create(QUESTION)).rejects.toMatchObject({ status: http, code, message: expect.not.stringContaining('canary') })
  })

  it.each([
    ['in a list', [{ object: 'error', message: 'too long', type: 'BadRequestError', code: 400 }], 400, 'too long'],
    ['in an envelope', { error: { message: 'no such model', type: 'NotFoundError', code: 404 } }, 404, 'no such model'],
    ['as bare text', { error: 'Traceback canary' }, 502, 'The worker failed.'],
    ['in a format of its own', [{ choices: [] }, { choices: [] }], 502, 'The worker did not answer'],
  ])('is the worker\'s own refusal, %s', async (_, output, status, message) => {
    const { url } = await behind({ runsync: [{ id: 'j1', status: 'COMPLETED', output }] })
    await expect(client(url).chat.completions.create(QUESTION)).rejects.toMatchObject({ status, message: expect.stringContaining(message) })
  })

  it('passes a refusal of the submission on, with its status', async () => {
    const { url } = await behind({ runsync: [refusal(429)] })
    await expect(client(url).chat.completions.create(QUESTION)).rejects.toMatchObject({ status: 429, message: expect.not.stringContaining('canary') })
  })

  it('is refused where RunPod gives no job', async () => {
    const { url } = await behind({ runsync: [{ status: 'COMPLETED' }] })
    await expect(client(url).chat.completions.create(QUESTION)).rejects.toMatchObject({ status: 502, code: 'upstream_invalid_response' })
  })

  it('cancels the job when the client goes', async () => {
    const { url, asked } = await behind({ runsync: [{ id: 'j1', status: 'IN_QUEUE' }], status: repeated({ id: 'j1', status: 'IN_QUEUE' }), cancel: [{ id: 'j1', status: 'CANCELLED' }] })
    const aborting = new AbortController()
    const call = client(url).chat.completions.create(QUESTION, { signal: aborting.signal })
    await until(() => asked.length > 2)
    aborting.abort()
    await expect(call).rejects.toThrow('aborted')
    await until(() => asked.some(({ path }) => path === 'POST /v2/ep1/cancel/j1'))
    expect(asked.at(-1)).toMatchObject({ path: 'POST /v2/ep1/cancel/j1', auth: 'Bearer rp-key' })
  })
})

describe('a RunPod endpoint, a stream', () => {
  const events = [chatChunk({ role: 'assistant', content: 'Hel' }), chatChunk({ content: 'lo' }), chatChunk({}, { finish_reason: 'stop' }), usageChunk()]

  it.each([
    ['server-sent events as text', [[chatStream(events.slice(0, 1), false)], [chatStream(events.slice(1, 3), false), chatStream(events.slice(3))]]],
    ['lists of chunks', [[events.slice(0, 2)], [events.slice(2)]]],
    ['single chunks', [[events[0]], [events[1], events[2]], [events[3]]]],
  ])('comes piece by piece, of %s', async (_, polls) => {
    const stream: Step[] = [{ status: 'IN_QUEUE', stream: [] }, ...polls.map((outputs) => ({ status: 'IN_PROGRESS', stream: outputs.map((output) => ({ output })) })), { status: 'COMPLETED', stream: [] }]
    const { url, asked } = await behind({ run: [{ id: 'j1', status: 'IN_QUEUE' }], stream })
    expect(await textOf(url)).toMatchObject({ said: 'Hello', usage: { prompt_tokens: 242 } })
    expect(asked[0]?.path).toBe('POST /v2/ep1/run')
    expect(asked.filter(({ path }) => path.includes('/cancel/'))).toEqual([])
  })

  it('takes what is left with the last status', async () => {
    const { url } = await behind({ run: [{ id: 'j1', status: 'IN_QUEUE' }], stream: [{ status: 'COMPLETED', stream: [{ output: chatStream(events) }] }, { status: 'COMPLETED', stream: [] }] })
    expect(await textOf(url)).toMatchObject({ said: 'Hello' })
  })

  it('is an error with a status before the first piece', async () => {
    const { url, asked } = await behind({ run: [{ id: 'j1', status: 'IN_QUEUE' }], stream: [{ status: 'IN_PROGRESS', stream: [{ output: [{ object: 'error', message: 'too long', code: 400 }] }] }], cancel: [{}] })
    await expect(textOf(url)).rejects.toMatchObject({ status: 400, message: '400 too long' })
    await until(() => asked.length > 2)
  })

  it.each([
    ['FAILED', 'job_failed'],
    ['COMPLETED', 'empty_answer'],
  ])('is an error where the job is %s without a piece', async (status, code) => {
    const { url } = await behind({ run: [{ id: 'j1', status: 'IN_QUEUE' }], stream: [{ status, stream: [] }] })
    await expect(textOf(url)).rejects.toMatchObject({ status: 502, code })
  })

  it('ends with an error event where the job fails in the middle', async () => {
    const { url } = await behind({ run: [{ id: 'j1', status: 'IN_QUEUE' }], stream: [{ status: 'IN_PROGRESS', stream: [{ output: chatStream(events.slice(0, 1), false) }] }, { status: 'FAILED', stream: [] }] })
    await expect(textOf(url)).rejects.toMatchObject({ code: 'job_failed' })
  })

  it('cancels the job when the client goes in the middle', async () => {
    const { url, asked } = await behind({
      run: [{ id: 'j1', status: 'IN_QUEUE' }],
      stream: [{ status: 'IN_PROGRESS', stream: [{ output: chatStream(events.slice(0, 1), false) }] }, ...repeated({ status: 'IN_PROGRESS', stream: [] })],
      cancel: [{}],
    })
    const stream = await client(url).chat.completions.create({ ...QUESTION, stream: true })
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.content).toBe('Hel')
      break
    }
    await until(() => asked.some(({ path }) => path === 'POST /v2/ep1/cancel/j1'))
    expect(asked.filter(({ path }) => path.includes('/cancel/'))).toHaveLength(1)
  })
})

describe('requests to a RunPod endpoint', () => {
  const pool = poolOf({ models: { m: 'org/model' } })

  it('carries a Messages call as a chat job', async () => {
    const request = (await runpod.request(callOf('messages', { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }), pool, endpointAt('https://api.runpod.ai/v2/ep1'), 'c1')) as UpstreamRequest
    expect(JSON.parse(String(request.body))).toEqual({ input: { openai_route: '/v1/chat/completions', openai_input: { ...QUESTION, model: 'org/model', max_tokens: 5 } } })
  })

  it('refuses an API that workers do not know', () => {
    expect(() => runpod.request(callOf('responses', { model: 'm', input: 'Hi' }), pool, endpointAt('https://api.runpod.ai/v2/ep1'), 'c1')).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'not_translatable' }) }))
  })
})
