import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IndexedHeap } from './indexed-heap.ts'

describe('IndexedHeap', () => {
  it('is empty at first', () => {
    const heap = new IndexedHeap()
    expect(heap.top()).toBe(-1)
    expect(heap.topKey()).toBe(Number.POSITIVE_INFINITY)
    heap.remove(5)
    expect(heap.top()).toBe(-1)
  })

  it('moves an id when its key changes', () => {
    const heap = new IndexedHeap()
    for (const [id, key] of [[0, 3], [1, 1], [2, 2]] as const) heap.set(id, key)
    expect(heap.top()).toBe(1)
    heap.set(1, 9)
    expect(heap.top()).toBe(2)
    heap.set(0, -1)
    expect([heap.top(), heap.topKey()]).toEqual([0, -1])
    heap.remove(0)
    expect(heap.top()).toBe(2)
  })

  it('agrees with a plain map under any sequence of changes, ids far apart included', () => {
    const change = fc.oneof(fc.record({ id: fc.integer({ min: 0, max: 60 }), key: fc.integer({ min: -20, max: 20 }) }), fc.record({ id: fc.integer({ min: 0, max: 60 }) }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        const heap = new IndexedHeap()
        const model = new Map<number, number>()
        for (const step of changes) {
          if ('key' in step) {
            heap.set(step.id, step.key)
            model.set(step.id, step.key)
          } else {
            heap.remove(step.id)
            model.delete(step.id)
          }
          expect(heap.topKey()).toBe(Math.min(...model.values()))
          expect(model.get(heap.top()) ?? Number.POSITIVE_INFINITY).toBe(heap.topKey())
        }
      }),
    )
  })
})
