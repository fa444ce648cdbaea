import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PrefixCache } from './prefix-cache.ts'

describe('PrefixCache', () => {
  it('counts the blocks from the start on that were seen before', () => {
    const cache = new PrefixCache(512)
    expect([cache.cached(6955, [46, 47, 48]), cache.cached(6472, [46, 47, 99]), cache.cached(1000, [50, 46]), cache.cached(2000, ['a', 46])]).toEqual([0, 1024, 0, 0])
    expect(cache.report()).toEqual({ blocks: 10, hitBlocks: 2, evictedBlocks: 0, blockTokens: 512 })
  })

  it('never says more tokens than the prompt has', () => {
    const cache = new PrefixCache(512)
    cache.cached(600, [1, 2])
    expect(cache.cached(600, [1, 2])).toBe(600)
  })

  it('drops the least recently used block at its cap', () => {
    const cache = new PrefixCache(1, 2)
    cache.cached(9, [1])
    cache.cached(9, [2])
    cache.cached(9, [1])
    cache.cached(9, [3])
    expect([cache.cached(9, [2]), cache.report().evictedBlocks]).toEqual([0, 2])
  })

  it('with room for all equals a set of all blocks', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(20), { maxLength: 6 }), { maxLength: 40 }), (prompts) => {
        const cache = new PrefixCache(10, 1000)
        const seen = new Set<number>()
        for (const prompt of prompts) {
          const known = prompt.findIndex((hash) => !seen.has(hash))
          expect(cache.cached(1e6, prompt)).toBe((known === -1 ? prompt.length : known) * 10)
          for (const hash of prompt) seen.add(hash)
        }
      }),
    )
  })

  it('stays within its cap', () => {
    const cache = new PrefixCache(1, 100)
    for (let block = 0; block < 10_000; block++) cache.cached(1, [block])
    expect(cache.report().evictedBlocks).toBe(9900)
  })
})
