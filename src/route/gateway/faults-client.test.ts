import { afterEach, describe, expect, it } from 'vitest'
import { anthropicFace } from '../protocols/anthropic/face.ts'
import { openaiFace } from '../protocols/openai/face.ts'
import { CHAT, chatAnswer, chatChunks, KEY, pool, rawCall, rawClient, sendJson, sendStream, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'
import type { Harness } from './testing.ts'

afterEach(stopAll)

async function gatewayWith(limits: Parameters<typeof testConfig>[1] = {}): Promise<Harness> {
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  return startGateway(testConfig([pool('api', [upstream.url])], limits))
}

async function errorOf(response: Response): Promise<{ readonly status: number; readonly code: unknown; readonly type: unknown; readonly shape: string[] }> {
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  return { status: response.status, code: error['code'], type: error['type'], shape: Object.keys(error).toSorted() }
}

describe('bad input is answered in OpenAI\'s error JSON with a stable code, and recorded', () => {
  it.each([
    ['truncated JSON', '{"model":"m","messages":[', 400, 'invalid_json'],
    ['an empty body', '', 400, 'invalid_json'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_utf8'],
    ['deep JSON', `{"model":"m","messages":${'['.repeat(500)}${']'.repeat(500)}}`, 400, 'json_too_deep'],
    ['deep JSON that would break a recursion', `{"model":"m","messages":${'['.repeat(500_000)}`, 400, 'json_too_deep'],
    ['a key twice', '{"model":"m","model":"n","messages":[]}', 400, 'duplicate_key'],
    ['no model', '{"messages":[]}', 400, 'invalid_value'],
    ['an unknown model', '{"model":"nope","messages":[]}', 404, 'model_not_found'],
    ['an oversized body', JSON.stringify({ ...CHAT, x: 'x'.repeat(1024 * 1024) }), 413, 'body_too_large'],
  ])('%s', async (_, body, status, code) => {
    const gateway = await gatewayWith()
    expect(await errorOf(await gateway.post('/v1/chat/completions', body))).toEqual({ status, code, type: 'invalid_request_error', shape: ['code', 'message', 'param', 'type'] })
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', status, errorCode: code, keyId: 'key-1', tenant: 'acme', pool: null, attempts: [], cost: { nanoUsd: '0' } })
    expect(gateway.admission.open).toBe(0)
  })

  it.each([
    ['__proto__', '{"model":"m","messages":[],"__proto__":{"stream":true,"polluted":1}}'],
    ['constructor', '{"model":"m","messages":[],"constructor":{"prototype":{"polluted":1}}}'],
  ])('%s is inert and passes through', async (_, body) => {
    const gateway = await gatewayWith()
    expect((await gateway.post('/v1/chat/completions', body)).status).toBe(200)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it.each([
    ['a wrong key', 'POST', '/v1/chat/completions', { authorization: 'Bearer sw_wrong' }, 401, 'invalid_api_key'],
    ['no key', 'POST', '/v1/chat/completions', { authorization: '' }, 401, 'invalid_api_key'],
    ['another content type', 'POST', '/v1/chat/completions', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a compressed body', 'POST', '/v1/chat/completions', { 'content-encoding': 'gzip' }, 415, 'unsupported_encoding'],
    ['a priority that is none', 'POST', '/v1/chat/completions', { 'x-spillway-priority': 'now' }, 400, 'invalid_value'],
    ['a region that is none', 'POST', '/v1/chat/completions', { 'x-spillway-data-region': 'e u' }, 400, 'invalid_value'],
    ['a path that is none', 'POST', '/v1/nothing', {}, 404, 'not_found'],
    ['a wrong method', 'PUT', '/v1/chat/completions', {}, 405, 'method_not_allowed'],
  ])('%s', async (_, method, path, headers, status, code) => {
    const gateway = await gatewayWith()
    const response = await fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(CHAT) })
    expect(await errorOf(response)).toMatchObject({ status, code, shape: ['code', 'message', 'param', 'type'] })
  })

  it('asks for the key before it says what is wrong with a body', async () => {
    const gateway = await gatewayWith()
    expect(await errorOf(await gateway.post('/v1/chat/completions', '{', { authorization: 'Bearer sw_wrong' }))).toMatchObject({ status: 401 })
    expect(await gateway.record()).toMatchObject({ keyId: null, errorCode: 'invalid_api_key', reason: 'invalid_api_key' })
  })
})

/** What no path takes, with what it is told: status and code. */
const NOWHERE: readonly (readonly [string, string | Uint8Array, Record<string, string>, number, string])[] = [
  ['truncated JSON', '{"model":"m","messages":[', {}, 400, 'invalid_json'],
  ['an empty body', '', {}, 400, 'invalid_json'],
  ['a list', '[]', {}, 400, 'invalid_json'],
  ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), {}, 400, 'invalid_utf8'],
  ['deep JSON', `{"a":${'['.repeat(100_000)}`, {}, 400, 'json_too_deep'],
  ['a key twice', '{"model":"m","model":"n"}', {}, 400, 'duplicate_key'],
  ['an oversized body', `"${'x'.repeat(1024 * 1024)}"`, {}, 413, 'body_too_large'],
  ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_encoding'],
  ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
]

describe('every path answers bad input alike, in the error JSON of its API', () => {
  it.each(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/responses', '/v1/messages', '/v1/messages/count_tokens'])('%s', async (path) => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url], { apis: ['chat', 'completions', 'embeddings', 'responses', 'messages'] })]), { faces: [anthropicFace, openaiFace] })
    const told: unknown[] = []
    for (const [what, body, headers] of NOWHERE) {
      const response = await gateway.post(path, body, headers)
      const json = (await response.json()) as { type?: string; error: { code?: string; details?: { error_code: string } } }
      told.push([what, response.status, path.startsWith('/v1/messages') ? [json.type, json.error.details?.error_code] : json.error.code])
    }
    expect(told).toEqual(NOWHERE.map(([what, , , status, code]) => [what, status, path.startsWith('/v1/messages') ? ['error', code] : code]))
    expect(upstream.texts).toEqual([])
    expect(gateway.admission.open).toBe(0)
  })

  it('a path of nobody is told in that of OpenAI, one beneath /v1/messages in that of Anthropic', async () => {
    const gateway = await startGateway(testConfig([]), { faces: [anthropicFace, openaiFace] })
    const [plain, batches] = await Promise.all(['/v2/chat', '/v1/messages/batches'].map(async (path) => (await fetch(gateway.url + path)).json()))
    expect(plain).toEqual({ error: { message: 'There is nothing at this path.', type: 'invalid_request_error', param: null, code: 'not_found' } })
    expect(batches).toEqual({ type: 'error', error: { type: 'not_found_error', message: 'There is nothing at this path.', details: { error_code: 'not_found' } }, request_id: null })
  })
})

const head = (...lines: string[]): string => ['POST /v1/chat/completions HTTP/1.1', ...lines, '', ''].join('\r\n')

describe('below HTTP', () => {
  const host = 'host: gateway'
  const key = `authorization: Bearer ${KEY}`

  it('a header too large is a 431', async () => {
    const gateway = await gatewayWith({ limits: { maxHeaderBytes: 4096 } })
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, `x: ${'a'.repeat(10_000)}`))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 431 .*"code":"headers_too_large"/su)
  })

  it('a body too large is refused by its length, before it is sent', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, key, 'content-type: application/json', 'content-length: 99999999', 'expect: 100-continue'))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 413 .*connection: close.*"code":"body_too_large"/su)
  })

  it('a body too large is refused when it grows, where it states no length', async () => {
    const gateway = await gatewayWith({ limits: { maxBodyBytes: 1000 } })
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, key, 'content-type: application/json', 'transfer-encoding: chunked'))
    client.socket.write(`400\r\n${'x'.repeat(1024)}\r\n`)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 413 .*"code":"body_too_large"/su)
  })

  it('does not read a large body from somebody without a key', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, 'content-type: application/json', 'content-length: 1000000'))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 401 /u)
  })

  it('waits for a body that expects to be asked for', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    const [top, body] = rawCall(CHAT, ['expect: 100-continue']).split('\r\n\r\n') as [string, string]
    client.socket.write(`${top}\r\n\r\n`)
    await client.until(/100 Continue/u)
    client.socket.write(body)
    await client.until(/HTTP\/1\.1 200 /u)
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', status: 200 })
  })

  it('a body that never comes is a 408 in time', async () => {
    const gateway = await gatewayWith({ limits: { bodyMs: 100 } })
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT).slice(0, -5))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 .*"code":"request_timeout"/su)
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', status: 408 })
  })

  it('a body that dribbles is a 408 all the same: its time is for the whole of it', async () => {
    const gateway = await gatewayWith({ limits: { bodyMs: 100 } })
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, key, 'content-type: application/json', 'content-length: 1000000'))
    while (!client.socket.closed) {
      client.socket.write('x')
      await new Promise(setImmediate)
    }
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 .*"code":"request_timeout"/su)
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', status: 408, attempts: [] })
  })

  it('calls in a pipeline are answered in their order', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT) + rawCall({ model: 'nope', messages: [] }) + rawCall(CHAT))
    const text = await client.until(/(?:HTTP\/1\.1 [^]*){3}"total_tokens":15\}\}$/u)
    expect(text.match(/HTTP\/1\.1 \d+/gu)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
  })

  it('speaks HTTP/1.0 to those who do', async () => {
    const upstream = await startUpstream((res) => sendStream(res, chatChunks(['a'], false)))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall({ ...CHAT, stream: true }).replace('HTTP/1.1', 'HTTP/1.0'))
    expect(await client.closed).toMatch(/data: \[DONE\]\n\n$/u)
  })
})

describe('slow and many', () => {
  it('slowloris: a thousand sockets that dribble headers are dropped, beside healthy traffic', async () => {
    const gateway = await gatewayWith({ limits: { headerMs: 60_000, bodyMs: 60_000 } })
    const healthy = async (): Promise<number> => {
      const response = await gateway.post('/v1/chat/completions', CHAT)
      await response.arrayBuffer()
      return response.status
    }
    expect(await healthy()).toBe(200)
    const slow = await Promise.all(Array.from({ length: 1000 }, () => rawClient(gateway.port)))
    await Promise.all(slow.map(({ socket }) => new Promise((resolve) => socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nx-drib', resolve))))
    // All of them have waited for longer than the new limit, whatever the speed of the machine.
    gateway.gateway.reload({ ...gateway.deps, config: testConfig(gateway.deps.config.pools, { limits: { headerMs: 300, bodyMs: 60_000 } }) })
    const state = { dropped: false, served: 0 }
    const all = Promise.all(slow.map((client) => client.closed)).then((texts) => {
      state.dropped = true
      return texts
    })
    while (!state.dropped || state.served < 10) {
      expect(await healthy()).toBe(200)
      state.served++
    }
    expect((await all).filter((text) => !/^HTTP\/1\.1 408 .*"code":"request_timeout"/su.test(text))).toEqual([])
    expect(gateway.records.every((record) => record.outcome === 'ok')).toBe(true)
  })

  it('takes no more connections than it may, and those again when others have gone', async () => {
    const refused: string[] = []
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { limits: { maxConnections: 2 } }), { metrics: { refused: (code) => refused.push(code) } })
    const [first, second] = [await rawClient(gateway.port), await rawClient(gateway.port)]
    const third = await rawClient(gateway.port)
    expect(await third.closed).toBe('')
    expect(refused).toEqual(['too_many_connections'])
    first.socket.destroy()
    await first.closed
    second.socket.write(rawCall(CHAT))
    await second.until(/200 OK/u)
  })
})
