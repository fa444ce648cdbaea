import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotTable } from './slot-table.ts'

const STRIDE = 3

describe('SlotTable', () => {
  it('finds what is in it and nothing else, through any additions and removals', () => {
    // Few different keys and a small table, so that chains of neighbors form and are cut.
    const key = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)))
    fc.assert(
      fc.property(fc.array(fc.record({ key, add: fc.boolean() }), { maxLength: 80 }), (changes) => {
        const records = new Int32Array(8 * STRIDE)
        const table = new SlotTable(records, STRIDE)
        const known = new Map<number, number>()
        const free = Array.from({ length: 8 }, (_, i) => i * STRIDE)
        for (const { key, add } of changes) {
          const record = known.get(key)
          if (add && record === undefined && free.length > 0) {
            const place = free.pop()!
            records[place] = key
            table.add(place)
            known.set(key, place)
          } else if (!add && record !== undefined) {
            table.remove(record)
            known.delete(key)
            free.push(record)
          }
          for (let each = -2; each <= 13; each++) expect(table.find(each)).toBe(known.get(each) ?? -1)
        }
      }),
    )
  })

  it('may be empty', () => {
    expect(new SlotTable(new Int32Array(0), STRIDE).find(7)).toBe(-1)
  })
})
