import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { notes, tornado } from './tornado.ts'
import { anyResult, exampleResult } from './testing.ts'

describe('the tornado', () => {
  it('puts all bars and the plan on one scale', () => {
    const chart = tornado(exampleResult())!
    expect([chart.least, chart.most]).toEqual([1700, 2600])
    expect(chart.plan).toBeCloseTo(4 / 9, 12)
    expect(chart.bars.map(({ parameter, from, to }) => [parameter, from, to])).toEqual([
      ['demand', 0, 1],
      ['serverless price', 300 / 900, 480 / 900],
    ])
  })

  it('marks the ends at which another scenario is cheapest', () => {
    const chart = tornado(exampleResult())!
    expect(chart.bars[1]!.low.flipsTo).toBe('all-serverless')
    expect(chart.bars[1]!.high.flipsTo).toBeNull()
    expect(notes(chart)).toEqual(['* cheapest there: all-serverless (serverless price -20 %)'])
  })

  it('keeps apart what moves nothing', () => {
    const end = { label: 'half', monthlyUsd: 2100, cheapest: 'hybrid-elastic' }
    const chart = tornado(exampleResult({ sensitivity: [...exampleResult().sensitivity, { parameter: 'k', low: end, high: { ...end, label: 'double' } }] }))!
    expect(chart.bars).toHaveLength(2)
    expect(notes(chart).at(-1)).toBe('moves nothing: k')
  })

  it('is not drawn where nothing is known', () => {
    expect(tornado(exampleResult({ sensitivity: [] }))).toBeNull()
    const end = { label: '', monthlyUsd: Number.POSITIVE_INFINITY, cheapest: '' }
    expect(tornado(exampleResult({ sensitivity: [{ parameter: 'p', low: end, high: end }] }))).toBeNull()
  })

  it('stays on its scale for anything', () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const bars = tornado(result)?.bars ?? []
        expect(bars.filter(({ from, to }) => !(from >= 0 && from <= to && to <= 1))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})
