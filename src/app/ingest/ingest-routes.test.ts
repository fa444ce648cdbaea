import { request } from 'node:http'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIngest } from '../../measure/ingest/ingest.ts'
import { attributesOf, decode, encode, nanos, NOW, requestOf, SPAN_ID, spanObject, TRACE_ID } from '../../measure/ingest/protobuf/testing.ts'
import { KEY, PRICE, READ_ONLY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
beforeAll(async () => void (server = await startIngest({ now: NOW })))
beforeEach(() => {
  server.journal.records.length = 0
  server.journal.waiting = 0
  server.journal.failing = false
})
afterAll(() => server.close())

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const call = (parts: Readonly<Record<string, string | number | boolean>> = {}): object[] =>
  attributesOf({ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5', 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5, ...parts })
const otlp = (...spans: object[]): Buffer => encode('ExportTraceServiceRequest', requestOf(spans.length === 0 ? [spanObject({ attributes: call() })] : spans))
const jsonSpan = (parts: object = {}): object => ({ traceId: TRACE_ID, spanId: SPAN_ID, name: 'chat', startTimeUnixNano: nanos(NOW), endTimeUnixNano: nanos(NOW + 100), attributes: call(), ...parts })
const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())

const event = (type: string, body: object, more: object = {}): object => ({ id: `e-${type}`, type, timestamp: '2026-11-25T11:59:00.000Z', body, ...more })
const ingestion = async (batch: unknown[]): Promise<unknown> => {
  const response = await server.post('/api/public/ingestion', JSON.stringify({ batch, metadata: {} }))
  expect(response.status).toBe(207)
  return response.json()
}

describe('who may', () => {
  it.each([
    ['a bearer key', { authorization: `Bearer ${KEY}` }, 200],
    ['Basic with the key as password', { authorization: `Basic ${Buffer.from(`pk-lf:${KEY}`).toString('base64')}` }, 200],
    ['the bare key', { authorization: KEY }, 200],
    ['no key', { authorization: '' }, 401],
    ['an unknown key', { authorization: 'Bearer sw_other' }, 401],
    ['Basic without a password', { authorization: `Basic ${Buffer.from('pk-lf:').toString('base64')}` }, 401],
    ['a key that may only read', { authorization: `Bearer ${READ_ONLY}` }, 403],
  ])('%s', async (_, headers, status) => {
    const response = await server.post('/v1/traces', otlp(), { ...PROTOBUF, ...headers })
    expect([response.status, server.journal.records.length]).toEqual([status, status === 200 ? 1 : 0])
  })

  it('only POST', async () => {
    const response = await fetch(`${server.base}/v1/traces`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('other paths are not its own', async () => expect((await server.post('/v1/tracesx', '{}')).status).toBe(404))
})

describe('OTLP', () => {
  it.each(['/v1/traces', '/api/public/otel/v1/traces'])('%s answers in the form of the request', async (path) => {
    const proto = await server.post(path, otlp(), PROTOBUF)
    expect([proto.status, proto.headers.get('content-type'), (await bytes(proto)).length]).toEqual([200, 'application/x-protobuf', 0])
    const json = await server.post(path, JSON.stringify(requestOf([jsonSpan()])))
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([200, 'application/json', '{}'])
    expect(server.journal.observations().map(({ id }) => id)).toEqual([`${TRACE_ID}:${SPAN_ID}`])
  })

  it('a replay and both forms of one span are the same observation', async () => {
    await server.post('/v1/traces', otlp(), PROTOBUF)
    const [first] = server.journal.observations()
    await server.post('/v1/traces', JSON.stringify(requestOf([jsonSpan()], { name: 'test', version: '1' })))
    expect(server.journal.observations()).toEqual([first])
  })

  it('spans that cannot be kept are told, the others are kept', async () => {
    const noIds = spanObject({ traceId: Buffer.alloc(0), attributes: call() })
    const old = spanObject({ startTimeUnixNano: '5', attributes: call() })
    const future = spanObject({ startTimeUnixNano: nanos(NOW + 7 * 86_400_000), attributes: call() })
    const response = await server.post('/v1/traces', otlp(noIds, old, spanObject({ attributes: call() }), future), PROTOBUF)
    expect(decode('ExportTraceServiceResponse', await bytes(response))).toEqual({ partialSuccess: { rejectedSpans: '3', errorMessage: expect.stringMatching(/no trace id.*before 2015.*in the future/u) } })
    expect(server.journal.records).toHaveLength(1)
    const json = await server.post('/v1/traces', JSON.stringify(requestOf([jsonSpan({ spanId: '' }), jsonSpan()])))
    expect(await json.json()).toEqual({ partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('no trace id') } })
  })

  it('logs sent as traces are rejected', async () => {
    const logs = encode('ExportLogsServiceRequest', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: nanos(NOW), severityText: 'INFO' }] }] }] })
    expect(decode('ExportTraceServiceResponse', await bytes(await server.post('/v1/traces', logs, PROTOBUF)))).toMatchObject({ partialSuccess: { rejectedSpans: '1' } })
  })

  it.each([['/v1/metrics', 'resourceMetrics'], ['/v1/logs', 'resourceLogs']])('%s is accepted in both forms and not kept', async (path, list) => {
    expect((await server.post(path, Buffer.from([0x0a, 0x00]), PROTOBUF)).status).toBe(200)
    expect((await server.post(path, JSON.stringify({ [list]: [] }))).status).toBe(200)
    expect((await server.post(path, Buffer.from([0x0a, 0x05]), PROTOBUF)).status).toBe(400)
    expect(server.journal.records).toEqual([])
  })

  it('a failure is a google.rpc.Status in protobuf, and says its code in JSON', async () => {
    expect(decode('RpcStatus', await bytes(await server.post('/v1/traces', Buffer.from([0x0a, 0x05]), PROTOBUF)))).toEqual({ code: 3, message: expect.stringMatching(/^otlp_malformed: .* at byte 2/u) })
    expect(await (await server.post('/v1/traces', '{"resourceSpans": 5}')).json()).toMatchObject({ code: 3, error: { code: 'invalid_shape' } })
  })
})

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('%s is understood, also on JSON', async (encoding, pack) => {
    expect((await server.post('/v1/traces', pack(otlp()), { ...PROTOBUF, 'content-encoding': encoding })).status).toBe(200)
    expect((await server.post('/v1/traces', pack(JSON.stringify(requestOf([jsonSpan()]))), { 'content-encoding': encoding })).status).toBe(200)
  })

  it.each([
    ['a gzip bomb of 64 MB in 64 KB', gzipSync(Buffer.alloc(64 * 1024 * 1024)), { ...PROTOBUF, 'content-encoding': 'gzip' }, 413],
    ['a cut gzip', gzipSync(otlp()).subarray(0, 30), { ...PROTOBUF, 'content-encoding': 'gzip' }, 400],
    ['no gzip at all', otlp(), { ...PROTOBUF, 'content-encoding': 'gzip' }, 400],
    ['an encoding that nobody asked for', otlp(), { ...PROTOBUF, 'content-encoding': 'br' }, 415],
    ['another type', otlp(), { 'content-type': 'text/plain' }, 415],
    ['17 MB', Buffer.alloc(17 * 1024 * 1024), PROTOBUF, 413],
    ['broken JSON', Buffer.from('{"resourceSpans":['), { 'content-type': 'application/json' }, 400],
    ['JSON that is no object', Buffer.from('[]'), { 'content-type': 'application/json' }, 400],
    ['an empty body of JSON', Buffer.from(''), { 'content-type': 'application/json' }, 400],
  ])('%s is refused', async (_, body, headers, status) => {
    const response = await server.post('/v1/traces', body, headers)
    expect([response.status, server.journal.records.length]).toEqual([status, 0])
  })
})

it('a body that says it has 100 MB is refused unread', async () => {
  const { port } = new URL(server.base)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', headers: { ...PROTOBUF, authorization: `Bearer ${KEY}`, 'content-length': 100_000_000 } }, (response) => {
      resolve(response.statusCode)
      sent.destroy()
    })
    sent.on('error', reject)
    sent.flushHeaders()
  })
  expect(status).toBe(413)
})

describe('hostile spans', () => {
  it('negative, fractional and huge counts are unknown, and the cost is partial', async () => {
    for (const [index, tokens] of [-5, 1.5, 1e300].entries()) {
      await server.post('/v1/traces', otlp(spanObject({ spanId: Buffer.from(`000000000000000${index + 1}`, 'hex'), attributes: call({ 'gen_ai.usage.input_tokens': tokens }) })), PROTOBUF)
    }
    expect(server.journal.observations().map(({ usage, cost }) => [usage, cost.status, cost.missing])).toEqual([1, 2, 3].map(() => [{ output: 5 }, 'partial', ['input', 'inputUncached']]))
  })

  it('SQL, NUL, quotes and a broken surrogate in every text are kept as text', async () => {
    const evil = `'; DROP TABLE calls; --"\u0000\\\ud800`
    const texts = Object.fromEntries(['gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.response.model', 'gen_ai.response.id', 'user.id', 'session.id', 'gen_ai.agent.name', 'gen_ai.prompt.name', 'service.name', 'deployment.environment', 'ai.telemetry.metadata.x', 'error.type'].map((name) => [name, evil]))
    await server.post('/v1/traces', JSON.stringify(requestOf([jsonSpan({ name: evil, attributes: call(texts), status: { code: 2, message: evil } })])))
    const [seen] = server.journal.observations()
    const kept = `'; DROP TABLE calls; --"\\\ufffd`
    expect(seen).toMatchObject({ name: kept, provider: kept, modelAsked: kept, attribution: { user: kept, session: kept, feature: kept, prompt: kept, tags: { x: kept, environment: kept, service: kept } }, cost: { status: 'unknown' } })
  })

  it('wrong types in every place of JSON are read as absent, or rejected', async () => {
    for (const wrong of [null, 5, 'x', [], {}, [[]], true]) {
      for (const body of [requestOf([jsonSpan({ attributes: wrong, events: wrong, status: wrong, name: wrong })]), { resourceSpans: [wrong] }, { resourceSpans: [{ resource: wrong, scopeSpans: wrong }] }, requestOf([jsonSpan({ attributes: [wrong, { key: wrong, value: wrong }, { key: 'gen_ai.usage.input_tokens', value: { intValue: wrong } }] })]), { resourceSpans: [{ scopeSpans: [{ spans: [wrong], scope: wrong }] }] }]) {
        expect((await server.post('/v1/traces', JSON.stringify(body))).status).toBe(200)
      }
    }
  })

  it('JSON nested 200,000 deep in a prompt is left out, and the call is kept', async () => {
    await server.post('/v1/traces', JSON.stringify(requestOf([jsonSpan({ attributes: [...call(), ...attributesOf({ 'gen_ai.input.messages': `[{"role":"user","parts":${'['.repeat(200_000)}${']'.repeat(200_000)}}]` })] })])))
    expect(server.journal.observations()).toEqual([expect.objectContaining({ usage: { inputUncached: 10, output: 5 }, segments: [] })])
  })

  it('one id with other contents: the later one counts', async () => {
    await server.post('/v1/traces', otlp(), PROTOBUF)
    await server.post('/v1/traces', otlp(spanObject({ attributes: call({ 'gen_ai.usage.output_tokens': 7 }) })), PROTOBUF)
    expect(server.journal.observations()).toEqual([expect.objectContaining({ usage: { inputUncached: 10, output: 7 } })])
  })

  it('features beyond the limit are counted and grouped as other', async () => {
    const ingest = createIngest({ price: PRICE, names: 3 })
    const guarded = await startIngest({ now: NOW, ingest })
    const spans = Array.from({ length: 50 }, (_, index) => spanObject({ traceId: Buffer.from((index + 1).toString(16).padStart(32, '0'), 'hex'), attributes: call({ 'gen_ai.agent.name': `f${index}`, [`ai.telemetry.metadata.k${index}`]: 'v' }) }))
    await guarded.post('/v1/traces', otlp(...spans), PROTOBUF)
    guarded.close()
    expect([...new Set(guarded.journal.observations().map(({ attribution }) => attribution.feature))]).toEqual(['f0', 'f1', 'f2', 'other'])
    expect(ingest.names()).toEqual({ names: 6, grouped: 47 })
  })
})

describe('durability', () => {
  it('is answered once it is on disk', async () => {
    await server.post('/v1/traces', otlp(), PROTOBUF)
    expect(server.journal.durable).toBe(1)
  })

  it('a disk that is behind: 429 and when to come again', async () => {
    server.journal.waiting = 33 * 1024 * 1024
    const response = await server.post('/v1/traces', otlp(), PROTOBUF)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
  })

  it('a journal that takes nothing: 503 and when to come again', async () => {
    server.journal.failing = true
    for (const [path, body] of [['/api/calls', JSON.stringify({ startedAt: NOW })], ['/api/public/scores', JSON.stringify({ name: 'n', value: 1, traceId: 't' })]] as const) {
      const response = await server.post(path, body)
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    }
  })
})

describe('/api/calls', () => {
  const report = { id: 'c-1', startedAt: '2026-11-25T12:00:00Z', durationMs: 900, provider: 'openai', model: 'gpt-5', usage: { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 }, user: 'u-1', session: 's-1', feature: 'support', tags: { tier: 'gold' } }

  it('one call, or a list', async () => {
    expect(await (await server.post('/api/calls', JSON.stringify(report))).json()).toEqual({ accepted: 1, rejected: [], ids: ['call:c-1'] })
    await server.post('/api/calls', JSON.stringify({ calls: [report, { ...report, id: 'c-2', traceId: 't-1' }] }))
    expect(server.journal.observations().map(({ id, cost, attribution, startedAt }) => [id, cost.nanoUsd, attribution.user, startedAt])).toEqual([['call:c-1', '3375000', 'u-1', NOW], ['t-1:c-2', '3375000', 'u-1', NOW]])
  })

  it('without an id the same call is the same, and another is another', async () => {
    const { id: _, ...anonymous } = report
    for (const one of [anonymous, anonymous, { ...anonymous, user: 'u-2' }]) await server.post('/api/calls', JSON.stringify(one))
    expect(server.journal.observations()).toHaveLength(2)
  })

  it('a model that the catalog does not know: by your own reckoning, or unknown', async () => {
    const mine = { ...report, provider: 'mine', model: 'mine' }
    await server.post('/api/calls', JSON.stringify({ calls: [mine, { ...mine, id: 'c-2', costUsd: 0.002 }] }))
    expect(server.journal.observations().map(({ cost }) => [cost.status, cost.nanoUsd])).toEqual([['unknown', '0'], ['estimated', '2000000']])
  })

  it.each([
    [{ ...report, usage: { output: -1 } }, /^usage\.output /u],
    [{ ...report, usage: { tokens: 1 } }, /^usage\.tokens is no field/u],
    [{ ...report, startedAt: undefined }, /^startedAt is missing/u],
    [{ ...report, startedAt: 'yesterday' }, /^startedAt: started before 2015/u],
    [{ ...report, color: 'red' }, /^color is no field/u],
    [{ ...report, user: 'x'.repeat(300) }, /^user /u],
    [{ ...report, kind: 'magic' }, /^kind /u],
    ['text', /^a call /u],
  ])('call %# is refused with the place', async (body, message) => {
    const response = await server.post('/api/calls', JSON.stringify(body))
    expect([response.status, await response.json()]).toEqual([400, { accepted: 0, rejected: [{ index: 0, message: expect.stringMatching(message) }], ids: [] }])
  })
})

describe('Langfuse', () => {
  it('an update before its create in one batch', async () => {
    await ingestion([
      event('generation-update', { id: 'g', traceId: 't', endTime: '2026-11-25T11:58:02.000Z', usage: { input: 10, output: 5, unit: 'TOKENS' } }, { timestamp: '2026-11-25T11:58:02.000Z' }),
      event('generation-create', { id: 'g', traceId: 't', name: 'answer', model: 'gpt-5', startTime: '2026-11-25T11:58:00.000Z' }, { timestamp: '2026-11-25T11:58:00.000Z' }),
      event('trace-create', { id: 't', userId: 'u', sessionId: 's' }),
    ])
    expect(server.journal.observations().find(({ spanId }) => spanId === 'g')).toMatchObject({ id: 't:g', name: 'answer', durationMs: 2000, usage: { inputUncached: 10, output: 5 }, attribution: { user: 'u', session: 's' }, cost: { status: 'complete' } })
  })

  it('each event stands for itself', async () => {
    expect(await ingestion([event('generation-create', { id: 'ok', traceId: 't' }), event('magic', {}), event('span-create', {}), 5, event('score-create', { name: 'x' }), event('trace-create', { id: 't9', timestamp: '1970-01-01T00:00:00Z' }), event('sdk-log', {})])).toEqual({
      successes: [{ id: 'e-generation-create', status: 201 }, { id: 'e-sdk-log', status: 201 }],
      errors: [
        { id: '', status: 400, error: 'invalid_event', message: 'an event is an object' },
        { id: 'e-magic', status: 400, error: 'invalid_event', message: 'events of type "magic" are not kept' },
        { id: 'e-span-create', status: 400, error: 'invalid_event', message: 'an observation needs an id' },
        { id: 'e-score-create', status: 400, error: 'invalid_event', message: expect.stringContaining('needs a value') },
        { id: 'e-trace-create', status: 400, error: 'invalid_event', message: expect.stringContaining('before 2015') },
      ],
    })
  })

  it('a batch that is none is refused', async () => expect((await server.post('/api/public/ingestion', '{"batch":{}}')).status).toBe(400))

  it('a score alone', async () => {
    const response = await server.post('/api/public/scores', JSON.stringify({ traceId: TRACE_ID, observationId: SPAN_ID, name: 'done', value: true, dataType: 'BOOLEAN' }))
    const { id } = (await response.json()) as { id: string }
    expect(server.journal.scores()).toEqual([{ tenant: 'acme', id, name: 'done', source: 'langfuse', value: 1, label: null, at: NOW, traceId: TRACE_ID, observationId: `${TRACE_ID}:${SPAN_ID}`, sessionId: null }])
    expect((await server.post('/api/public/scores', '{"name":"x","value":1}')).status).toBe(400)
  })
})

it('none of it was a defect', () => expect(server.defects).toEqual([]))
