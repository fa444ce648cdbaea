import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockPool } from './block-pool.ts'

function taken(pool: BlockPool, count: number): number[] {
  const blocks: number[] = []
  expect(pool.allocate(count, blocks)).toBe(true)
  return blocks
}

describe('the block pool', () => {
  it('gives every block to one request only, and says no rather than too many', () => {
    const pool = new BlockPool(10)
    const blocks = [...taken(pool, 4), ...taken(pool, 6)]
    expect(new Set(blocks).size).toBe(10)
    expect([pool.free, pool.usage]).toEqual([0, 1])
    const none: number[] = []
    expect(pool.allocate(1, none)).toBe(false)
    expect(none).toEqual([])
  })

  it('finds the beginning of a prompt, up to the first block that is not there', () => {
    const pool = new BlockPool(10)
    const blocks = taken(pool, 3)
    for (const [index, block] of blocks.entries()) pool.publish(block, 100 + index)
    expect(pool.matching([100, 101, 102, 103], 9)).toBe(3)
    expect(pool.matching([100, 101, 102, 103], 2)).toBe(2)
    expect(pool.matching([101], 9)).toBe(1)
    expect(pool.matching([99, 101], 9)).toBe(0)
  })

  it('keeps what was let go of until the room is needed, the end of a prompt going first', () => {
    const pool = new BlockPool(4)
    const blocks = taken(pool, 3)
    for (const [index, block] of blocks.entries()) pool.publish(block, 100 + index)
    pool.release(blocks)
    expect([pool.free, pool.matching([100, 101, 102], 3)]).toEqual([4, 3])
    taken(pool, 2)
    expect(pool.matching([100, 101, 102], 3)).toBe(2)
    taken(pool, 2)
    expect(pool.matching([100, 101, 102], 3)).toBe(0)
  })

  it('shares a block between those that hold it', () => {
    const pool = new BlockPool(4)
    const first = taken(pool, 1)
    pool.publish(first[0]!, 7)
    const second: number[] = []
    pool.hold([7], 1, second)
    expect([second, pool.free]).toEqual([first, 3])
    pool.release(first)
    expect(pool.free).toBe(3)
    pool.release(second)
    expect(pool.free).toBe(4)
  })

  it('keeps the first block of a content where two have computed it', () => {
    const pool = new BlockPool(2)
    const [a, b] = taken(pool, 2)
    pool.publish(a!, 7)
    pool.publish(b!, 7)
    const held: number[] = []
    pool.hold([7], 1, held)
    expect(held).toEqual([a])
  })

  it('never loses a block, whatever is taken, found and let go', () => {
    const action = fc.record({ kind: fc.constantFrom('take', 'release', 'reuse'), count: fc.integer({ min: 1, max: 5 }), pick: fc.nat() })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(action, { maxLength: 80 }), (total, actions) => {
        const pool = new BlockPool(total)
        const holders: number[][] = []
        for (const { kind, count, pick } of actions) {
          const blocks: number[] = []
          if (kind === 'take' && pool.allocate(count, blocks)) for (const block of blocks) pool.publish(block, pick % 20)
          if (kind === 'reuse') pool.hold([pick % 20], pool.matching([pick % 20], 1), blocks)
          if (kind === 'release' && holders.length > 0) pool.release(holders.splice(pick % holders.length, 1)[0]!)
          if (blocks.length > 0) holders.push(blocks)
          expect(pool.free).toBe(total - new Set(holders.flat()).size)
        }
        for (const blocks of holders) pool.release(blocks)
        expect(pool.free).toBe(total)
        expect(new Set(taken(pool, total)).size).toBe(total)
      }),
    )
  })
})
