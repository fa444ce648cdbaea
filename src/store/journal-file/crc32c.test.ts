import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'

/** Bit by bit, as the definition has it. */
function slow(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  }
  return ~value >>> 0
}

describe('crc32c', () => {
  it.each([
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, n) => n), 0x46dd794e],
  ])('RFC 3720, B.4: %s', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum)
  })

  it('is the bitwise definition for any bytes, at any offset, in one go or two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
        const [start, end] = [Math.min(a, bytes.length), bytes.length]
        const middle = Math.min(end, start + b)
        const expected = slow(bytes.subarray(start, end))
        expect(crc32c(bytes, start, end)).toBe(expected)
        expect(crc32c(bytes, middle, end, crc32c(bytes, start, middle))).toBe(expected)
      }),
    )
  })
})
