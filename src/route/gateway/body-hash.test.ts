import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BodyHash } from './body-hash.ts'

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

it('is of the whole, in whatever chunks it came', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 4000, max: 9000 }).map((size) => new Uint8Array(size).fill(size & 255))), { minLength: 1, maxLength: 40 }), (chunks) => {
      const one = new BodyHash()
      for (const chunk of chunks) one.response(Buffer.from(chunk))
      expect(one.taken()).toEqual({ request: null, response: sha256(Buffer.concat(chunks)) })
    }),
  )
})

it('does not go by what becomes of a chunk afterwards', () => {
  const one = new BodyHash()
  const chunk = Buffer.from('abc')
  one.response(chunk)
  chunk.fill(0)
  one.request(Buffer.from('ask'))
  expect(one.taken()).toEqual({ request: sha256(Buffer.from('ask')), response: sha256(Buffer.from('abc')) })
})

it('an empty answer is one, none is not', () => {
  expect(new BodyHash().taken()).toEqual({ request: null, response: null })
  const empty = new BodyHash()
  empty.response(Buffer.alloc(0))
  expect(empty.taken().response).toBe(sha256(Buffer.alloc(0)))
})
