import { describe, expect, it } from 'vitest'
import { splitChart, splitLegend } from './split-chart.ts'
import { createSplitHistory } from './split-history.ts'

describe('the chart of who served', () => {
  it('stacks the spill on the floor, in the colors of the house', () => {
    expect(splitChart([{ dedicated: 2, serverless: 0 }, { dedicated: 2, serverless: 2 }, { dedicated: 0, serverless: 4 }], 4, false)).toEqual([' ░░', ' ░░', '██░', '██░'])
    expect(splitChart([{ dedicated: 1, serverless: 0 }], 1, true)).toEqual(['\u001B[38;5;25m█\u001B[39m'])
    expect(splitChart([{ dedicated: 0, serverless: 0 }], 2, false)).toEqual(['', ''])
    expect(splitLegend(false)).toBe('██ dedicated  ░░ serverless')
  })

  it('keeps the last columns alone, and shows the empty ones', () => {
    const history = createSplitHistory(1000, 3)
    history.add(500, 'dedicated')
    history.add(2500, 'serverless')
    history.add(2600, 'serverless')
    expect(history.read(2999)).toEqual([{ dedicated: 1, serverless: 0 }, { dedicated: 0, serverless: 0 }, { dedicated: 0, serverless: 2 }])
    expect(history.read(4000)).toEqual([{ dedicated: 0, serverless: 2 }, { dedicated: 0, serverless: 0 }, { dedicated: 0, serverless: 0 }])
  })
})
