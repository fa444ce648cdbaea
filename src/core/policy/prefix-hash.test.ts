import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MOST_BLOCKS, hashText, prefixHashes } from './prefix-hash.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('prefixHashes', () => {
  it('hashes whole blocks alone', () => {
    expect(prefixHashes(bytes('x'.repeat(31)), 16)).toHaveLength(1)
    expect(prefixHashes('x'.repeat(32), 16)).toHaveLength(2)
    expect(prefixHashes('x'.repeat(15), 16)).toEqual([])
    expect(prefixHashes('', 16)).toEqual([])
  })

  it('two prompts share exactly the hashes of the blocks that they share', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (head, a, b) => {
        const [left, right] = [Uint8Array.from([...head, ...a]), Uint8Array.from([...head, ...b])]
        let common = 0
        while (common < left.length && common < right.length && left[common] === right[common]) common++
        const [byLeft, byRight] = [prefixHashes(left, 8), prefixHashes(right, 8)]
        const shared = byLeft.findIndex((hash, i) => hash !== byRight[i])
        expect(shared === -1 ? Math.min(byLeft.length, byRight.length) : Math.min(shared, byRight.length)).toBe(Math.floor(common / 8))
      }),
    )
  })

  it('is chained: the same block after another one has another hash', () => {
    const [, second] = prefixHashes('aaaaaaaabbbbbbbb', 8)
    const [, other] = prefixHashes('ccccccccbbbbbbbb', 8)
    const [first, again] = prefixHashes('aaaaaaaaaaaaaaaa', 8)
    expect(second).not.toBe(other)
    expect(first).not.toBe(again)
  })

  it('reads a part of a larger buffer, wherever it begins', () => {
    const whole = bytes(`?${'abcdefgh'.repeat(8)}`)
    expect(prefixHashes(whole.subarray(1), 16)).toEqual(prefixHashes(bytes('abcdefgh'.repeat(8)), 16))
  })

  it('stops at 256 blocks, however long the prompt (peer defect 18: routing that costs more than it saves)', () => {
    expect(prefixHashes(new Uint8Array(1_000_000), 16)).toHaveLength(MOST_BLOCKS)
  })

  it('keeps salts apart', () => {
    expect(prefixHashes('x'.repeat(16), 16, 'model-a')).not.toEqual(prefixHashes('x'.repeat(16), 16, 'model-b'))
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('with a block of %s bytes hashes little or nothing, and ends', (blockBytes) => {
    expect(prefixHashes('x'.repeat(16), blockBytes).length).toBeLessThanOrEqual(4)
  })

  it('spreads: 20,000 prompts that differ in one byte collide about as often as chance says', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, i) => prefixHashes(bytes(`${i}`.padEnd(16)), 16)[0]))
    // Expected collisions of a perfect hash: 20,000^2 / 2^33 = 0.05.
    expect(seen.size).toBeGreaterThanOrEqual(19_998)
  })
})

describe('hashText', () => {
  it('fills the whole range evenly', () => {
    const bins = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) bins[Math.floor(((hashText(`session-${i}`) >>> 0) / 2 ** 32) * 10)]!++
    expect(Math.min(...bins)).toBeGreaterThan(850)
    expect(Math.max(...bins)).toBeLessThan(1150)
  })
})
