import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeltaTemplate } from './delta-template.ts'
import { StreamReader } from './stream-reader.ts'
import { parsedCall } from './testing.ts'

const chunk = (content: string, more: object = {}, finish: string | null = null): Buffer => Buffer.from(`data: ${JSON.stringify({ id: 'c', created: 1, choices: [{ index: 0, delta: { content, ...more }, finish_reason: finish }] })}\n\n`)

function taught(by = chunk('a "quoted" \\ text')): DeltaTemplate {
  const template = new DeltaTemplate()
  template.teach(by, JSON.parse(by.toString().slice(6)) as Record<string, unknown>)
  return template
}

describe('DeltaTemplate', () => {
  it('knows a chunk that differs in its text alone, and how long that is', () => {
    const template = taught()
    for (const text of ['', 'x', 'a "b" \\ c\n', 'é🚲', '"},"finish_reason":"stop"', '\u0001\u2028']) expect(template.match(chunk(text))).toBe(text === '\u0001\u2028' ? 2 : text.length)
  })

  it.each([
    ['a finish reason', chunk('x', {}, 'stop')],
    ['a tool call', chunk('x', { tool_calls: [] })],
    ['another member', Buffer.from(chunk('x').toString().replace('"created":1', '"created":2'))],
    ['two events', Buffer.concat([chunk('x'), chunk('y')])],
    ['half an event', chunk('xyz').subarray(0, -20)],
    ['no end', chunk('x').subarray(0, -1)],
    ['a quote that ends the text early', Buffer.from(chunk('QQ').toString().replace('QQ', 'a","role":"b'))],
    ['a backslash that takes the last quote', Buffer.from(chunk('QQ').toString().replace('QQ', 'a\\'))],
    ['a line break in the text', Buffer.from(chunk('QQ').toString().replace('QQ', 'a\nb'))],
    ['nothing', Buffer.alloc(0)],
  ])('does not know %s', (_, bytes) => {
    expect(taught().match(bytes)).toBe(-1)
  })

  it.each([
    ['a chunk with a role', chunk('x', { role: 'assistant' })],
    ['the last chunk', chunk('x', {}, 'stop')],
    ['usage', Buffer.from('data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1}}\n\n')],
    ['two choices', Buffer.from('data: {"choices":[{"delta":{"content":"x"}},{"delta":{"content":"y"}}]}\n\n')],
    ['spaces', Buffer.from('data: {"choices": [{"delta": {"content": "x"}}]}\n\n')],
  ])('does not learn from %s', (_, bytes) => {
    expect(taught(bytes).match(bytes)).toBe(-1)
  })

  it('sees in a stream what parsing sees', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '"', '\\', '"},', '\n\n', 'data: [DONE]', '"usage":{"prompt_tokens":1}', '"error"', '\u0000'))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
        const reader = new StreamReader(parsedCall('chat', { model: 'm', messages: [], stream: true }), null)
        for (const content of texts) {
          const bytes = chunk(content)
          expect(reader.push(bytes)).toBe(bytes)
        }
        expect(reader.seen).toMatchObject({ deltas: texts.filter((content) => content !== '').length, characters: texts.join('').length, error: null, usage: null, finishReason: null, complete: false })
      }),
    )
  })
})
