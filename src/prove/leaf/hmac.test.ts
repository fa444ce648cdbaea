import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Hmac } from './hmac.ts'

it("is Node's own HMAC, for any key and text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme' }), (key, text) => {
      expect(new Hmac(key).of(text)).toEqual(createHmac('sha256', key).update(text).digest())
    }),
  )
  expect(() => new Hmac(Buffer.alloc(65))).toThrowError(RangeError)
})
