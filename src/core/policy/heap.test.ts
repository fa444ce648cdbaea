import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Heap } from './heap.ts'

interface Item {
  key: number
}

describe('Heap', () => {
  it('has nothing on top when it is empty', () => {
    const heap = new Heap<Item>((a, b) => a.key < b.key)
    heap.remove({ key: 1 })
    heap.update({ key: 1 })
    expect([heap.top(), heap.size]).toEqual([undefined, 0])
  })

  it('always has the least on top, while items come, go and change', () => {
    const change = fc.record({ what: fc.constantFrom('push', 'remove', 'update'), which: fc.nat(20), key: fc.nat(50) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const heap = new Heap<Item>((a, b) => a.key < b.key)
        const items: Item[] = []
        for (const { what, which, key } of changes) {
          const item = items[which % Math.max(1, items.length)]
          if (what === 'push' || item === undefined) {
            items.push({ key })
            heap.push(items.at(-1)!)
          } else if (what === 'remove') {
            items.splice(items.indexOf(item), 1)
            heap.remove(item)
          } else {
            item.key = key
            heap.update(item)
          }
          expect(heap.size).toBe(items.length)
          expect(heap.top()?.key ?? Number.POSITIVE_INFINITY).toBe(Math.min(...items.map((each) => each.key)))
        }
      }),
    )
  })
})
