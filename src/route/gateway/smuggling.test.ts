import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, KEY, pool, rawCall, rawClient, sendJson, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'
import type { Harness, Upstream } from './testing.ts'

afterEach(stopAll)

const BODY = JSON.stringify(CHAT)
const SIZE = BODY.length.toString(16)
const JSON_TYPE = 'content-type: application/json'

/** The head of a call with these lines in it, to a path or another target. */
const head = (lines: readonly string[], target = '/v1/chat/completions'): string => [`POST ${target} HTTP/1.1`, 'host: gateway', `authorization: Bearer ${KEY}`, ...lines, '', ''].join('\r\n')
const whole = (...lines: string[]): string => head([JSON_TYPE, `content-length: ${BODY.length}`, ...lines]) + BODY
const chunked = (body: string): string => head([JSON_TYPE, 'transfer-encoding: chunked']) + body
/** What would be a second request, if somebody took it for one. */
const HIDDEN = `POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${KEY}\r\ncontent-length: 2\r\n\r\n{}`

async function start(): Promise<{ readonly gateway: Harness; readonly upstream: Upstream }> {
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  return { upstream, gateway: await startGateway(testConfig([pool('api', [upstream.url])])) }
}

describe('a request that two readers could read differently is refused, and the connection closed', () => {
  it.each([
    ['a length, then a transfer encoding', head([JSON_TYPE, 'content-length: 4', 'transfer-encoding: chunked']) + `0\r\n\r\n${HIDDEN}`],
    ['a transfer encoding, then a length', head([JSON_TYPE, 'transfer-encoding: chunked', 'content-length: 4']) + `0\r\n\r\n${HIDDEN}`],
    ['two different lengths', head(['content-length: 4', 'content-length: 5']) + BODY],
    ['two equal lengths', head(['content-length: 2', 'content-length: 2']) + '{}'],
    ['a list of lengths', head(['content-length: 2, 2']) + '{}'],
    ['an empty length', head(['content-length: ']) + HIDDEN],
    ['a signed length', head(['content-length: +2']) + '{}'],
    ['a negative length', head(['content-length: -1']) + '{}'],
    ['a hexadecimal length', head(['content-length: 0x2']) + '{}'],
    ['a length with an exponent', head(['content-length: 1e1']) + '{}'],
    ['a length beyond every number', head([`content-length: ${'9'.repeat(20)}`]) + '{}'],
    ['a length in two words', head(['content-length: 2 2']) + '{}'],
    ['a length before a vertical tab', head(['content-length: 2\u000b']) + '{}'],
    ['chunked that is not last', head(['transfer-encoding: chunked, identity']) + '0\r\n\r\n'],
    ['chunked twice', head(['transfer-encoding: chunked, chunked']) + '0\r\n\r\n'],
    ['two encodings', head(['transfer-encoding: chunked', 'transfer-encoding: identity']) + '0\r\n\r\n'],
    ['space before the colon of a length', head(['content-length : 2']) + '{}'],
    ['space before the colon of an encoding', head(['transfer-encoding : chunked']) + '0\r\n\r\n'],
    ['a folded header (obs-fold)', head(['transfer-encoding:', ' chunked']) + '0\r\n\r\n'],
    ['a length that a fold hides', head(['x: a', ' content-length: 2']) + '{}'],
    ['a chunk size in another notation', chunked(`0x${SIZE}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk size that is none', chunked('zz\r\n\r\n')],
    ['an empty chunk size', chunked(`\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a signed chunk size', chunked(`+${SIZE}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a negative chunk size', chunked(`-1\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a chunk size beyond 64 bits', chunked(`${'f'.repeat(17)}\r\n${BODY}`)],
    ['space before a chunk size', chunked(` ${SIZE}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['space after a chunk size', chunked(`${SIZE} \r\n${BODY}\r\n0\r\n\r\n`)],
    ['a bare LF in a chunk extension', chunked(`${SIZE};a\n=b\r\n${BODY}\r\n0\r\n\r\n`)],
    ['an endless chunk extension', chunked(`${SIZE};${'a'.repeat(50_000)}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['bare LFs around a chunk', chunked(`${SIZE}\n${BODY}\n0\n\n`)],
    ['a chunk that is longer than it says', chunked(`${(BODY.length - 2).toString(16)}\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a length in the trailers', chunked(`${SIZE}\r\n${BODY}\r\n0\r\ncontent-length: 5\r\n\r\n`)],
    ['a bare CR in a header value', head(['x: a\rcontent-length: 5'])],
    ['a bare LF in a header value', head(['x: a\ncontent-length: 0', `content-length: ${BODY.length}`]) + BODY],
    ['bare LFs for line ends', whole().replaceAll('\r\n', '\n')],
    ['a NUL in a header value', head(['x: a\u0000b'])],
    ['a NUL in the target', head([], '/v1/chat/completions\u0000')],
    ['a space in the target', head([], '/v1/chat completions')],
    ['no host', `POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer ${KEY}\r\ncontent-length: 2\r\n\r\n{}`],
    ['an unknown method', head([]).replace('POST', 'PSOT')],
    ['another version', whole().replace('HTTP/1.1', 'HTTP/3.7')],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ])('%s', async (_, bytes) => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(bytes, 'latin1')
    const text = await client.closed
    expect(text).toMatch(/^HTTP\/1\.1 400 .*\r\nconnection: close\r\n.*"code":"bad_request"/su)
    expect(text.match(/HTTP\/1\.1 /gu)).toHaveLength(1)
    expect(upstream.texts).toEqual([])
    // Where the head was whole there is a call that broke off; it went nowhere.
    expect(gateway.records.filter(({ attempts, outcome }) => attempts.length > 0 || outcome !== 'client-aborted')).toEqual([])
    expect([gateway.gateway.active(), gateway.admission.open]).toEqual([0, 0])
  })

  it('rubbish behind a call gets an answer of its own at most, and nothing into that of the call', async () => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(`${rawCall(CHAT)}\u0000\u0001rubbish\r\n\r\n`)
    const answers = (await client.closed).split(/(?=HTTP\/1\.1 )/u).map((answer) => answer.slice(0, 12))
    expect([[], ['HTTP/1.1 400'], ['HTTP/1.1 200', 'HTTP/1.1 400']]).toContainEqual(answers.filter((answer) => answer !== ''))
    expect(upstream.texts.length).toBeLessThanOrEqual(1)
  })

  it('a trailer too large is a 431', async () => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(chunked(`${SIZE}\r\n${BODY}\r\n0\r\nx: ${'a'.repeat(50_000)}\r\n\r\n`))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 431 .*"code":"headers_too_large"/su)
    expect(upstream.texts).toEqual([])
  })
})

describe('what is odd but clear is one call, of which the upstream sees nothing odd', () => {
  it.each([
    ['a chunk extension', chunked(`${SIZE};name=value\r\n${BODY}\r\n0\r\n\r\n`)],
    ['an encoding in capitals', head([JSON_TYPE, 'Transfer-Encoding: CHUNKED']) + `${SIZE}\r\n${BODY}\r\n0\r\n\r\n`],
    ['chunks of one byte', chunked([...BODY].map((byte) => `1\r\n${byte}\r\n`).join('') + '0\r\n\r\n')],
    ['a wish for websockets', whole('connection: upgrade', 'upgrade: websocket')],
    ['a wish for HTTP/2 in the clear (h2c smuggling)', whole('connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA')],
    ['another expectation', whole('expect: 200-maybe')],
    ['a hop-by-hop list of headers', whole('connection: authorization, x-request-id', 'te: trailers', 'proxy-authorization: Basic eDp5')],
    ['a second host', whole('host: elsewhere.example')],
    ['headers that speak of another address', whole('x-forwarded-host: elsewhere.example', 'x-original-url: /admin', 'x-rewrite-url: /admin', 'forwarded: host=elsewhere.example')],
    ['a second key', whole('authorization: Bearer other')],
  ])('%s', async (_, bytes) => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(bytes)
    expect(await client.until(/"total_tokens":15\}\}$/u)).toMatch(/^HTTP\/1\.1 200 OK\r\n/u)
    expect(upstream.texts).toEqual([BODY])
    expect(new Set(Object.keys(upstream.headers[0]!))).toEqual(new Set(['host', 'connection', 'content-type', 'content-length', 'accept', 'accept-encoding', 'x-request-id', 'authorization']))
    expect(upstream.headers[0]!.host).toBe(new URL(upstream.url).host)
    expect(await gateway.record()).toMatchObject({ outcome: 'ok' })
  })

  it.each(['gzip, chunked', 'xchunked', '"chunked"', 'identity'])('a body in the transfer encoding %s is a 415', async (encoding) => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(head([JSON_TYPE, `transfer-encoding: ${encoding}`, 'connection: close']))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 415 .*"code":"unsupported_encoding"/su)
    expect(upstream.texts).toEqual([])
  })
})

describe('a target leads to what it names exactly, or nowhere', () => {
  it.each([
    ['absolute form', 'http://elsewhere.example/v1/chat/completions'],
    ['two slashes', '//v1/chat/completions'],
    ['a way up', '/x/../v1/chat/completions'],
    ['an encoded slash', '/v1/chat%2fcompletions'],
    ['an encoded letter', '/v1/ch%61t/completions'],
    ['a fragment', '/v1/chat/completions#x'],
    ['a parameter', '/v1/chat/completions;x=1'],
    ['a slash at the end', '/v1/chat/completions/'],
    ['capitals', '/V1/chat/completions'],
    ['an asterisk', '*'],
  ])('%s: 404', async (_, target) => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(head([JSON_TYPE, `content-length: ${BODY.length}`], target) + BODY)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 404 .*"code":"not_found"/su)
    expect([upstream.texts, gateway.records]).toEqual([[], []])
  })

  it('CONNECT is no proxy: the connection is closed', async () => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write('CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: elsewhere.example:443\r\n\r\n')
    expect(await client.closed).toBe('')
    expect(upstream.texts).toEqual([])
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH'])('%s is a 405', async (method) => {
    const { gateway, upstream } = await start()
    const client = await rawClient(gateway.port)
    client.socket.write(head(['connection: close']).replace('POST', method))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 405 .*\r\nallow: POST\r\n/su)
    expect([upstream.texts, gateway.records]).toEqual([[], []])
  })
})
