import writeExcelFile, { type Cell, type SheetData } from 'write-excel-file/node'
import type { PlanResult } from '../../../decide/plan-result.ts'
import { assumptionValue } from '../../../decide/report/assumption.ts'
import { chosenOf } from '../../../decide/report/comparison.ts'
import { MONTHS, yearOfSavings } from './savings.ts'
import { HOURS_PER_MONTH } from '../../../prove/actuals/actuals.ts'

const USD = '#,##0.00'
const SHARE = '0.0%'
const head = (value: string): Cell => ({ value: safe(value), type: String, fontWeight: 'bold' })
const text = (value: string): Cell => ({ value: safe(value), type: String })
const number = (value: number | null, format = USD): Cell => (value === null || !Number.isFinite(value) ? text('unknown') : { value, type: Number, format })
/** What an analyst may change: marked, so that formulas and inputs are told apart. */
const input = (value: number | null, format = USD): Cell => (value === null || !Number.isFinite(value) ? text('unknown') : { value, type: Number, format, backgroundColor: '#FFF4D6' })
const formula = (value: string, format = USD): Cell => ({ value, type: 'Formula', format })

/** Text stays text: it is written as a string, and control characters that XML does not have are taken out. */
function safe(value: string): string {
  return value.replaceAll(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ' ').slice(0, 32_000)
}

/**
 * The plan as a workbook with live formulas: yellow cells are inputs, and what depends on them is computed by the spreadsheet. Sheets:
 * Summary, Scenarios, Break-even, Load, Assumptions.
 */
export async function cfoXlsx(result: PlanResult, { priceDecline }: { readonly priceDecline: number }): Promise<Uint8Array> {
  const buffer = await writeExcelFile([
    { data: summary(result, priceDecline), sheet: 'Summary', columns: [{ width: 44 }, { width: 18 }, { width: 60 }] },
    { data: scenarios(result), sheet: 'Scenarios', columns: [{ width: 60 }, { width: 14 }, { width: 14 }, { width: 16 }, { width: 16 }, { width: 16 }, { width: 16 }, { width: 16 }, { width: 14 }] },
    { data: breakEven(result), sheet: 'Break-even', columns: [{ width: 44 }, { width: 18 }, { width: 18 }, { width: 18 }, { width: 18 }] },
    { data: load(result), sheet: 'Load', columns: [{ width: 12 }, { width: 16 }, { width: 20 }, { width: 20 }] },
    { data: assumptions(result), sheet: 'Assumptions', columns: [{ width: 44 }, { width: 30 }, { width: 70 }, { width: 14 }] },
  ]).toBuffer()
  return new Uint8Array(buffer)
}

/** Rows by number, since the formulas name them. */
function summary(result: PlanResult, priceDecline: number): SheetData {
  const chosen = chosenOf(result)
  const year = yearOfSavings(result)
  return [
    [head('Spillway: what this traffic costs'), null, null],
    [text('Recommended'), text(chosen?.title ?? result.recommended), null],
    [text('Verdict'), text(result.verdictText), null],
    [text('Baseline'), text(year?.against ?? 'unknown'), null],
    [text('Baseline, USD a month'), input(year?.baselineMonthlyUsd ?? null), text('what the plan is held against; change it')],
    [text('Plan, USD a month, expected'), input(year?.planMonthlyUsd ?? null), text('mean over other days where they were measured')],
    [text('Plan, low end of the 80 % interval'), input(year?.planLowUsd ?? null), null],
    [text('Plan, high end of the 80 % interval'), input(year?.planHighUsd ?? null), null],
    [text('Yearly fall of GPU prices'), input(priceDecline, SHARE), text('spread evenly over the year; 0 % = flat')],
    [text('Growth of traffic over the year'), input(0, SHARE), text('spread evenly; costs are taken to go with the traffic')],
    [head('Twelve months'), null, null],
    [text('Baseline'), formula(`=B5*${MONTHS}*(1+B10/2)`), text('at today’s prices')],
    [text('Plan'), formula(`=B6*${MONTHS}*(1+B10/2)`), null],
    [text('Savings'), formula('=B12-B13'), null],
    [text('Savings, share'), formula('=IF(B12=0,0,B14/B12)', SHARE), null],
    ...(year?.planLowUsd === null || year === null
      ? [[text('Interval'), text('unknown: the traffic was described, not measured'), null] as SheetData[number], [null, null, null] as SheetData[number]]
      : [[text('Savings, low end'), formula(`=(B5-B8)*${MONTHS}*(1+B10/2)`), null] as SheetData[number], [text('Savings, high end'), formula(`=(B5-B7)*${MONTHS}*(1+B10/2)`), null] as SheetData[number]]),
    [text('What a price fixed for a year loses to the market'), formula(`=B6*${MONTHS}*B9/2`), text('if all of the plan were fixed at today’s price')],
  ]
}

function scenarios(result: PlanResult): SheetData {
  const columns = ['scenario', 'USD/month', 'against plan', 'dedicated, used', 'dedicated, idle', 'serverless, used', 'serverless, other', 'all else', 'sum of parts'] as const
  const rows = result.scenarios.map(({ title, monthlyUsd, breakdown }, index): SheetData[number] => {
    const row = index + 2
    const { dedicatedBusy, dedicatedIdle, serverlessBusy, serverlessUnfilled, coldStart, keepWarm, rounding, tokens, interruptions, egress, ops } = breakdown
    return [
      text(title),
      number(monthlyUsd),
      monthlyUsd === null ? text('unknown') : formula(`=B${row}/Summary!B6-1`, SHARE),
      number(dedicatedBusy),
      number(dedicatedIdle),
      number(serverlessBusy),
      number(serverlessUnfilled + coldStart + keepWarm + rounding),
      number(tokens + interruptions + egress + ops),
      formula(`=SUM(D${row}:H${row})`),
    ]
  })
  return [columns.map(head), ...rows]
}

/**
 * u* = (p/s)(1 + h) / (k e): the first yellow cells are the plan's own offers. That of each replica moves with it: they differ in k
 * alone, as many starts and part-filled seconds as its share of the demand has.
 */
function breakEven(result: PlanResult): SheetData {
  const { k, throughputRatio, overheadShare, utilization } = result.breakEven
  const runs = chosenOf(result)?.runsOn ?? []
  const dedicated = runs.find(({ role }) => role === 'base' || role === 'rented')?.usd ?? null
  const serverless = runs.find(({ role }) => role === 'serverless')?.usd ?? null
  const live = dedicated !== null && serverless !== null && utilization !== null && utilization > 0
  const rows: SheetData = [
    [head('How busy an owned replica must be to pay'), null],
    [text('Dedicated replica, USD an hour (p)'), input(dedicated, '0.0000')],
    [text('Serverless replica, USD a second (s)'), input(serverless, '0.000000')],
    [text('Operations on top, share of the rent (h)'), input(overheadShare, SHARE)],
    [text('Billed / useful serverless seconds (k)'), input(k, '0.000')],
    [text('Throughput of dedicated / serverless (e)'), input(throughputRatio, '0.000')],
    [text('Break-even'), dedicated === null || serverless === null ? text('unknown: the plan does not run on both kinds') : formula('=B2/(B3*3600)*(1+B4)/(B5*B6)', SHARE)],
    [text('As the plan computed it'), number(utilization, SHARE)],
    [text('Dedicated replica, USD a month'), dedicated === null ? text('unknown') : formula(`=B2*${HOURS_PER_MONTH}`)],
    [head('replica'), head('mean fill'), head('break-even'), head('own or rent'), head('saves, USD/month')],
  ]
  const first = rows.length + 1
  for (const [index, { level, meanFill, breakEven: own, savesUsd }] of result.marginal.entries()) {
    rows.push([number(level, '0'), number(meanFill, SHARE), own === null ? text('unknown') : live ? formula(`=${(own / utilization).toFixed(12)}*$B$7`, SHARE) : number(own, SHARE), own === null ? text('unknown') : formula(`=IF(B${first + index}>=C${first + index},"own","rent")`, 'General'), number(savesUsd)])
  }
  return rows
}

/** The load-duration curve: demand sorted, so that a chart of it is two clicks away. */
function load(result: PlanResult): SheetData {
  const { demand, binSeconds, startMs } = result.picture
  const sorted = demand.toSorted((a, b) => b - a)
  return [
    [head('bin'), head('hours from start'), head('demand, replicas'), head('sorted, largest first')],
    ...demand.map((value, index): SheetData[number] => [number(index + 1, '0'), formula(`=(A${index + 2}-1)*${binSeconds}/3600`, '0.00'), number(value, '0.000'), number(sorted[index] ?? 0, '0.000')]),
    [text('mean'), text(startMs === null ? '' : new Date(startMs).toISOString()), formula(`=AVERAGE(C2:C${demand.length + 1})`, '0.000'), formula(`=AVERAGE(D2:D${demand.length + 1})`, '0.000')],
  ]
}

function assumptions(result: PlanResult): SheetData {
  return [['assumption', 'value', 'source', 'as of'].map(head), ...result.assumptions.map((one): SheetData[number] => [text(one.name), text(assumptionValue(one)), text(one.source), text(one.asOf)]), [text('Hours in a month'), number(HOURS_PER_MONTH, '0'), text('convention of every figure here'), text('')]]
}
