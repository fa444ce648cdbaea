import { describe, expect, it } from 'vitest'
import { run } from '../../../../src/app/cli/testing.ts'
import { shippedCatalog } from '../../../../src/app/catalog.ts'
import { shippedPerfTable } from '../../../../src/app/perf-table.ts'
import { fromExactJson, toExactJson } from '../../../../src/core/exact-json.ts'
import type { PlanResult } from '../../../../src/decide/plan-result.ts'
import { DEFAULT_INPUT, type CalcInput } from './calc-input.ts'
import { breakEvenMap, calculate, type PlannerData } from './calc-plan.ts'

const TODAY = '2026-11-25'
/** As the page gets it. */
const data = fromExactJson(toExactJson({ catalog: shippedCatalog(), perf: shippedPerfTable() })) as PlannerData

const CASES: readonly (readonly [string, Partial<CalcInput>, readonly string[]])[] = [
  ['the usual', {}, []],
  ['a GPU and a target', { gpu: 'l40s-48gb', sloTtft: 1 }, ['--gpu', 'l40s-48gb', '--slo-ttft', '1s']],
  ['own prices and a bill', { dedicated: 1.2, serverless: 0.0005, current: 9000, gpu: 'l40s-48gb' }, ['--dedicated', '1.2', '--serverless', '0.0005', '--current', '9000', '--gpu', 'l40s-48gb']],
  ['a large model, cached, with people', { model: 'llama-3.1-70b', cachedShare: 0.4, ops: 'kubernetes', requestsPerDay: 400_000, pattern: '24/7' }, ['--cached-share', '0.4', '--ops', 'kubernetes']],
]

describe('the calculator', () => {
  it.each(CASES)('plans as the command line does: %s', async (_, over, options) => {
    const input: CalcInput = { ...DEFAULT_INPUT, ...over }
    const { stdout } = await run(['plan', '--requests-per-day', String(input.requestsPerDay), '--pattern', input.pattern, '--model', input.model, '--input-tokens', String(input.inputTokens), '--output-tokens', String(input.outputTokens), ...options, '--json'], { io: { now: () => new Date(`${TODAY}T12:00:00Z`) } })
    expect(JSON.parse(JSON.stringify(calculate(input, data, TODAY)))).toEqual(JSON.parse(stdout) as PlanResult)
  })

  it('says what cannot be planned', () => {
    expect(() => calculate({ ...DEFAULT_INPUT, model: 'nothing' }, data, TODAY)).toThrow(expect.objectContaining({ code: 'CATALOG_UNKNOWN_ID' }))
  })
})

describe('the break-even map', () => {
  it('has each GPU that is offered both ways, the first to pay at the top', () => {
    const rows = breakEvenMap(data.catalog)
    expect(rows.length).toBeGreaterThan(5)
    expect(rows.map(({ utilization }) => utilization)).toEqual(rows.map(({ utilization }) => utilization).toSorted((a, b) => a - b))
    for (const { utilization, dedicatedPerHour, serverlessPerSecond } of rows) expect(utilization).toBeCloseTo(dedicatedPerHour / (serverlessPerSecond * 3600), 12)
  })
})
