import { describe, expect, it } from 'vitest'
import { comparison, comparisonRows } from './comparison.ts'
import { exampleResult, exampleScenario } from './testing.ts'

describe('the comparison', () => {
  it('has a row a scenario, cheapest first, what breaks a constraint last', () => {
    const { columns, rows, note } = comparison(exampleResult())
    expect(columns.map(({ header }) => header)).toEqual(['scenario', '$/month', 'vs plan', 'held out', 'utilized', 'idle tax', 'P(best)', '$/1k req', 'cold'])
    expect(rows.map(({ mark, cells }) => `${mark} ${cells.join(' | ')}`)).toMatchInlineSnapshot(`
      [
        "- hybrid@spot | 1,900.50 | -9.5 % |  | 86 % | 190.05 |  | 0.236 | 1.2 %",
        "> hybrid-elastic | 2,100.00 |  | 2,150.00 | 86 % | 210.00 | 93 % | 0.236 | 1.2 %",
        "  hybrid | 2,388.99 | +14 % |  | 86 % | 238.90 | 7.0 % | 0.236 | 1.2 %",
        "  all-serverless | 2,815.71 | +34 % |  | 91 % | 281.57 | 0 % | 0.236 | 1.2 %",
        "  all-dedicated | 3,504.00 | +67 % |  | 48 % | 350.40 | 0 % | 0.236 | 0 %",
        "x tokens-api | 4,100.00 | +95 % |  |  |  |  | 0.236 | ",
      ]
    `)
    expect(note).toBe('> recommended; x breaks a constraint; - comparison only; held out: a month like the days not fitted; idle tax: paid capacity that no work fills; cold: wait for a start')
  })

  it('shows the named scenarios and the best two of the rest, ten in all, and counts what it leaves out', () => {
    const others = Array.from({ length: 25 }, (_, index) => exampleScenario(`all-serverless@offer-${index}`, 5000 + index, { considered: false }))
    const { rows, note } = comparison(exampleResult({ scenarios: [...others, ...exampleResult().scenarios.filter(({ id }) => id !== 'hybrid@spot')] }))
    expect(rows.map(({ id }) => id)).toEqual(['hybrid-elastic', 'hybrid', 'all-serverless', 'all-dedicated', 'all-serverless@offer-0', 'all-serverless@offer-1', 'tokens-api'])
    expect(note).toContain('23 more in CSV and --verbose')
  })

  it('always shows the recommended scenario', () => {
    const others = Array.from({ length: 30 }, (_, index) => exampleScenario(`hybrid@offer-${index}`, 5000 + index))
    expect(comparison(exampleResult({ scenarios: others, recommended: 'hybrid@offer-29' })).rows.map(({ id }) => id)).toContain('hybrid@offer-29')
  })

  it('leaves out another offer with the very same bill: nothing of it is used', () => {
    const twin = exampleScenario('hybrid@twin', 2815.71)
    expect(comparison(exampleResult({ scenarios: [...exampleResult().scenarios, twin] })).rows.map(({ id }) => id)).not.toContain('hybrid@twin')
  })

  it('counts per million tokens where tokens are known', () => {
    const scenario = exampleScenario('hybrid', 100, { unit: { usdPerUsefulGpuHour: null, usdPer1kRequests: 0.2, usdPerMillionTokens: 0.4 } })
    const { columns, rows } = comparison(exampleResult({ scenarios: [scenario], recommended: 'hybrid' }))
    expect([columns[7]!.header, rows[0]!.cells[7]]).toEqual(['$/1M tok', '0.400'])
  })

  it('says unknown for what is not known, and leaves empty what does not apply', () => {
    const unknown = exampleScenario('hybrid', null, { utilization: null, latency: { coldStartShare: null, coldStartSeconds: null, queuedShare: null, note: '' }, unit: { usdPerUsefulGpuHour: null, usdPer1kRequests: null, usdPerMillionTokens: null } })
    expect(comparisonRows(exampleResult({ outOfSample: { ...exampleResult().outOfSample, scenarios: {} }, probabilityCheapest: {} }), [unknown])[0]!.cells).toEqual(['hybrid', 'unknown', 'unknown', '', 'unknown', '0.00', '', 'unknown', 'unknown'])
    expect(comparisonRows(exampleResult(), [exampleScenario('tokens-api', 3, { family: 'tokens' })])[0]!.cells.slice(4, 6)).toEqual(['', ''])
  })
})
