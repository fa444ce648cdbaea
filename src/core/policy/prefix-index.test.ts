import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PrefixIndex } from './prefix-index.ts'

function depths(index: PrefixIndex, prefix: readonly number[], endpoints = 3): number[] {
  const found = new Uint16Array(endpoints)
  index.match(prefix, found)
  return [...found]
}

/** Hashes of a made-up prompt: each stands for all letters so far. */
function chain(text: string): number[] {
  return Array.from(text, (_, i) => Array.from(text.slice(0, i + 1)).reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) | 0, 7))
}

describe('PrefixIndex', () => {
  it('tells how many leading blocks each endpoint holds', () => {
    const index = new PrefixIndex(100, 3)
    index.insert(chain('abcd'), 0)
    index.insert(chain('abx'), 1)
    expect(depths(index, chain('abcz'))).toEqual([3, 2, 0])
    expect(depths(index, chain('abx'))).toEqual([2, 3, 0])
    expect(depths(index, chain('zzz'))).toEqual([0, 0, 0])
    expect(depths(index, [])).toEqual([0, 0, 0])
  })

  it('changes nothing by looking', () => {
    const index = new PrefixIndex(2, 3)
    index.insert(chain('a'), 0)
    index.insert(chain('b'), 0)
    depths(index, chain('a'))
    index.insert(chain('c'), 0)
    expect(depths(index, chain('a'))).toEqual([0, 0, 0])
    expect(depths(index, chain('b'))).toEqual([1, 0, 0])
  })

  it('drops what was out of use for longest, the end of a prompt before its beginning', () => {
    const index = new PrefixIndex(4, 3)
    index.insert(chain('abc'), 0)
    index.insert(chain('abz'), 1)
    index.insert(chain('q'), 2)
    expect(depths(index, chain('abc'))).toEqual([2, 2, 0])
    expect(depths(index, chain('abz'))).toEqual([2, 3, 0])
    expect(index.size).toBe(4)
  })

  it('never holds more than its limit (peer defect 11: a trie without eviction ran out of memory)', () => {
    const index = new PrefixIndex(50, 3)
    for (let i = 0; i < 20_000; i++) index.insert([i, i + 0.5, -i, i * 7], i % 3)
    expect(index.size).toBe(50)
  })

  it('takes a prompt longer than itself as far as it goes', () => {
    const index = new PrefixIndex(3, 3)
    index.insert(chain('old'), 1)
    index.insert(chain('abcdef'), 0)
    expect(depths(index, chain('abcdef'))).toEqual([3, 0, 0])
  })

  it('knows nothing with a limit of 0', () => {
    const index = new PrefixIndex(0, 3)
    index.insert(chain('abc'), 0)
    expect(depths(index, chain('abc'))).toEqual([0, 0, 0])
  })

  it('forgets an endpoint that has lost its cache', () => {
    const index = new PrefixIndex(10, 3)
    index.insert(chain('ab'), 0)
    index.insert(chain('ab'), 1)
    index.forget(0)
    expect(depths(index, chain('ab'))).toEqual([0, 2, 0])
    index.insert(chain('a'), 0)
    expect(depths(index, chain('ab'))).toEqual([1, 2, 0])
  })

  it('holds more than 32 endpoints', () => {
    const index = new PrefixIndex(10, 70)
    for (const endpoint of [0, 31, 32, 63, 69]) index.insert(chain('ab'), endpoint)
    expect(depths(index, chain('ab'), 70).flatMap((depth, i) => (depth === 2 ? [i] : []))).toEqual([0, 31, 32, 63, 69])
  })

  it('looks at the first 256 blocks alone', () => {
    const index = new PrefixIndex(1000, 1)
    const long = Array.from({ length: 600 }, (_, i) => i * 3 + 1)
    index.insert(long, 0)
    expect(index.size).toBe(256)
    expect(depths(index, long, 1)).toEqual([256])
  })

  it('survives hashes that collide or repeat', () => {
    const index = new PrefixIndex(20, 3)
    index.insert([1, 2, 3], 0)
    index.insert([9, 2, 3], 1)
    index.insert([5, 5, 5, 5], 2)
    index.insert([3, 1], 1)
    expect(depths(index, [1, 2, 3])[0]).toBe(3)
    expect(depths(index, [5, 5, 5, 5])[2]).toBe(1)
    expect(index.size).toBeLessThanOrEqual(20)
  })

  it('agrees with a plain list of prompts in the order of their use', () => {
    const letters = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 }).map((list) => list.join(''))
    fc.assert(
      fc.property(fc.array(fc.record({ text: letters, endpoint: fc.nat(2), forget: fc.integer({ min: 0, max: 19 }) }), { maxLength: 40 }), fc.integer({ min: 6, max: 14 }), (uses, limit) => {
        const index = new PrefixIndex(limit, 3)
        // Plain: block text -> holders, most recent last; a prompt puts its blocks last, the first block at the very end.
        let plain: { readonly text: string; readonly holders: Set<number> }[] = []
        for (const { text, endpoint, forget } of uses) {
          if (forget < 3) {
            index.forget(forget)
            for (const { holders } of plain) holders.delete(forget)
          }
          index.insert(chain(text), endpoint)
          const blocks = Array.from(text, (_, i) => text.slice(0, i + 1))
          const touched = blocks.map((block) => ({ text: block, holders: new Set([...(plain.find((other) => other.text === block)?.holders ?? []), endpoint]) }))
          plain = [...plain.filter((other) => !blocks.includes(other.text)), ...touched.toReversed()].slice(-limit)
          for (const probe of ['aaaaaa', 'ababab', 'bbbbbb', text]) {
            const expected = [0, 1, 2].map((each) => Math.max(0, ...plain.filter((block) => probe.startsWith(block.text) && block.holders.has(each)).map((block) => block.text.length)))
            expect(depths(index, chain(probe))).toEqual(expected)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
