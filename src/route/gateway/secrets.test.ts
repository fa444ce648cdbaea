import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatChunks, KEY, pool, PROVIDER_SECRET, sendJson, startGateway, startRawUpstream, startUpstream, stopAll, testConfig } from './testing.ts'
import type { Harness } from './testing.ts'

afterEach(stopAll)

/** Never to be seen by a client, in a log or in a record. */
const BODY_CANARY = 'body-canary-5ce1'
const CANARIES = [PROVIDER_SECRET, KEY, BODY_CANARY]
const CALL = { ...CHAT, messages: [{ role: 'user', content: BODY_CANARY }] }

/** An upstream at its worst: it repeats what it was sent, credentials first. */
const echo = (headers: Record<string, unknown>, body: unknown): Record<string, unknown> => ({ error: { message: `You sent ${JSON.stringify(headers)} ${String(headers['authorization'])}`, type: `t ${String(headers['authorization'])}`, code: `c ${String(headers['authorization'])}`, param: `p ${String(headers['authorization'])}` }, body })

async function walk(gateway: Harness, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const response = await gateway.post('/v1/chat/completions', body, headers)
  const answer = await response.text().catch(() => '')
  const record = await gateway.record()
  const seen = [`answer ${answer}`, `headers ${JSON.stringify([...response.headers])}`, `record ${JSON.stringify(record)}`, ...gateway.logged]
  for (const text of seen) for (const canary of CANARIES) expect(text).not.toContain(canary)
}

describe('no error tells a secret', () => {
  it.each([300, 302, 307, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 451, 500, 501, 502, 503, 504, 529])('an upstream that answers %s with everything that it was sent', async (status) => {
    const upstream = await startUpstream((res, _body, req) => sendJson(res, echo(req.headers, {}), status, { 'x-echo': String(req.headers.authorization), 'retry-after': '0' }))
    expect(JSON.stringify(upstream.headers)).toBe('[]')
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    await walk(gateway, CALL)
    expect(upstream.headers[0]!.authorization).toBe(`Bearer ${PROVIDER_SECRET}`)
  })

  it('an error under a status of success', async () => {
    const upstream = await startUpstream((res, body, req) => sendJson(res, echo(req.headers, body)))
    await walk(await startGateway(testConfig([pool('api', [upstream.url])])), CALL)
  })

  it.each([['at the beginning', 0], ['in the middle', 3]])('an error within a stream, %s', async (_, after) => {
    const upstream = await startUpstream((res, _body, req) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(`${chatChunks(['a', 'b'], false).slice(0, after).join('')}data: ${JSON.stringify(echo(req.headers, {}))}\n\n`)
    })
    await walk(await startGateway(testConfig([pool('api', [upstream.url])])), { ...CALL, stream: true })
  })

  it.each([
    ['a wrong type', 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 30\r\n\r\n'],
    ['no HTTP', ''],
  ])('an answer that is %s', async (_, head) => {
    const upstream = await startRawUpstream((socket) => socket.end(`${head}${PROVIDER_SECRET} ${BODY_CANARY}`))
    await walk(await startGateway(testConfig([pool('api', [upstream.url])])), CALL)
  })

  it.each([
    ['cannot be reached', 'http://127.0.0.1:1'],
    ['cannot be found', 'http://no-such-host.invalid'],
  ])('an upstream that %s', async (_, url) => {
    await walk(await startGateway(testConfig([pool('api', [url])])), CALL)
  })

  it.each([
    ['a body that is no JSON', `{"model":"m","x":"${BODY_CANARY}`, {}],
    ['a body with a key twice', `{"model":"m","messages":[],"model":"${BODY_CANARY}"}`, {}],
    ['a body without a model', { messages: BODY_CANARY }, {}],
    ['messages that are none', { model: 'm', messages: BODY_CANARY }, {}],
    ['a stream that is none', { model: 'm', messages: [], stream: BODY_CANARY }, {}],
    ['a priority that is none', CALL, { 'x-spillway-priority': BODY_CANARY }],
    ['a region that is none', CALL, { 'x-spillway-data-region': `${BODY_CANARY}!` }],
    ['a type that is none', CALL, { 'content-type': BODY_CANARY }],
  ])('%s', async (_, body, headers) => {
    await walk(await startGateway(testConfig([pool('api', ['http://127.0.0.1:1'])])), body, headers)
  })

  it('a policy that throws what it was given', async () => {
    const upstream = await startUpstream((res, _body, req) => sendJson(res, echo(req.headers, {}), 500))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    gateway.policy.breaks = true
    await walk(gateway, CALL)
    expect(gateway.logged.length).toBeGreaterThan(0)
  })

  it('an admission that throws what it was given', async () => {
    const config = testConfig([pool('api', ['http://127.0.0.1:1'])])
    const gateway = await startGateway(config, {
      admission: {
        identify: (secret) => {
          throw new Error(`bad key ${String(secret)}`)
        },
        admit: ({ secret, call }) => {
          throw new Error(`bad key ${String(secret)} ${call.body.toString()}`)
        },
      },
    })
    await walk(gateway, CALL)
    expect(gateway.logged).toHaveLength(1)
  })
})

const broken = (): never => {
  throw new Error(BODY_CANARY)
}

describe('a fault of ours', () => {
  it('in settling a reservation does not cost the record', async () => {
    const upstream = await startUpstream((res) => sendJson(res, { choices: [{ message: { content: 'x' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1 } }))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const { admit } = gateway.admission
    gateway.admission.admit = (request) => {
      const admitted = admit.call(gateway.admission, request)
      return admitted.ok ? { ...admitted, reservation: { settle: broken, release: broken } } : admitted
    }
    expect((await gateway.post('/v1/chat/completions', CALL)).status).toBe(200)
    expect(await gateway.record()).toMatchObject({ outcome: 'ok' })
    expect(gateway.logged.join()).toMatch(/a reservation could not be settled/u)
    expect(gateway.logged.join()).not.toContain(BODY_CANARY)
  })
})
