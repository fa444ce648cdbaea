import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaChart, sparkline } from './block-charts.ts'

describe('sparkline', () => {
  it('draws eight heights, nothing for zero and a dot for unknown', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8, null], 8)).toBe(' ▂▃▄▅▆▇██·')
    expect(sparkline([0.01], 8)).toBe('▁')
    expect(sparkline([0, 0], 0)).toBe('  ')
  })
})

describe('areaChart', () => {
  it('fills from the bottom by eighths', () => {
    expect(areaChart([2, 1.5, 1, 0.125, 0], 2, 2)).toEqual(['█▄   ', '███▁ '])
  })

  it('shows each value to an eighth of a line', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (values) => {
        const lines = areaChart(values, 1, 5)
        for (const [column, value] of values.entries()) {
          const eighths = lines.reduce((sum, line) => sum + ' ▁▂▃▄▅▆▇█'.indexOf(line[column] ?? '?'), 0)
          expect(Math.abs(eighths / 40 - value)).toBeLessThanOrEqual(1 / 80 + 1e-12)
        }
      }),
    )
  })

  it('is blank where everything is zero', () => {
    expect(areaChart([0, 0], 0, 2)).toEqual(['  ', '  '])
  })
})
