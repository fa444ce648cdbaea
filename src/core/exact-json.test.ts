import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromExactJson, toExactJson } from './exact-json.ts'

describe('exact JSON', () => {
  it('keeps whole numbers of any size', () => {
    expect(fromExactJson(toExactJson({ price: 123456789012345678901n, less: -1n, list: [0n, '1', 2] }))).toEqual({ price: 123456789012345678901n, less: -1n, list: [0n, '1', 2] })
  })

  it.each(['1n', '\\1n', '\\\\-22n', 'n', '1', '1n ', ''])('keeps the text %j', (text) => {
    expect(fromExactJson(toExactJson([text]))).toEqual([text])
  })

  it('is read as it was written, whatever it is', () => {
    const leaf = fc.oneof(fc.bigInt(), fc.string(), fc.stringMatching(/^\\{0,3}-?\d{1,4}n$/u), fc.integer(), fc.boolean(), fc.constant(null))
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/u), fc.array(leaf, { maxLength: 5 }), { maxKeys: 5, noNullPrototype: true }), (value) => {
      expect(fromExactJson(toExactJson(value))).toEqual(value)
    }))
  })
})
