import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientAsksForUsage, upstreamBody } from './request-body.ts'
import { parsedCall } from './testing.ts'

const rewritten = (api: 'chat' | 'embeddings' | 'responses', text: string, model = 'm'): string => upstreamBody(parsedCall(api, text), model).toString()

describe('upstreamBody', () => {
  it('is the same buffer where nothing has to change', () => {
    const call = parsedCall('chat', { model: 'm', messages: [], tools: [{ type: 'function' }], unknown_field: { a: [1.0] } })
    expect(upstreamBody(call, 'm')).toBe(call.body)
  })

  it('renames the model and leaves every other byte', () => {
    expect(rewritten('chat', '{ "messages" : [ {"content":"model m","x":1.50} ],\n"model" : "m" , "n":1e0}', 'org/other "name"')).toBe('{ "messages" : [ {"content":"model m","x":1.50} ],\n"model" : "org/other \\"name\\"" , "n":1e0}')
  })

  it.each([
    ['none', '{"model":"m","messages":[],"stream":true}', '{"stream_options":{"include_usage":true},"model":"m","messages":[],"stream":true}'],
    ['null', '{"model":"m","messages":[],"stream":true,"stream_options":null}', '{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}'],
    ['others', '{"stream_options":{"chunk":1},"model":"m","messages":[],"stream":true}', '{"stream_options":{"chunk":1,"include_usage":true},"model":"m","messages":[],"stream":true}'],
    ['a no', '{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":false}}', '{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}'],
  ])('asks for usage in a stream whose options are %s', (_, body, expected) => {
    expect(rewritten('chat', body)).toBe(expected)
  })

  it.each([
    ['the client asks for it itself', 'chat', '{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}'],
    ['there is no stream', 'chat', '{"model":"m","messages":[]}'],
    ['the Responses API reports it anyway', 'responses', '{"model":"m","input":"x","stream":true}'],
  ] as const)('does not ask where %s', (_, api, body) => {
    expect(rewritten(api, body)).toBe(body)
  })

  it('makes both edits at once, in whatever order the members come', () => {
    const member = fc.constantFrom(['model', 'm'], ['messages', [{ content: 'é"model":"m"' }]], ['stream', true], ['stream_options', { include_usage: false }], ['tools', []], ['x', { model: 'm' }])
    fc.assert(
      fc.property(fc.uniqueArray(member, { selector: ([key]) => key as string }), (members) => {
        const body = { ...Object.fromEntries(members), model: 'm', messages: [], stream: true } as Record<string, unknown>
        expect(JSON.parse(rewritten('chat', JSON.stringify(body, null, 1), 'other'))).toEqual({ ...body, model: 'other', stream_options: { include_usage: true } })
      }),
    )
  })

  it('knows whether the client asked', () => {
    expect(clientAsksForUsage(parsedCall('chat', '{"model":"m","messages":[],"stream_options":{"include_usage":true}}'))).toBe(true)
    expect(clientAsksForUsage(parsedCall('chat', '{"model":"m","messages":[],"stream_options":{"include_usage":1}}'))).toBe(false)
    expect(clientAsksForUsage(parsedCall('chat', '{"model":"m","messages":[]}'))).toBe(false)
  })
})
