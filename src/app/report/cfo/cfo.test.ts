import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { oneLine } from '../../../core/errors.ts'
import type { PlanResult } from '../../../decide/plan-result.ts'
import { exampleResult, hostileResult, HOSTILE } from '../../../decide/report/testing.ts'
import { holdAgainst } from '../../../prove/actuals/actuals.ts'
import { pageCount, pdfText } from '../testing.ts'
import type { ReportExtras } from './cfo-data.ts'
import { CFO_PAGE } from './cfo-page.ts'
import { cfoPdf } from './cfo-pdf.ts'
import { cfoXlsx } from './cfo-xlsx.ts'
import { risksOf } from './risks.ts'
import { yearOfSavings } from './savings.ts'
import { weekOne, weekOneMarkdown } from './week-one.ts'

const EXTRAS: ReportExtras = { generatedAt: new Date('2026-11-24T12:00:00Z'), actuals: null, audit: null, priceDecline: 0.3 }
const squeezed = (text: string): string => text.replace(/[\s\u00A0\u200B]/gu, '')

describe('the report', () => {
  it('has two to four pages with all that who signs has to know', async () => {
    const held = holdAgainst({ monthlyUsd: 2100, lowUsd: 1650, highUsd: 2700, dedicatedUsd: 1300, otherUsd: 800, requestsPerMonth: 1e6 }, { hours: 365, requests: 600_000, dedicatedUsd: 650, otherUsd: 480 })
    const pdf = await cfoPdf(exampleResult(), { ...EXTRAS, actuals: { title: 'December', held }, audit: { origin: 'example.com/audit', size: '12345', root: 'cm9vdA==', key: 'example.com/audit+33d7b496+AeHT', readAt: '2026-11-24 11:59' } })
    const text = squeezed(pdfText(pdf))
    expect([2, 3, 4]).toContain(pageCount(pdf))
    for (const words of ['Hybrid, elastic: 3 dedicated', 'Today: $3,000 a month. Source: bill.csv.', 'Scenarios, under one convention', 'Twelve months', '80 % interval', 'break-even 60 %', 'What would change it', 'Commitment against falling prices', 'Against "December", over 365.0 hours: planned $1,050, metered $1,130', 'Traffic was 1.20 times the planned', 'lies within the 80 % interval', 'The first week', 'Method, in plain words', 'Assumptions, with source and date', 'Audit log example.com/audit: 12345 entries, root cm9vdA==, newest checkpoint as read on 2026-11-24 11:59 UTC. Key example.com/audit+33d7b496+AeHT', 'price list, 2026-11-24']) expect(text).toContain(squeezed(words))
  })

  it('says what it does not know', async () => {
    const pdf = await cfoPdf(exampleResult({ savings: null, expected: {}, sensitivity: [], marginal: [], probabilityCheapest: {} }), EXTRAS)
    const text = squeezed(pdfText(pdf))
    for (const words of ['What is paid today was not given', 'Nothing is held against the meter yet', 'keeps no audit log', 'unknown']) expect(text).toContain(squeezed(words))
  })

  it('draws pictures as vectors, and is the same bytes for the same plan and moment', async () => {
    const [one, two] = [await cfoPdf(exampleResult(), EXTRAS), await cfoPdf(exampleResult(), EXTRAS)]
    expect(Buffer.compare(one, two)).toBe(0)
    expect(Buffer.from(one).toString('latin1')).not.toContain('/Subtype /Image')
  })

  it.each(HOSTILE.map((text) => [text]))('prints outside text as text: %j', async (hostile) => {
    const pdf = await cfoPdf(hostileResult(hostile), { ...EXTRAS, actuals: { title: hostile, held: holdAgainst({ monthlyUsd: 1, lowUsd: null, highUsd: null, dedicatedUsd: 1, otherUsd: 0, requestsPerMonth: 1 }, { hours: 1, requests: 1, dedicatedUsd: 1, otherUsd: 1 }) } })
    const shown = squeezed(oneLine(hostile)).slice(0, 12)
    expect(squeezed(pdfText(pdf))).toContain(/^[\u0021-\u007E]+$/u.test(shown) ? shown : 'Assumptions')
  })

  it('takes everything from data: the template names no file but its inputs and evaluates nothing', () => {
    expect([...CFO_PAGE.matchAll(/"([^"]*\.(?:json|svg|typ|csv))"/gu)].map(([, file]) => file)).toEqual(['plan.json', 'picture.svg', 'savings.svg'])
    expect(CFO_PAGE).not.toMatch(/\beval\b|\bread\(|#import|#include/u)
  })
})

describe('a year of savings', () => {
  it("is twelve times what the plan's expected month is under today's, with its interval turned round", () => {
    expect(yearOfSavings(exampleResult())).toMatchObject({ against: 'today (bill.csv)', baselineMonthlyUsd: 3000, planMonthlyUsd: 2140, yearlyUsd: 10_320, yearlyLowUsd: 3600, yearlyHighUsd: 16_200 })
  })

  it('is held against the cheaper rival where no bill is known', () => {
    expect(yearOfSavings(exampleResult({ savings: null }))).toMatchObject({ against: 'All-serverless (own serverless)', baselineMonthlyUsd: 2815.71 })
  })

  it('is unknown without prices', () => {
    expect(yearOfSavings(exampleResult({ savings: null, scenarios: [] }))).toBeNull()
  })
})

describe('risks', () => {
  it('carry figures of the plan itself', () => {
    const risks = risksOf(exampleResult(), 0.3)
    expect(risks.map(({ risk }) => risk)).toEqual(['Commitment against falling prices', 'Serverless capacity', 'Cold starts', 'Spot capacity', 'Lock-in', 'Traffic grows or shrinks'].filter((name) => risks.some(({ risk }) => risk === name)))
    expect(risks.find(({ risk }) => risk === 'Traffic grows or shrinks')?.size).toBe('x 0.82: $1,700 a month; x 1.22: $2,600.')
    expect(risks.find(({ risk }) => risk === 'Spot capacity')?.size).toContain('$1,900')
  })
})

describe('the first week', () => {
  it('is filled with what is known', () => {
    const items = weekOne(exampleResult())
    expect(items.find(({ what }) => what.startsWith('Pull the last 30 days'))).toMatchObject({ done: true, found: '$3,000 a month, bill.csv' })
    expect(items.find(({ what }) => what.startsWith('Run the break-even'))?.found).toContain('$3,500, $2,820, $2,390 a month')
    expect(weekOne(exampleResult({ savings: null })).find(({ what }) => what.startsWith('Pull'))).toMatchObject({ done: false, found: '' })
  })

  it('is Markdown in which nothing from outside is markup', () => {
    const text = weekOneMarkdown(exampleResult({ traffic: { ...exampleResult().traffic, source: '[x](javascript:alert(1)) <script>\n# h' } }))
    expect(text).toContain('\\[x\\](javascript:alert(1)) \\<script\\> \\# h')
    expect(text.match(/^- \[[ x]\] /gmu)).toHaveLength(8)
  })
})

const unescape = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&#39;', "'").replaceAll('&amp;', '&')

/** Cells of a sheet by name: formulas with `=`, texts in quotes, numbers. */
function sheetsOf(bytes: Uint8Array): Readonly<Record<string, ReadonlyMap<string, string>>> {
  const files = unzipSync(bytes)
  const read = (name: string): string => new TextDecoder().decode(files[name] ?? new Uint8Array())
  const strings = [...read('xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gsu)].map(([, body]) => unescape([...body!.matchAll(/<t[^>]*>(.*?)<\/t>/gsu)].map(([, text]) => text).join('')))
  const names = [...read('xl/workbook.xml').matchAll(/<sheet [^>]*name="([^"]*)"/gu)].map(([, name]) => unescape(name!))
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      new Map(
        [...read(`xl/worksheets/sheet${index + 1}.xml`).matchAll(/<c r="([A-Z]+\d+)"([^>]*)>(.*?)<\/c>/gsu)].map(([, at, attributes, body]) => {
          const formula = /<f>(.*?)<\/f>/su.exec(body!)?.[1]
          const value = /<v>(.*?)<\/v>/su.exec(body!)?.[1] ?? ''
          return [at!, formula !== undefined ? `=${unescape(formula).replace(/^=/u, '')}` : attributes!.includes('t="s"') ? `"${strings[Number(value)]}"` : value]
        }),
      ),
    ]),
  )
}

/** A spreadsheet's arithmetic, as far as the workbook uses it. */
function evaluate(sheets: ReturnType<typeof sheetsOf>, sheet: string, at: string): number | string {
  const cell = sheets[sheet]?.get(at) ?? ''
  if (cell.startsWith('"')) return cell.slice(1, -1)
  if (!cell.startsWith('=')) return Number(cell)
  const range = (from: string, to: string): number[] => {
    const column = /^[A-Z]+/u.exec(from)![0]
    const [first, last] = [Number(from.slice(column.length)), Number(to.replace(/^[A-Z]+/u, ''))]
    const columns = Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, index) => String.fromCharCode(from.charCodeAt(0) + index))
    return columns.flatMap((one) => Array.from({ length: last - first + 1 }, (_, index) => Number(evaluate(sheets, sheet, `${one}${first + index}`))))
  }
  const source = cell
    .slice(1)
    .replaceAll('$', '')
    .replaceAll(/(SUM|AVERAGE)\(([A-Z]+\d+):([A-Z]+\d+)\)/gu, (_, name: string, from: string, to: string) => {
      const values = range(from, to)
      const sum = values.reduce((total, value) => total + value, 0)
      return String(name === 'SUM' ? sum : sum / values.length)
    })
    .replaceAll(/(?:(\w+)!)?\b([A-Z]+\d+)\b/gu, (_, other: string | undefined, name: string) => `(${Number(evaluate(sheets, other ?? sheet, name))})`)
    .replaceAll(/IF\(([^,]*),([^,]*),(.*)\)$/gu, (_, test: string, yes: string, no: string) => `((${test.replace(/(?<![<>])=/u, '===')}) ? (${yes}) : (${no}))`)
  // oxlint-disable-next-line no-new-func -- formulas of our own workbook, in a test
  return new Function(`return ${source}`)() as number | string
}

const open = async (result: PlanResult): Promise<ReturnType<typeof sheetsOf>> => sheetsOf(await cfoXlsx(result, { priceDecline: 0.3 }))

const decisions = (sheets: ReturnType<typeof sheetsOf>, result: PlanResult): unknown[] => result.marginal.map((_, index) => evaluate(sheets, 'Break-even', `D${index + 11}`))
/** $1.80 an hour against $3 an hour while it runs: break-even 60 %. */
const RUNS_ON = [
  { role: 'base', offer: 'own', gpu: 'h100-80gb', gpusPerReplica: 1, usd: 1.8, per: 'hour', asOf: '2026-11-24' },
  { role: 'serverless', offer: 'own', gpu: 'h100-80gb', gpusPerReplica: 1, usd: 3 / 3600, per: 'second', asOf: '2026-11-24' },
] as const

describe('the workbook', () => {
  it('computes what the plan says, from its yellow cells', async () => {
    const sheets = await open(exampleResult())
    expect(Object.keys(sheets)).toEqual(['Summary', 'Scenarios', 'Break-even', 'Load', 'Assumptions'])
    const year = yearOfSavings(exampleResult())!
    expect(sheets['Summary']!.get('B14')).toBe('=B12-B13')
    expect(['B14', 'B16', 'B17'].map((at) => evaluate(sheets, 'Summary', at))).toEqual([year.yearlyUsd, year.yearlyLowUsd, year.yearlyHighUsd].map((usd) => expect.closeTo(usd!, 6) as number))
    expect(evaluate(sheets, 'Summary', 'B15')).toBeCloseTo(year.yearlyUsd / (year.baselineMonthlyUsd * 12), 12)
  })

  it('has parts that make up each scenario', async () => {
    const result = exampleResult()
    const sheets = await open(result)
    for (const [index, { monthlyUsd }] of result.scenarios.entries()) expect(evaluate(sheets, 'Scenarios', `I${index + 2}`)).toBeCloseTo(monthlyUsd!, 6)
  })

  it('decides each replica by a formula as the plan does', async () => {
    const result = exampleResult()
    const sheets = await open(result)
    expect(decisions(sheets, result)).toEqual(result.marginal.map(({ choice }) => (choice === 'dedicated' ? 'own' : 'rent')))
  })

  it('decides anew when an input is changed', async () => {
    const result = exampleResult({ scenarios: exampleResult().scenarios.map((one) => Object.assign({}, one, { runsOn: RUNS_ON })), breakEven: { utilization: 0.6, k: 1, throughputRatio: 1, overheadShare: 0 } })
    const sheets = await open(result)
    expect(evaluate(sheets, 'Break-even', 'B7')).toBeCloseTo(0.6, 12)
    expect(evaluate(sheets, 'Break-even', 'B9')).toBeCloseTo(1.8 * 730, 9)
    expect(decisions(sheets, result)).toEqual(result.marginal.map(({ choice }) => (choice === 'dedicated' ? 'own' : 'rent')))
    const dearer = { ...sheets, 'Break-even': new Map(sheets['Break-even']).set('B2', '3.6') }
    expect(decisions(dearer, result)).toEqual(result.marginal.map(() => 'rent'))
  })

  it('has the load sorted, with the same mean', async () => {
    const sheets = await open(exampleResult())
    const row = exampleResult().picture.demand.length + 2
    expect(evaluate(sheets, 'Load', `C${row}`)).toBeCloseTo(Number(evaluate(sheets, 'Load', `D${row}`)), 9)
  })

  it.each(HOSTILE.map((text) => [text]))('keeps text as text: %j', async (hostile) => {
    const sheets = await open(hostileResult(hostile))
    const cells = Object.values(sheets).flatMap((sheet) => Array.from(sheet.values()))
    // Only our own formulas: none that an outside text could have begun.
    expect(cells.filter((cell) => cell.startsWith('=')).every((cell) => /^=(?:[A-Z0-9$+\-*/(),.:=<> ]|"own"|"rent"|Summary!)+$/u.test(cell))).toBe(true)
    expect(cells.some((cell) => cell.startsWith('"'))).toBe(true)
  })
})
