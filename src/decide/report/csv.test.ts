import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planCsv } from './csv.ts'
import { PLAN_RESULT } from './plan-schema.ts'
import { anyResult, exampleResult, exampleScenario, hostileResult, HOSTILE } from './testing.ts'

/** A strict reader of RFC 4180, so that the test does not trust the writer. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const match = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/uy
    match.lastIndex = at
    const [whole, quoted, bare, end] = match.exec(text) ?? []
    if (whole === undefined) throw new Error(`not RFC 4180 at ${at}: ${text.slice(at, at + 40)}`)
    row.push(quoted?.replaceAll('""', '"') ?? bare!)
    if (end === '\r\n') {
      rows.push(row)
      row = []
    }
    at += whole.length
  }
  return rows
}

function records(text: string): Record<string, string>[] {
  const [header, ...rows] = parse(text)
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [header![index]!, cell])))
}

describe('the CSV', () => {
  it('has one row a scenario, in the order of the JSON, with numbers as they are', () => {
    const rows = records(planCsv(exampleResult()))
    expect(rows.map(({ id }) => id)).toEqual(exampleResult().scenarios.map(({ id }) => id))
    expect(rows[0]).toMatchObject({ id: 'hybrid-elastic', recommended: 'true', monthlyUsd: '2100', 'replicas.base': '3', 'breakdown.dedicatedIdle': '210', probabilityCheapest: '0.93', 'outOfSample.regretVsBestFixed': String(2150 / 2300 - 1) })
    expect(rows[5]).toMatchObject({ id: 'tokens-api', recommended: 'false', feasible: 'false', utilization: '', why: "Residency eu: the API's region is not stated." })
  })

  it('has a column for every field of a scenario', () => {
    const fields = (schema: object, path = ''): string[] => Object.entries((schema as { properties?: Record<string, Node> }).properties ?? {}).flatMap(([name, field]) => {
      const below = fields(field.anyOf?.find(({ type }) => type === 'object') ?? field, `${path}${name}.`)
      return below.length === 0 ? [path + name] : below
    })
    const [header] = parse(planCsv(exampleResult()))
    expect(header).toEqual(expect.arrayContaining(fields((PLAN_RESULT.properties.scenarios as unknown as { items: object }).items)))
  })

  it('writes lists and schedules into one cell', () => {
    const scenario = exampleScenario('hybrid-hour-of-day', 5, { replicas: { base: 1, elasticMean: 1, elasticMax: 2, serverlessMax: 0, gpusPerReplica: 2, hourOfDay: [1, 2, 3], byGpu: { h100: 2, l4: 1 } }, why: ['One, two.', 'Say "three".'] })
    expect(records(planCsv(exampleResult({ scenarios: [scenario] })))[0]).toMatchObject({ 'replicas.hourOfDay': '1 | 2 | 3', 'replicas.byGpu': '2 h100 | 1 l4', why: 'One, two. | Say "three".' })
  })

  it.each(HOSTILE.map((text) => [text]))('never starts a cell with what a spreadsheet would run: %j', (text) => {
    const cells = parse(planCsv(hostileResult(text))).flat()
    expect(cells.filter((cell) => /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/u.test(cell) && !Number.isFinite(Number(cell)))).toEqual([])
    expect(cells.filter((cell) => /[\u0000-\u001F]/u.test(cell))).toEqual([])
  })

  it('leaves negative numbers numbers', () => {
    const { outOfSample } = exampleResult()
    const rows = records(planCsv(exampleResult({ outOfSample: { ...outOfSample, scenarios: { hybrid: { monthlyUsd: 1, regretVsBestFixed: -0.25, regretVsClairvoyant: 0 } } } })))
    expect(rows[1]!['outOfSample.regretVsBestFixed']).toBe('-0.25')
  })

  it('reads back for anything: as many rows as scenarios, as many cells as columns', () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const [header, ...rows] = parse(planCsv(result))
        expect(rows.map((row) => row.length)).toEqual(result.scenarios.map(() => header!.length))
        expect(rows.flat().filter((cell) => /^(?:NaN|undefined|null|Infinity)$/u.test(cell))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

interface Node {
  readonly type?: string
  readonly anyOf?: readonly Node[]
}
