import { describe, expect, it } from 'vitest'
import { parseBody } from '../parse-body.ts'
import type { CallFailure } from '../parse-error.ts'
import { callOf } from '../testing.ts'
import { anthropicFace as face } from './face.ts'

const CALL = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }
const failure = (status: number, code: string): CallFailure => ({ status, code, type: 'x', message: 'Said plainly.', param: null, retryAfterSeconds: null })
const refused = (param: string): unknown => expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'invalid_value', param }) })

describe('the Messages face', () => {
  it('knows its paths', () => {
    expect(face.route('POST', '/v1/messages', {})).toEqual({ kind: 'call', api: 'messages' })
    expect(face.route('GET', '/v1/messages', {})).toEqual({ kind: 'wrong-method', allow: 'POST' })
    expect(face.route('POST', '/v1/messages/count_tokens', {})).toMatchObject({ kind: 'local' })
    expect(face.route('POST', '/v1/messages/batches', {})).toEqual({ kind: 'no-such-path' })
    expect(face.route('POST', '/v1/chat/completions', {})).toBeNull()
  })

  it('lists models for its own clients and leaves the path to others', () => {
    expect(face.route('GET', '/v1/models', {})).toBeNull()
    const route = face.route('GET', '/v1/models', { 'anthropic-version': '2023-06-01' })
    expect(route?.kind === 'models' && route.render(['a', 'b'], 0)).toEqual({
      data: [{ type: 'model', id: 'a', display_name: 'a', created_at: '1970-01-01T00:00:00.000Z' }, { type: 'model', id: 'b', display_name: 'b', created_at: '1970-01-01T00:00:00.000Z' }],
      has_more: false,
      first_id: 'a',
      last_id: 'b',
    })
  })

  it('finds the key in x-api-key or as a bearer', () => {
    expect(face.secret({ 'x-api-key': 'sw_1', authorization: 'Bearer sw_2' })).toBe('sw_1')
    expect(face.secret({ authorization: 'Bearer sw_2' })).toBe('sw_2')
    expect(face.secret({})).toBeNull()
  })

  it('parses a call', () => {
    const call = callOf('messages', { ...CALL, stream: true, metadata: { user_id: 'u1' } }, { 'x-spillway-feature': 'chat', 'anthropic-beta': 'x', 'anthropic-version': '2023-06-01', cookie: 'secret' })
    expect(call).toMatchObject({ api: 'messages', model: 'm', stream: true, maxOutputTokens: 50, attribution: { user: 'u1', feature: 'chat' }, forward: { 'anthropic-beta': 'x', 'anthropic-version': '2023-06-01' } })
    expect(Object.keys(call.forward)).toEqual(['anthropic-version', 'anthropic-beta'])
  })

  it('counts images as images and not by their bytes', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(1_000_000) } }
    const plain = callOf('messages', CALL).promptTokens
    const content = [image, { type: 'tool_result', tool_use_id: 't', content: [image] }]
    const withImages = callOf('messages', { ...CALL, messages: [{ role: 'user', content }] }).promptTokens
    expect(plain).toBeLessThan(30)
    expect(withImages).toBeGreaterThan(3200)
    expect(withImages).toBeLessThan(3400)
  })

  it.each([
    ['model', { model: '' }],
    ['model', { model: 'x'.repeat(300) }],
    ['stream', { stream: 'yes' }],
    ['messages', { messages: 'Hi' }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: undefined }],
    ['max_tokens', { max_tokens: '5' }],
  ])('refuses a call whose %s is wrong: %j', (param, over) => {
    expect(() => callOf('messages', { ...CALL, ...over })).toThrow(refused(param))
  })

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [503, 'overloaded_error'],
    [504, 'timeout_error'],
  ])('gives an error of status %i as %s', (status, type) => {
    expect(JSON.parse(face.errorBody(failure(status, 'some_code')))).toEqual({ type: 'error', error: { type, message: 'Said plainly.', details: { error_code: 'some_code' } }, request_id: null })
  })

  it('ends a stream with an error event', () => {
    expect(face.streamError('messages', failure(502, 'upstream_failed'))).toMatch(/^event: error\ndata: \{"type":"error".*"upstream_failed".*\}\n\n$/u)
  })

  it('estimates tokens and says that it is an estimate', () => {
    const route = face.route('POST', '/v1/messages/count_tokens', {})
    const answer = (json: object): unknown => route?.kind === 'local' && route.answer(parseBody(Buffer.from(JSON.stringify(json)), 64), {})
    expect(answer({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(4000) }] })).toMatchObject({ status: 200, json: { input_tokens: 1014, spillway: { estimated: true } } })
    expect(() => answer({ model: 'm', messages: [{ role: 'user', content: [{ type: 'document', source: {} }] }] })).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'not_translatable' }) }))
  })
})
