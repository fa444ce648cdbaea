import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FILTERS, filterQuery, filterText, readFilters } from './filters.ts'

describe('filters in the address', () => {
  it('are read as they were written', () => {
    const filter = fc.record({ dimension: fc.oneof(fc.constantFrom<string>(...FILTERS), fc.stringMatching(/^tag:[a-z_-]{1,20}$/u)), value: fc.string() })
    fc.assert(fc.property(fc.array(filter, { maxLength: 20 }), (filters) => {
      expect(readFilters(filters.map(filterText))).toEqual(filters)
    }))
  })

  it.each(['', '=x', 'user', 'nothing=x', 'constructor=x', 'tag:=x', '__proto__=x'])('drop %j', (text) => {
    expect(readFilters([text])).toEqual([])
  })

  it('are at most twenty', () => {
    expect(readFilters(Array.from({ length: 50 }, (_, index) => `user=${index}`))).toHaveLength(20)
  })

  it('become a query in which several values of a dimension are any of them', () => {
    expect(filterQuery(readFilters(['user=a', 'user=b', 'tag:team=core', 'feature=', 'model=x=y']))).toEqual({ user: ['a', 'b'], 'tag[team]': ['core'], feature: [''], model: ['x=y'] })
  })
})
