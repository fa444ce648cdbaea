import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainHash, digest, encode, padded } from './tokens.ts'
import { WORDS, wordAt, wordToken } from './words.ts'

function hashes(tokens: Uint32Array, length: number): number[] {
  const out: number[] = []
  for (let from = 0; from + length <= tokens.length; from += length) out.push(chainHash(out.at(-1) ?? 0, (index) => tokens[index]!, from, length))
  return out
}

describe('tokens', () => {
  it('are four bytes each', () => {
    expect([encode('').length, encode('abcd').length, encode('abcde').length, encode('é€').length]).toEqual([1, 1, 2, 2])
  })

  it('begin the same where padded texts begin the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (start, more) => {
        const whole = encode(padded(start) + more)
        const part = encode(padded(start))
        expect(start === '' || [...whole.subarray(0, part.length)].every((token, index) => token === part[index])).toBe(true)
      }),
    )
  })

  it('of generated words are read back from their text', () => {
    const words = Array.from({ length: 100 }, (_, index) => wordAt(42, index))
    expect([...encode(words.map((word) => WORDS[word]!).join(''))]).toEqual(words.map(wordToken))
  })
})

describe('words', () => {
  it('are different from one another, of four plain letters', () => {
    expect(new Set(WORDS).size).toBe(WORDS.length)
    expect(WORDS.filter((word) => !/^ [a-z]{3}$/u.test(word))).toEqual([])
  })
})

describe('the chained hash', () => {
  it('stands for all blocks before it', () => {
    const a = hashes(encode('x'.repeat(64) + 'same block'.padEnd(64)), 16)
    const b = hashes(encode('y'.repeat(64) + 'same block'.padEnd(64)), 16)
    expect(a[1]).not.toBe(b[1])
  })

  it('practically never collides', () => {
    const seen = new Set<number>()
    for (let index = 0; index < 100_000; index++) seen.add(chainHash(index % 7, (at) => (at === 0 ? index : 5), 0, 16))
    expect(seen.size).toBe(100_000)
  })

  it('is a safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint32Array({ minLength: 16, maxLength: 16 }), (previous, tokens) => {
        expect(chainHash(previous, (index) => tokens[index]!, 0, 16)).toSatisfy(Number.isSafeInteger)
      }),
    )
  })
})

it('a digest differs with any token', () => {
  const tokens = encode('the quick brown fox jumps over the lazy dog')
  const digests = tokens.map((_, index) => digest(tokens.with(index, 1)))
  expect(new Set([digest(tokens), ...digests]).size).toBe(tokens.length + 1)
})
