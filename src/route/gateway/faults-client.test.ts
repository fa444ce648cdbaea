import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, KEY, pool, rawCall, rawClient, sendJson, sendStream, startGateway, startUpstream, stopAll, testConfig, wantsUsage } from './testing.ts'
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

const head = (...lines: string[]): string => ['POST /v1/chat/completions HTTP/1.1', ...lines, '', ''].join('\r\n')

describe('below HTTP', () => {
  const host = 'host: gateway'
  const key = `authorization: Bearer ${KEY}`

  it.each([
    ['Content-Length and Transfer-Encoding', `${head(host, key, 'content-length: 4', 'transfer-encoding: chunked')}0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`],
    ['Transfer-Encoding and Content-Length', `${head(host, key, 'transfer-encoding: chunked', 'content-length: 4')}0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`],
    ['two different lengths', `${head(host, key, 'content-length: 4', 'content-length: 5')}{}{}`],
    ['two equal lengths', `${head(host, key, 'content-length: 2', 'content-length: 2')}{}`],
    ['a list of lengths', `${head(host, key, 'content-length: 2, 2')}{}`],
    ['a signed length', `${head(host, key, 'content-length: +2')}{}`],
    ['a hexadecimal length', `${head(host, key, 'content-length: 0x2')}{}`],
    ['chunked in disguise', `${head(host, key, 'transfer-encoding: xchunked')}0\r\n\r\n`],
    ['chunked that is not last', `${head(host, key, 'transfer-encoding: chunked, identity')}0\r\n\r\n`],
    ['space before the colon', `${head(host, key, 'content-length : 2')}{}`],
    ['a folded header', `${head(host, key, 'transfer-encoding:', ' chunked')}0\r\n\r\n`],
    ['a chunk size that is none', `${head(host, key, 'transfer-encoding: chunked')}zz\r\n\r\n`],
    ['a bare CR', `${head(host, key, 'x: a\rcontent-length: 5')}`],
    ['a NUL in a header', `${head(host, key, 'x: a\u0000b')}`],
    ['no host', head(key, 'content-length: 2')],
    ['no HTTP', 'hello\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ])('a smuggling probe or nonsense is refused and the connection closed: %s', async (_, bytes) => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(bytes, 'latin1')
    const text = await client.closed
    expect(text).toMatch(/^HTTP\/1\.1 400 /u)
    expect(text.match(/HTTP\/1\.1 /gu)).toHaveLength(1)
    // Where the head was whole there is a call that broke off; it went nowhere.
    expect(gateway.records.filter(({ attempts, outcome }) => attempts.length > 0 || outcome !== 'client-aborted')).toEqual([])
  })

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

  it('takes a body in chunks of any size', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(head(host, key, 'content-type: application/json', 'transfer-encoding: chunked'))
    for (const byte of JSON.stringify(CHAT)) client.socket.write(`1\r\n${byte}\r\n`)
    client.socket.write('0\r\n\r\n')
    await client.until(/HTTP\/1\.1 200 /u)
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', requestBytes: JSON.stringify(CHAT).length })
  })

  it('one connection serves call after call, refused ones and streams among them', async () => {
    const upstream = await startUpstream((res, body) => (body['stream'] === true ? sendStream(res, chatChunks(['a'], wantsUsage(body))) : sendJson(res, chatAnswer())))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    const requests = [rawCall(CHAT), rawCall({ model: 'nope', messages: [] }), rawCall({ ...CHAT, stream: true }), rawCall(CHAT), rawCall(CHAT)]
    const statuses = [200, 404, 200, 200, 200]
    for (const [index, request] of requests.entries()) {
      client.socket.write(request)
      const answer = new RegExp(`(?:HTTP/1\\.1 \\d+ [^]*){${index + 1}}(?:\\}|\\r\\n\\r\\n)$`, 'u')
      await client.until(answer)
    }
    expect(client.text().match(/(?<=HTTP\/1\.1 )\d+/gu)?.map(Number)).toEqual(statuses)
    expect(client.text()).not.toMatch(/connection: close/iu)
  })

  it('gives nothing to pages of other origins: a preflight is refused, and no answer may be read by them', async () => {
    const gateway = await gatewayWith()
    const preflight = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' } })
    const call = await gateway.post('/v1/chat/completions', CHAT, { origin: 'https://evil.example' })
    expect([preflight.status, call.status]).toEqual([405, 200])
    for (const response of [preflight, call]) expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('a body that never comes is a 408 in time', async () => {
    const gateway = await gatewayWith({ limits: { bodyMs: 100 } })
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT).slice(0, -5))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 .*"code":"request_timeout"/su)
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', status: 408 })
  })

  it('calls in a pipeline are answered in their order', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT) + rawCall({ model: 'nope', messages: [] }) + rawCall(CHAT))
    const text = await client.until(/(?:HTTP\/1\.1 [^]*){3}"total_tokens":15\}\}$/u)
    expect(text.match(/HTTP\/1\.1 \d+/gu)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
  })

  it('rubbish behind a call does not get into its answer', async () => {
    const gateway = await gatewayWith()
    const client = await rawClient(gateway.port)
    client.socket.write(`${rawCall(CHAT)}\u0000\u0001rubbish\r\n\r\n`)
    expect((await client.closed).match(/HTTP\/1\.1 400/gu)?.length ?? 0).toBeLessThanOrEqual(1)
  })

  it('speaks HTTP/1.0 to those who do', async () => {
    const upstream = await startUpstream((res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n'))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall({ ...CHAT, stream: true }).replace('HTTP/1.1', 'HTTP/1.0'))
    expect(await client.closed).toMatch(/data: \[DONE\]\n\n$/u)
  })
})

describe('slow and many', () => {
  it('slowloris: a thousand sockets that dribble headers are dropped, beside healthy traffic', async () => {
    const gateway = await gatewayWith({ limits: { headerMs: 400 } })
    const slow = await Promise.all(Array.from({ length: 1000 }, () => rawClient(gateway.port)))
    for (const client of slow) client.socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nx-drib')
    let healthy = 0
    const state = { dropped: false }
    const all = Promise.all(slow.map((client) => client.closed)).then((texts) => {
      state.dropped = true
      return texts
    })
    while (!state.dropped) {
      const response = await gateway.post('/v1/chat/completions', CHAT)
      expect(response.status).toBe(200)
      await response.arrayBuffer()
      healthy++
    }
    expect(healthy).toBeGreaterThan(10)
    const texts = await all
    expect(texts.filter((text) => text.startsWith('HTTP/1.1 408 ')).length).toBeGreaterThan(990)
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
