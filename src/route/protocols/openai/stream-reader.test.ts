import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamReader } from './stream-reader.ts'
import { cutAt, parsedCall, readAll } from './testing.ts'

const CHAT = { model: 'm', messages: [], stream: true }
const hidden = (): StreamReader => new StreamReader(parsedCall('chat', CHAT), () => ({ cost_usd: '1' }))
const shown = (): StreamReader => new StreamReader(parsedCall('chat', { ...CHAT, stream_options: { include_usage: true } }), () => ({ cost_usd: '1' }))

const delta = (content: string, extra = ''): string => `data: {"id":"c","model":"served","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]${extra}}\n\n`
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\n'
const DONE = 'data: [DONE]\n\n'
const STREAM = delta('') + delta('Hé') + delta('llo 🚲') + FINISH + USAGE + DONE

/** What a client makes of a stream: a CRLF may be cut in its middle, and how many blank lines part two events means nothing. */
const meant = (text: string): string => text.replaceAll(/\r\n?/gu, '\n').replaceAll(/\n{2,}/gu, '\n\n')

describe('StreamReader', () => {
  it('passes events on byte for byte and leaves out the usage that only we asked for', () => {
    const reader = hidden()
    expect(readAll(reader, [STREAM])).toBe(STREAM.replace(USAGE, ''))
    expect(reader.seen).toEqual({ usage: { inputUncached: 9, output: 2 }, deltas: 2, characters: 8, finishReason: 'stop', model: 'served', responseId: 'c', toolsCalled: [], complete: true, error: null })
  })

  it('adds the cost to the usage that the client asked for, and changes nothing else in it', () => {
    expect(readAll(shown(), [STREAM])).toBe(STREAM.replace('"completion_tokens":2}}', '"completion_tokens":2},"spillway":{"cost_usd":"1"}}'))
  })

  it('hands on the same buffer where nothing has to change', () => {
    const chunk = Buffer.from(delta('a') + delta('b'))
    expect(hidden().push(chunk)).toBe(chunk)
  })

  it('reads the same, and gives the same, however the bytes are cut', () => {
    for (const make of [hidden, shown]) {
      for (const text of [STREAM, STREAM.replaceAll('\n', '\r\n'), STREAM.replaceAll('\n\n', '\n: ping\n\n')]) {
        const whole = make()
        const expected = meant(readAll(whole, [text]))
        fc.assert(
          fc.property(fc.array(fc.nat(), { maxLength: 20 }), (places) => {
            const reader = make()
            expect(meant(readAll(reader, cutAt(text, places)))).toBe(expected)
            expect(reader.seen).toEqual(whole.seen)
          }),
          { numRuns: 50 },
        )
        expect(meant(readAll(make(), cutAt(text, Array.from({ length: 2000 }, (_, i) => i))))).toBe(expected)
      }
    }
  })

  it('gives the client whole events only, so that a broken stream can be ended with one more', () => {
    const reader = hidden()
    expect(reader.push(Buffer.from(`${delta('a')}data: {"choi`))?.toString()).toBe(delta('a'))
    expect(reader.end()).toBeNull()
    expect(reader.seen.complete).toBe(false)
  })

  it('closes a last event that lacks its blank line', () => {
    const reader = hidden()
    expect(readAll(reader, [delta('a'), 'data: [DONE]'])).toBe(`${delta('a')}data: [DONE]\n\n`)
    expect(reader.seen.complete).toBe(true)
  })

  it('keeps comments, blank events and other fields', () => {
    const text = `: ping\n\nretry: 5\nid: 7\n\ndata:\n\n${delta('a')}${DONE}`
    expect(readAll(hidden(), [text])).toBe(text)
  })

  it('reads data over several lines', () => {
    const reader = hidden()
    readAll(reader, ['data: {"choices":[{"delta":\ndata: {"content":"ab"}}]}\n\n', DONE])
    expect(reader.seen).toMatchObject({ deltas: 1, characters: 2 })
  })

  it('keeps usage that comes beside choices, and takes the last of many', () => {
    const text = delta('a', ',"usage":{"prompt_tokens":9,"completion_tokens":1}') + delta('b', ',"usage":{"prompt_tokens":9,"completion_tokens":2}') + FINISH + USAGE + DONE
    const reader = hidden()
    expect(readAll(reader, [text])).toBe(text.replace(USAGE, ''))
    expect(reader.seen.usage).toEqual({ inputUncached: 9, output: 2 })
    expect(readAll(shown(), [text]).match(/spillway/gu)).toHaveLength(1)
  })

  it.each([
    ['reasoning', { reasoning_content: 'hm' }],
    ["reasoning by OpenRouter's name", { reasoning: 'hm' }],
    ['a refusal', { refusal: 'no' }],
    ['tool calls', { tool_calls: [{ index: 0, function: { arguments: '{}' } }] }],
  ])('counts %s', (_, part) => {
    const reader = hidden()
    readAll(reader, [`data: ${JSON.stringify({ choices: [{ delta: part }] })}\n\n`])
    expect(reader.seen).toMatchObject({ deltas: 1, characters: 2 })
  })

  it.each([
    ["OpenAI's", '{"error":{"message":"canary","type":"server_error","code":null}}', 'server_error'],
    ["vLLM's", '{"error":{"message":"canary","code":400}}', 'upstream_400'],
    ["vLLM's older", '{"object":"error","message":"canary","type":"BadRequestError"}', 'BadRequestError'],
    ['a bare', '{"error":"canary"}', 'upstream_error'],
  ])('finds %s error within a stream, and does not keep its message', (_, error, code) => {
    const reader = hidden()
    expect(readAll(reader, [delta('a'), `data: ${error}\n\n`])).toContain(error)
    expect(reader.seen.error).toBe(code)
  })

  it('passes on what is no JSON', () => {
    expect(readAll(hidden(), ['data: hello\n\n', 'data: [1]\n\n'])).toBe('data: hello\n\ndata: [1]\n\n')
  })

  it('throws on an endless line', () => {
    const reader = hidden()
    const chunk = Buffer.alloc(1024 * 1024, 'a')
    expect(() => {
      for (let i = 0; i < 6; i++) reader.push(chunk)
    }).toThrow(expect.objectContaining({ code: 'SSE_EVENT_TOO_LONG' }))
  })
})

const event = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const make = (): StreamReader => new StreamReader(parsedCall('responses', { model: 'm', input: 'x', stream: true }), () => ({ cost_usd: '1' }))

describe('StreamReader for the Responses API', () => {
  const completed = event('response.completed', { response: { status: 'completed', model: 'served', usage: { input_tokens: 5, output_tokens: 3, output_tokens_details: { reasoning_tokens: 1 } } } })

  it('reads deltas and the completion, and adds the cost to that', () => {
    const reader = make()
    const text = event('response.created', { response: { status: 'in_progress', model: 'served', usage: null } }) + event('response.output_text.delta', { delta: 'abc' }) + completed
    expect(readAll(reader, [text])).toBe(text.replace(/\}\n\n$/u, ',"spillway":{"cost_usd":"1"}}\n\n'))
    expect(reader.seen).toMatchObject({ deltas: 1, characters: 3, complete: true, finishReason: 'stop', model: 'served', usage: { inputUncached: 5, output: 2, reasoning: 1 } })
  })

  it.each([
    ['incomplete', event('response.incomplete', { response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } } }), { complete: true, finishReason: 'max_output_tokens', error: null }],
    ['failed', event('response.failed', { response: { status: 'failed', error: { code: 'server_error', message: 'canary' } } }), { complete: true, error: 'server_error' }],
    ['an error', event('error', { code: 'rate_limit_exceeded', message: 'canary' }), { complete: false, error: 'rate_limit_exceeded' }],
  ])('reads %s', (_, text, expected) => {
    const reader = make()
    readAll(reader, [text])
    expect(reader.seen).toMatchObject(expected)
  })
})
