import { describe, expect, it } from 'vitest'
import { JsonReader } from './json-reader.ts'
import { cutAt, parsedCall, readAll } from './testing.ts'

const CHAT = parsedCall('chat', { model: 'm', messages: [] })
const EMBEDDINGS = parsedCall('embeddings', { model: 'm', input: 'x' })
const ANSWER = JSON.stringify({ model: 'served', choices: [{ message: { content: 'héllo' }, finish_reason: 'length' }], usage: { prompt_tokens: 3, completion_tokens: 2 } })

describe('JsonReader', () => {
  it('passes an answer on and reads it at its end, however it is cut', () => {
    for (const places of [[], [5], Array.from({ length: 200 }, (_, i) => i)]) {
      const reader = new JsonReader(CHAT)
      expect(readAll(reader, cutAt(ANSWER, places))).toBe(ANSWER)
      expect(reader.seen).toEqual({ usage: { inputUncached: 3, output: 2 }, deltas: 1, characters: 5, finishReason: 'length', model: 'served', responseId: null, toolsCalled: [], complete: true, error: null })
    }
  })

  it.each([['{"choices":['], [''], ['<html>'], ['[]'], ['null']])('takes %j for no complete answer', (text) => {
    const reader = new JsonReader(CHAT)
    expect(readAll(reader, [text])).toBe(text)
    expect(reader.seen).toMatchObject({ complete: false, usage: null })
  })

  it('finds an error under a status of success', () => {
    const reader = new JsonReader(CHAT)
    readAll(reader, ['{"error":{"code":429,"message":"canary"}}'])
    expect(reader.seen.error).toBe('upstream_429')
  })

  it('reads embeddings without parsing the vectors', () => {
    const reader = new JsonReader(EMBEDDINGS)
    readAll(reader, [JSON.stringify({ object: 'list', data: [{ embedding: Array.from({ length: 1000 }, () => 0.123) }], model: 'e', usage: { prompt_tokens: 4, total_tokens: 4 } })])
    expect(reader.seen).toMatchObject({ complete: true, model: 'e', usage: { inputUncached: 4, output: 0 } })
  })

  it('reads the usage of an answer that is too long to be kept from its tail, and keeps no more than that', () => {
    const reader = new JsonReader(EMBEDDINGS)
    const text = JSON.stringify({ data: [{ embedding: 'A'.repeat(5 * 1024 * 1024) }], usage: { prompt_tokens: 4, prompt_tokens_details: { cached_tokens: 1 } } })
    expect(readAll(reader, cutAt(text, Array.from({ length: 80 }, (_, i) => i * 65_536)))).toBe(text)
    expect(reader.seen).toMatchObject({ complete: true, usage: { inputUncached: 3, cacheRead: 1, output: 0 } })
  })

  it('is not misled by a text that looks like usage', () => {
    const reader = new JsonReader(CHAT)
    const text = JSON.stringify({ choices: [{ message: { content: `${'x'.repeat(1_100_000)} "usage":{"prompt_tokens":999}` } }], usage: { prompt_tokens: 4, completion_tokens: 1 }, note: '"usage":{"prompt_tokens":999}' })
    readAll(reader, [text])
    expect(reader.seen.usage).toEqual({ inputUncached: 4, output: 1 })
  })

  it('reads a Responses answer', () => {
    const reader = new JsonReader(parsedCall('responses', { model: 'm', input: 'x' }))
    readAll(reader, [JSON.stringify({ status: 'completed', model: 'served', usage: { input_tokens: 1, output_tokens: 2 } })])
    expect(reader.seen).toMatchObject({ complete: true, finishReason: 'stop', usage: { inputUncached: 1, output: 2 } })
  })
})
