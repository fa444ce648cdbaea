import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanJson } from './parse-spans.ts'
import type { SpanKey } from './parse-spans.ts'

const scan = (text: string, maxDepth = 100): ReturnType<typeof scanJson> => scanJson(Buffer.from(text), maxDepth)

/** The text that a span covers. */
function valueOf(text: string, key: SpanKey): string | undefined {
  const span = scan(text).at[key]
  return span && Buffer.from(text).toString('utf8', span.start, span.end)
}

describe('scanJson', () => {
  it('finds the values of the outermost object, whatever stands around them', () => {
    const text = ' { "a": {"model": "not this"}, "model" :\t"llama" , "messages":[{"role":"user","content":"a \\"model\\": \\\\"}],"stream_options":null }\n'
    expect(valueOf(text, 'model')).toBe('"llama"')
    expect(valueOf(text, 'messages')).toBe('[{"role":"user","content":"a \\"model\\": \\\\"}]')
    expect(valueOf(text, 'stream_options')).toBe('null')
    expect(valueOf(text, 'usage')).toBeUndefined()
    expect(scan(text)).toMatchObject({ members: 4, depth: 3, inside: 2 })
  })

  it.each([
    ['{}', { depth: 1, inside: 1, members: 0 }],
    ['[{"model":1}]', { depth: 2, inside: -1, members: 0, at: {} }],
    ['"model"', { depth: 0, inside: -1, members: 0 }],
    ['', { depth: 0, inside: -1, members: 0 }],
    ['{"model":1,"model":2}', { members: 2, at: { model: { start: 19, end: 20 } } }],
  ])('reads %s', (text, expected) => {
    expect(scan(text)).toMatchObject(expected)
  })

  it('stops at the limit of depth, without recursion', () => {
    expect(scan('['.repeat(1_000_000), 64).depth).toBe(65)
    expect(scan(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`, 64).depth).toBe(64)
  })

  it('tells the bytes of images from text', () => {
    const url = `data:image/png;base64,${'A'.repeat(1000)}`
    expect(scan(JSON.stringify({ messages: [{ content: [{ image_url: { url } }, { image_url: { url: 'data:short' } }] }] }))).toMatchObject({ inlineParts: 1, inlineBytes: url.length + 2 })
  })

  it('ends on anything', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => scanJson(Buffer.from(bytes), 64).members >= 0))
    for (const text of ['{"a', '{"a\\', '{"a":"\\', `{"a":"${'x'.repeat(100)}\\`, `{"a":"${'x'.repeat(100)}`, '}}}}', ':::', ',,,']) expect(scan(text).depth).toBeLessThan(2)
  })

  it('agrees with JSON.parse about members and values, in any formatting', () => {
    const key = fc.oneof(fc.constantFrom('model', 'messages', 'usage', 'input', '__proto__', 'modem'), fc.string())
    const long = fc.string({ minLength: 40, maxLength: 200 })
    const text = fc.oneof(fc.string({ unit: 'binary' }), long, fc.array(fc.constantFrom('\\', '"', '{', '}', '[', ']', ',', ':', 'é', '\n'), { maxLength: 120 }).map((parts) => parts.join('')))
    const value = fc.oneof(text, fc.json(), fc.integer(), fc.constant(null), fc.array(text, { maxLength: 4 }), fc.dictionary(key, text, { maxKeys: 4 }))
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 8 }), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const source = JSON.stringify(object, null, space)
        const { members, at } = scan(source)
        expect(members).toBe(Object.keys(object).length)
        for (const name of ['model', 'messages', 'usage', 'input'] as const) {
          const span = at[name]
          expect(span !== undefined).toBe(Object.hasOwn(object, name))
          expect(span && JSON.parse(Buffer.from(source).toString('utf8', span.start, span.end))).toEqual(Object.hasOwn(object, name) ? JSON.parse(JSON.stringify(object[name])) : undefined)
        }
      }),
    )
  })
})
