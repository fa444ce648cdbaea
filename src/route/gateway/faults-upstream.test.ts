import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { CHAT, chatAnswer, chatChunks, KEY, pool, rawCall, rawClient, sendJson, sendStream, startGateway, startRawUpstream, startUpstream, stopAll, testConfig, wantsUsage } from './testing.ts'
import type { Harness } from './testing.ts'

afterEach(stopAll)

const STREAM = { ...CHAT, stream: true }
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const httpChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const ONE_TRY = { retries: { attempts: 1 } }
/** Short for what ends by this timeout alone: anything else could end so too, on a machine that is busy for a moment. */
const SHORT: Readonly<Record<string, Parameters<typeof testConfig>[1]>> = { first_byte_timeout: { timeouts: { firstByteMs: 100 } }, idle_timeout: { timeouts: { idleMs: 100 } } }

interface Seen {
  readonly status: number
  readonly text: string
  readonly record: CallRecord
}

async function call(gateway: Harness, body: unknown): Promise<Seen> {
  const response = await gateway.post('/v1/chat/completions', body)
  const text = await response.text().catch(() => 'cut')
  return { status: response.status, text, record: await gateway.record() }
}

/** All that must hold after every call, however it ended. */
function expectNothingLeft(gateway: Harness): void {
  expect(gateway.admission.open).toBe(0)
  expect(gateway.policy.inFlight.size).toBe(0)
  expect(gateway.records).toHaveLength(1)
}

const whole = (reply: string) => async (): Promise<string> => (await startRawUpstream((socket) => socket.end(reply))).url

describe('before the client has got anything', () => {
  const cases: readonly (readonly [string, () => Promise<string>, number, string, string])[] = [
    ['an upstream that never sends a byte', async () => (await startRawUpstream(() => undefined)).url, 504, 'upstream_timeout', 'first_byte_timeout'],
    ['an upstream that sends a head and nothing more', async () => (await startRawUpstream((socket) => socket.write(HEAD))).url, 504, 'upstream_timeout', 'idle_timeout'],
    ['half a head', async () => (await startRawUpstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-'))).url, 504, 'upstream_timeout', 'first_byte_timeout'],
    ['a reset before the head', async () => (await startRawUpstream((socket) => socket.resetAndDestroy())).url, 502, 'upstream_failed', 'ECONNRESET'],
    ['a close before the head', whole(''), 502, 'upstream_failed', 'UND_ERR_SOCKET'],
    ['half a chunk, then a close', whole(`${HEAD}ff\r\ndata: {"cho`), 502, 'upstream_failed', 'UND_ERR_SOCKET'],
    ['half an event, then a proper end', whole(`${HEAD}${httpChunk('data: {"cho')}0\r\n\r\n`), 502, 'upstream_invalid_response', 'truncated'],
    ['a stream without anything in it', whole(`${HEAD}0\r\n\r\n`), 502, 'upstream_invalid_response', 'truncated'],
    ['an error as the first event', whole(`${HEAD}${httpChunk('data: {"error":{"code":"overloaded","message":"x"}}\n\n')}0\r\n\r\n`), 502, 'upstream_failed', 'overloaded'],
    ['something that is no HTTP', whole('hello\r\n\r\n'), 502, 'upstream_failed', 'HTTPParserError'],
    ['the wrong content type', whole('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'), 502, 'upstream_invalid_response', 'content_type'],
    ['JSON that is none', whole('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n{"a":'), 502, 'upstream_invalid_response', 'truncated'],
    ['a length that is not kept', whole('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"a":'), 502, 'upstream_failed', 'UND_ERR_SOCKET'],
    ['a switch to another protocol', whole('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), 502, 'upstream_failed', 'UND_ERR_SOCKET'],
    ['no content', whole('HTTP/1.1 204 No Content\r\n\r\n'), 502, 'upstream_invalid_response', 'truncated'],
    ['a status beyond all', whole('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n'), 502, 'upstream_failed', 'http_999'],
    ['a length and chunks at once', whole('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'), 502, 'upstream_failed', '(?:UND_ERR|HTTPParserError)'],
    ['a control character in a header', whole('HTTP/1.1 200 OK\r\ncontent-type: application/json; a\u0002\r\ncontent-length: 2\r\n\r\n{}'), 502, 'upstream_failed', '(?:UND_ERR|HTTPParserError)'],
    ['JSON deeper than a stack', whole(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500000\r\n\r\n${'['.repeat(500_000)}`), 502, 'upstream_invalid_response', 'truncated'],
    ['an endless line from the beginning', async () => (await startRawUpstream((socket) => socket.write(`${HEAD}${httpChunk(`data: ${'x'.repeat(5 * 1024 * 1024)}`)}`))).url, 502, 'upstream_invalid_response', 'unreadable'],
    ['a redirect, which is not followed', whole('HTTP/1.1 307 Moved\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n'), 502, 'upstream_invalid_response', 'http_307'],
    ['a server error', whole('HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n'), 502, 'upstream_failed', 'http_500'],
    ['a refusal of our key', whole('HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n'), 502, 'upstream_auth_failed', 'http_401'],
    ['a refused connection', async () => 'http://127.0.0.1:1', 502, 'upstream_failed', 'ECONNREFUSED'],
    ['a DNS failure', async () => 'http://no-such-host.invalid', 502, 'upstream_failed', '^(?:ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$'],
  ]

  it.each(cases)('%s', async (_, start, status, code, attemptCode) => {
    const gateway = await startGateway(testConfig([pool('api', [await start()])], { ...SHORT[attemptCode], ...ONE_TRY }))
    const seen = await call(gateway, STREAM)
    expect([seen.status, JSON.parse(seen.text)]).toEqual([status, { error: { message: expect.any(String), type: 'server_error', param: null, code } }])
    expect(seen.record).toMatchObject({ outcome: status === 504 ? 'timed-out' : 'upstream-failed', status, errorCode: code, pool: 'api', attempts: [{ error: expect.stringMatching(attemptCode) }] })
    expect(seen.record.attempts).toHaveLength(1)
    expectNothingLeft(gateway)
  })

  it.each([['early hints', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'], ['hints again and again', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(50)]])('%s before an answer are no answer', async (_, hints) => {
    const body = JSON.stringify(chatAnswer())
    const upstream = await startRawUpstream((socket) => socket.end(`${hints}HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], ONE_TRY))
    expect(await call(gateway, CHAT)).toMatchObject({ status: 200, text: body, record: { outcome: 'ok', attempts: [{ status: 200, error: null }] } })
    expectNothingLeft(gateway)
  })

  it('a usage that cannot be true is not believed, and the cost is an estimate', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer({ usage: { prompt_tokens: -5, completion_tokens: 1e308 } })))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    expect((await call(gateway, CHAT)).record).toMatchObject({ outcome: 'ok', usageSource: 'counted', usage: { output: 3 }, cost: { status: 'estimated' } })
  })

  it('a gzip bomb is neither expanded nor passed on', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
    const upstream = await startUpstream((res) => res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], ONE_TRY))
    const seen = await call(gateway, CHAT)
    expect(seen).toMatchObject({ status: 502, record: { errorCode: 'upstream_invalid_response', attempts: [{ error: 'content_encoding' }] } })
    expect(seen.text.length).toBeLessThan(500)
    expect(upstream.headers[0]!['accept-encoding']).toBe('identity')
    expectNothingLeft(gateway)
  })

  it('an endless head', async () => {
    const upstream = await startRawUpstream((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_000_000)}`))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { retries: { attempts: 1 } }))
    expect(await call(gateway, STREAM)).toMatchObject({ status: 502, record: { attempts: [{ error: 'UND_ERR_HEADERS_OVERFLOW' }] } })
    expectNothingLeft(gateway)
  })

  it('an upstream that refuses the call itself: the client is told what to mend, and nobody else is bothered', async () => {
    const upstream = await startUpstream((res) => sendJson(res, { error: { message: 'The context is too long.', type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' } }, 400))
    const gateway = await startGateway(testConfig([pool('a', [upstream.url, upstream.url]), pool('b', [upstream.url])]))
    const seen = await call(gateway, CHAT)
    expect(seen.status).toBe(400)
    expect(JSON.parse(seen.text)).toEqual({ error: { message: 'The context is too long.', type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' } })
    expect(upstream.bodies).toHaveLength(1)
    expect(gateway.policy.events.filter((event) => event.type === 'failed')).toEqual([expect.objectContaining({ fault: false })])
    expectNothingLeft(gateway)
  })

  it('a body of an error that never ends is not kept', async () => {
    const upstream = await startUpstream((res) => {
      res.writeHead(400, { 'content-type': 'application/json' })
      res.end('x'.repeat(5_000_000))
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    expect(await call(gateway, CHAT)).toMatchObject({ status: 400, text: expect.stringContaining('"code":"upstream_rejected"') })
  })
})

describe('failover', () => {
  it('takes the next endpoint at once, and says so (peer defect 5: what can fall back does)', async () => {
    const broken = await startUpstream((res) => sendJson(res, {}, 503))
    const whole = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('a', [broken.url]), pool('b', [whole.url])]))
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-spillway-pool': 'b', 'x-spillway-reason': 'failover' })
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', pool: 'b', reason: 'failover', attempts: [{ pool: 'a', status: 503, error: 'http_503' }, { pool: 'b', status: 200, error: null }] })
    expectNothingLeft(gateway)
  })

  it('also from a stream that broke before the client had a byte of it', async () => {
    const broken = await startRawUpstream((socket) => socket.end(`${HEAD}${httpChunk('data: {"choi')}`))
    const whole = await startUpstream((res, body) => sendStream(res, chatChunks(['ok'], wantsUsage(body))))
    const gateway = await startGateway(testConfig([pool('a', [broken.url]), pool('b', [whole.url])]))
    const seen = await call(gateway, STREAM)
    expect(seen.text).toBe(chatChunks(['ok'], false).join(''))
    expect(seen.record).toMatchObject({ outcome: 'ok', pool: 'b' })
  })

  it('also from an answer that broke while it was held', async () => {
    const broken = await startRawUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"choices":['))
    const whole = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('a', [broken.url]), pool('b', [whole.url])]))
    expect(await call(gateway, CHAT)).toMatchObject({ status: 200, record: { pool: 'b' } })
  })

  it('tries the same endpoint again later where there is no other, and succeeds', async () => {
    let times = 0
    const upstream = await startUpstream((res) => (++times < 3 ? sendJson(res, {}, 500) : sendJson(res, chatAnswer())))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    expect(await call(gateway, CHAT)).toMatchObject({ status: 200, record: { outcome: 'ok', attempts: [{ error: 'http_500' }, { error: 'http_500' }, { error: null }] } })
    expectNothingLeft(gateway)
  })

  it('gives up after so many attempts', async () => {
    const upstream = await startUpstream((res) => sendJson(res, {}, 500))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    expect((await call(gateway, CHAT)).record.attempts).toHaveLength(3)
    expectNothingLeft(gateway)
  })

  it('comes back no earlier than Retry-After says, and not at all where that is too late', async () => {
    let times = 0
    const upstream = await startUpstream((res) => (++times === 1 ? sendJson(res, {}, 503, { 'retry-after-ms': '80' }) : sendJson(res, chatAnswer())))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const { record } = await call(gateway, CHAT)
    expect(record.attempts).toHaveLength(2)
    expect(record.attempts[1]!.startedAt - record.attempts[0]!.startedAt).toBeGreaterThanOrEqual(80)

    const later = await startUpstream((res) => sendJson(res, {}, 429, { 'retry-after': '7' }))
    const other = await startGateway(testConfig([pool('api', [later.url])]))
    const response = await other.post('/v1/chat/completions', CHAT)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(later.bodies).toHaveLength(1)
    expect(other.policy.events).toContainEqual(expect.objectContaining({ type: 'failed', fault: true, retryAfterMs: 7000 }))
  })

  it('a storm of 429 is not answered with a storm of retries', async () => {
    const upstream = await startUpstream((res) => sendJson(res, {}, 429))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { retries: { attempts: 5, budgetShare: 0.1, maxMs: 5 } }))
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await gateway.post('/v1/chat/completions', CHAT)).status))
    expect(new Set(statuses)).toEqual(new Set([429]))
    expect(upstream.bodies.length).toBeLessThanOrEqual(200 + 20)
    expect(gateway.records).toHaveLength(200)
    expect(gateway.policy.inFlight.size).toBe(0)
  })
})

describe('in mid-stream', () => {
  const TWO = chatChunks(['a', 'b', 'c'], false).slice(0, 3).join('')

  it.each([
    ['a reset', (socket: { write: (text: string, then: () => void) => unknown; resetAndDestroy: () => unknown }) => socket.write(HEAD + httpChunk(TWO), () => socket.resetAndDestroy()), 'upstream_failed', 'upstream-failed'],
    ['half a chunk, then a close', (socket: { end: (text: string) => unknown }) => socket.end(`${HEAD}${httpChunk(TWO)}ff\r\ndata: {"cho`), 'upstream_failed', 'upstream-failed'],
    ['half an event, then a hang', (socket: { write: (text: string) => unknown }) => socket.write(`${HEAD}${httpChunk(TWO)}${httpChunk('data: {"cho')}`), 'upstream_timeout', 'timed-out'],
    ['an end before the end', (socket: { end: (text: string) => unknown }) => socket.end(`${HEAD}${httpChunk(TWO)}0\r\n\r\n`), 'upstream_invalid_response', 'upstream-failed'],
    ['an endless line', (socket: { write: (text: string) => unknown }) => socket.write(`${HEAD}${httpChunk(TWO)}${httpChunk(`data: ${'x'.repeat(5 * 1024 * 1024)}`)}`), 'upstream_invalid_response', 'upstream-failed'],
  ] as const)('%s ends the stream with an error event, at the border of an event', async (_, answer, code, outcome) => {
    const upstream = await startRawUpstream(answer as never)
    const spare = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('a', [upstream.url]), pool('b', [spare.url])], code === 'upstream_timeout' ? SHORT['idle_timeout'] : {}))
    const { status, text, record } = await call(gateway, STREAM)
    expect(status).toBe(200)
    expect(text.startsWith(TWO)).toBe(true)
    expect(JSON.parse(text.slice(TWO.length).replace(/^data: (.*)\n\n$/u, '$1'))).toEqual({ error: { message: expect.any(String), type: 'server_error', param: null, code } })
    // The cost of what was streamed is not lost (peer defect 4).
    expect(record).toMatchObject({ outcome, status: 200, errorCode: code, usageSource: 'counted', usage: { output: 2 }, cost: { status: 'estimated' }, pool: 'a' })
    expect(BigInt(record.cost.nanoUsd)).toBeGreaterThan(0n)
    expect(spare.bodies).toEqual([])
    expectNothingLeft(gateway)
  })

  it("an upstream's own error event reaches the client, and is the last", async () => {
    const event = 'data: {"error":{"message":"Overloaded","type":"server_error","code":"overloaded"}}\n\n'
    const upstream = await startUpstream((res) => sendStream(res, [TWO, event, 'data: [DONE]\n\n']))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const { text, record } = await call(gateway, STREAM)
    expect(text).toBe(TWO + event)
    expect(record).toMatchObject({ outcome: 'upstream-failed', errorCode: 'upstream_failed', attempts: [{ error: 'overloaded' }] })
    expectNothingLeft(gateway)
  })

  it('the openai client throws, rather than taking half an answer for a whole one', async () => {
    const upstream = await startRawUpstream((socket) => socket.write(HEAD + httpChunk(TWO), () => socket.resetAndDestroy()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const read = async (): Promise<void> => {
      for await (const chunk of await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }], stream: true })) expect(chunk.object).toBe('chat.completion.chunk')
    }
    await expect(read()).rejects.toThrow(expect.objectContaining({ code: 'upstream_failed' }))
  })

  it('an answer of a stated form, longer than is held, is cut where it breaks', async () => {
    const upstream = await startRawUpstream((socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n{"data":"${'x'.repeat(2_000_000)}`))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    expect(await call(gateway, CHAT)).toMatchObject({ text: 'cut', record: { outcome: 'upstream-failed', status: 200 } })
    expectNothingLeft(gateway)
  })

  it('an answer longer than is held arrives whole, with its cost in the trailer', async () => {
    const answer = { pad: 'x'.repeat(3_000_000), ...chatAnswer() }
    const upstream = await startUpstream((res) => sendJson(res, answer))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT, ['connection: close']))
    const text = await client.closed
    expect(text.match(/x/gu)!.length).toBeGreaterThanOrEqual(3_000_000)
    expect(text).toMatch(/\r\n0\r\nx-spillway-cost-usd: 0\.00002\r\nx-spillway-cost-status: complete\r\n\r\n$/u)
  })

  it('a call that takes longer than a call may is ended, whatever still comes', async () => {
    const upstream = await startUpstream((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const timer = setInterval(() => res.write(TWO), 5)
      res.on('close', () => clearInterval(timer))
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { timeouts: { totalMs: 200 } }))
    const { text, record } = await call(gateway, STREAM)
    expect(text).toMatch(/"code":"timed_out"\}\}\n\n$/u)
    expect(record).toMatchObject({ outcome: 'timed-out', errorCode: 'timed_out', usageSource: 'counted' })
    expectNothingLeft(gateway)
  })
})
