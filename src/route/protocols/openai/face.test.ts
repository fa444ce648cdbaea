import { describe, expect, it } from 'vitest'
import { failureOf } from '../parse-error.ts'
import { openaiFace } from './face.ts'
import { parsedCall } from './testing.ts'

describe('openaiFace', () => {
  it.each([
    ['POST', '/v1/chat/completions', { kind: 'call', api: 'chat' }],
    ['POST', '/v1/completions', { kind: 'call', api: 'completions' }],
    ['POST', '/v1/embeddings', { kind: 'call', api: 'embeddings' }],
    ['POST', '/v1/responses', { kind: 'call', api: 'responses' }],
    ['GET', '/v1/chat/completions', { kind: 'wrong-method', allow: 'POST' }],
    ['GET', '/v1/models', { kind: 'models' }],
    ['GET', '/v1/models/a/b', { kind: 'models' }],
    ['POST', '/v1/models', { kind: 'wrong-method', allow: 'GET' }],
  ])('%s %s', (method, path, route) => {
    expect(openaiFace.route(method, path, {})).toMatchObject(route)
  })

  it.each([
    ['POST', '/v1/chat/completions/'],
    ['POST', '/v1/messages'],
    ['GET', 'http://169.254.169.254/v1/models'],
  ])('%s %s is not its route', (method, path) => {
    expect(openaiFace.route(method, path, {})).toBeNull()
  })

  it.each([
    [{ authorization: 'Bearer sw_a' }, 'sw_a'],
    [{ authorization: 'bearer   sw_a ' }, 'sw_a'],
    [{ 'api-key': 'sw_a' }, 'sw_a'],
    [{ authorization: 'Basic sw_a' }, null],
    [{ authorization: 'Bearer' }, null],
    [{ authorization: `Bearer ${'a'.repeat(5000)}` }, null],
    [{}, null],
  ])('finds the key in %j', (headers, secret) => {
    expect(openaiFace.secret(headers)).toBe(secret)
  })

  it('parses a call', () => {
    expect(parsedCall('chat', { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(400) }], stream: true, max_tokens: 100, n: 2, user: 'u' })).toMatchObject({ api: 'chat', model: 'm', stream: true, maxOutputTokens: 200, promptTokens: expect.closeTo(125, -1), attribution: { user: 'u' } })
    expect(parsedCall('embeddings', { model: 'm', input: 'x', stream: true })).toMatchObject({ stream: false, maxOutputTokens: 0 })
    expect(parsedCall('responses', { model: 'm', input: 'x', max_output_tokens: 7 }).maxOutputTokens).toBe(7)
    expect(parsedCall('chat', { model: 'm', messages: [], safety_identifier: 's', user: 'u' }).attribution.user).toBe('s')
  })

  it('does not take an image for text', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(400_000)}` } }
    expect(parsedCall('chat', { model: 'm', messages: [{ role: 'user', content: [image] }] }).promptTokens).toBeLessThan(1000)
  })

  it.each([
    ['no model', 'chat', { messages: [] }, 'model'],
    ['a model that is no text', 'chat', { model: 1, messages: [] }, 'model'],
    ['a model without a name', 'chat', { model: '', messages: [] }, 'model'],
    ['a model with a long name', 'chat', { model: 'm'.repeat(257), messages: [] }, 'model'],
    ['a model in disguise', 'chat', '{"mod\\u0065l":"m","messages":[]}', 'model'],
    ['messages that are no list', 'chat', { model: 'm', messages: 'hi' }, 'messages'],
    ['a stream that is no truth', 'chat', { model: 'm', messages: [], stream: 'yes' }, 'stream'],
    ['no input', 'embeddings', { model: 'm' }, 'input'],
  ] as const)('refuses %s', (_, api, body, param) => {
    expect(() => parsedCall(api, body)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'invalid_value', param }) }))
  })

  it('lists models, and tells one', () => {
    const list = openaiFace.route('GET', '/v1/models', {})
    const one = openaiFace.route('GET', '/v1/models/org%2Fa', {})
    const none = openaiFace.route('GET', '/v1/models/%zz', {})
    expect(list?.kind === 'models' && list.render(['org/a', 'b'], 7)).toMatchObject({ object: 'list', data: [{ id: 'org/a', object: 'model', created: 7 }, { id: 'b' }] })
    expect(one?.kind === 'models' && one.render(['org/a', 'b'], 7)).toMatchObject({ id: 'org/a' })
    expect(() => none?.kind === 'models' && none.render(['b'], 7)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ status: 404 }) }))
  })

  it("writes OpenAI's errors, whole and within a stream", () => {
    const failure = failureOf('queue_full', 'Full.')
    expect(JSON.parse(openaiFace.errorBody(failure))).toEqual({ error: { message: 'Full.', type: 'server_error', param: null, code: 'queue_full' } })
    expect(openaiFace.streamError('chat', failure)).toBe('data: {"error":{"message":"Full.","type":"server_error","param":null,"code":"queue_full"}}\n\n')
    expect(openaiFace.streamError('responses', failure)).toBe('event: error\ndata: {"type":"error","code":"queue_full","message":"Full.","param":null}\n\n')
  })
})
