import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Recent } from './recent.ts'

it('keeps what is used and forgets what is not', () => {
  const gone: string[] = []
  const recent = new Recent<number>(3, undefined, (key) => gone.push(key))
  for (const key of ['a', 'b', 'c']) recent.set(key, 1)
  recent.get('a')
  recent.get('c')
  recent.set('d', 1)
  expect([gone, ['a', 'b', 'c', 'd'].map((key) => recent.has(key))]).toEqual([['b'], [true, false, true, true]])
})

it('replaces the value of a known key', () => {
  const recent = new Recent<number>(1)
  recent.set('a', 1)
  recent.set('a', 2)
  expect([recent.get('a'), recent.get('b'), recent.size]).toEqual([2, undefined, 1])
})

it('grows beyond its limit only by entries that may not go, and shrinks no further than it must', () => {
  const recent = new Recent<{ pinned: boolean }>(2, ({ pinned }) => !pinned)
  const pinned = { pinned: true }
  for (const key of ['a', 'b', 'c']) recent.set(key, pinned)
  expect(recent.size).toBe(3)
  recent.set('d', { pinned: false })
  recent.set('e', { pinned: false })
  expect([recent.size, recent.has('d'), recent.has('e'), [...recent.values()].length]).toEqual([4, false, true, 4])
})

it('holds at most its limit and never a wrong value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.record({ key: fc.constantFrom(...'abcdefghijkl'), set: fc.boolean() })), (limit, moves) => {
      const model = new Map<string, number>()
      const recent = new Recent<number>(limit, undefined, (key) => model.delete(key))
      for (const [index, { key, set }] of moves.entries()) {
        if (set) {
          recent.set(key, index)
          model.set(key, index)
        }
        expect(recent.get(key)).toBe(model.get(key))
        expect(recent.size).toBe(model.size)
        expect(recent.size).toBeLessThanOrEqual(limit)
      }
      expect([...recent.values()].sort()).toEqual([...model.values()].sort())
    }),
  )
})
