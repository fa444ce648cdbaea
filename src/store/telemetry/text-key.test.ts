import { expect, it } from 'vitest'
import { textKey } from './text-key.ts'

it('a key never changes: it is stored', () => {
  expect(['', 'call-1', '4bf92f3577b34da6a3ce929d0e0e4736', '鍵'].map(textKey)).toMatchInlineSnapshot(`
    [
      2872998923,
      2266776942,
      3785779378,
      1372300589,
    ]
  `)
})

it('keys of texts that follow each other spread over all 32 bits', () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => textKey(`call-${n}`))
  // 100,000 of 2^32: about one pair is expected to meet.
  expect(new Set(keys).size).toBeGreaterThan(99_990)
  expect(keys.every((key) => Number.isInteger(key) && key >= 0 && key < 2 ** 32)).toBe(true)
})
