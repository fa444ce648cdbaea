import { describe, expect, it } from 'vitest'
import { parseBody } from './parse-body.ts'

const code = (body: Buffer | string): string => {
  try {
    parseBody(Buffer.from(body as string), 64)
  } catch (error) {
    return (error as { failure: { code: string } }).failure.code
  }
  return 'none'
}

describe('parseBody', () => {
  it('keeps the bytes, the value and the places', () => {
    const bytes = Buffer.from('{"model":"m","é":[1]}')
    expect(parseBody(bytes, 64)).toMatchObject({ bytes, json: { model: 'm', é: [1] }, spans: { members: 2 } })
  })

  it.each([
    ['nothing', '', 'invalid_json'],
    ['a truncated object', '{"model":"m"', 'invalid_json'],
    ['no JSON', 'model=m', 'invalid_json'],
    ['two documents', '{}{}', 'invalid_json'],
    ['a list', '[]', 'invalid_json'],
    ['a number', '1', 'invalid_json'],
    ['null', 'null', 'invalid_json'],
    ['a trailing comma', '{"a":1,}', 'invalid_json'],
    ['a byte order mark', '\uFEFF{}', 'invalid_json'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_utf8'],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le').subarray(0, 13), 'invalid_json'],
    ['a surrogate as UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_utf8'],
    ['depth beyond the limit', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'json_too_deep'],
    ['depth that never closes', `{"a":${'{"a":'.repeat(100_000)}`, 'json_too_deep'],
    ['a key twice', '{"model":"a","model":"b"}', 'duplicate_key'],
    ['a key twice, once in disguise', '{"model":"a","mod\\u0065l":"b"}', 'duplicate_key'],
  ])('refuses %s', (_, body, expected) => {
    expect(code(body)).toBe(expected)
  })

  it('takes __proto__ as a key like any other', () => {
    const { json } = parseBody(Buffer.from('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'), 64)
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
    expect((json as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('does not repeat the body in its errors', () => {
    expect(() => parseBody(Buffer.from('{"secret-canary'), 64)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }))
  })
})
