import type { ApartCosts, BillSource, CurrentCost, DailyCost, GpuCost, MeasuredUtilization, PurchaseSplit } from '../../core/current-cost.ts'
import { SpillwayError } from '../../core/errors.ts'
import { type NanoUsd, NANO_PER_USD, scale, toUsd } from '../../core/money.ts'
import type { Purchase } from './bill-line.ts'
import { AWS_FAMILIES, AZURE_SIZES, GOOGLE_MACHINES } from './gpu-table.ts'
import { DAY_MS, type Entry, type Ledger } from './ledger.ts'
import { type BillWindow, chooseWindow, dayText } from './window.ts'

const HOURS_PER_MONTH = 730
const SHOWN_SERVICES = 5

export interface SummaryOptions {
  readonly days: number
  /** USD for one unit of the bill's currency, in billionths; needed where that is not USD. */
  readonly fx: bigint | null
  /** YYYY-MM-DD: the date of what the user states. */
  readonly today: string
  readonly sources: readonly BillSource[]
  readonly notes: readonly string[]
  readonly utilization: MeasuredUtilization | null
}

/**
 * The answer of an import, from a filled ledger: the last days' GPU cost, scaled to a month. Throws BILL_EMPTY,
 * BILL_FX_NEEDED and BILL_NO_GPU: no answer is given where it would be a silent zero.
 */
export function summarize(ledger: Ledger, options: SummaryOptions): CurrentCost {
  const file = options.sources.map((source) => source.file).join(', ')
  if (ledger.lastMs === -Infinity) throw new SpillwayError('BILL_EMPTY', 'the bill has no line of usage', 'Export at least one day with its lines', { file })
  const currency = ledger.currency ?? 'USD'
  const toNano = converter(currency, options.fx, file)
  const window = chooseWindow({ firstMs: ledger.firstMs, lastMs: ledger.lastMs, isCovered: (day) => ledger.isCovered(day) }, options.days)
  const all = ledger.close().map(({ day, bucket, cell }): Entry => ({ day, bucket, cell: { amount: toNano(cell.amount), gpuHours: cell.gpuHours, hoursUnknown: cell.hoursUnknown } }))
  // Fees and taxes may be spread over days without usage: what is not covered counts neither as cost nor as time.
  const entries = all.filter(({ day }) => day >= window.startDay && day < window.endDay && ledger.isCovered(day))
  const paid = entries.filter(isGpuCost)
  if (paid.length === 0) throw noGpu(ledger.lines, entries, window, file)
  const total = sum(paid)
  return {
    kind: 'current-cost',
    schemaVersion: 1,
    sources: options.sources,
    currency,
    fxUsdPerUnit: currency === 'USD' || options.fx === null ? null : toUsd(options.fx),
    windowStart: new Date(window.startDay * DAY_MS).toISOString(),
    windowEnd: new Date(window.endDay * DAY_MS).toISOString(),
    coveredHours: window.coveredMs / 3_600_000,
    monthlyUsd: toUsd(monthly(total, window.coveredMs)),
    windowUsd: toUsd(total),
    gpus: gpuCosts(paid, window.coveredMs / 3_600_000),
    purchase: purchaseSplit(paid),
    apart: apartCosts(entries),
    notGpuServices: largestServices(entries),
    daily: daily(paid, window, ledger),
    utilization: options.utilization,
    assumptions: assumptions(currency, options),
    warnings: [...options.notes, ...warnings(all, paid, total, window, options.days, currency, options.fx)],
  }
}

function converter(currency: string, fx: bigint | null, file: string): (amount: bigint) => NanoUsd {
  if (currency === 'USD') return (amount) => amount
  if (fx === null) throw new SpillwayError('BILL_FX_NEEDED', `the bill is in ${currency}`, `Add --fx RATE, the US dollars for one ${currency}`, { file })
  return (amount) => scale(amount, fx, NANO_PER_USD)
}

function monthly(total: NanoUsd, coveredMs: number): NanoUsd {
  return scale(total, BigInt(HOURS_PER_MONTH * 3_600_000), BigInt(coveredMs))
}

function isGpuCost({ bucket }: Entry): boolean {
  return bucket.kind === 'gpu' || bucket.kind === 'unused'
}

function sum(entries: readonly Entry[]): NanoUsd {
  return entries.reduce((total, { cell }) => total + cell.amount, 0n)
}

function sumWhere(entries: readonly Entry[], matches: (entry: Entry) => boolean): number {
  return toUsd(sum(entries.filter(matches)))
}

function gpuCosts(paid: readonly Entry[], coveredHours: number): GpuCost[] {
  const groups = Map.groupBy(
    paid.filter(({ bucket }) => bucket.kind === 'gpu'),
    ({ bucket }) => (bucket.kind === 'gpu' ? bucket.gpu : ''),
  )
  return [...groups]
    .map(([gpu, entries]) => {
      const usd = toUsd(sum(entries))
      const known = gpu !== 'host' && !entries.some(({ cell }) => cell.hoursUnknown)
      const gpuHours = known ? entries.reduce((hours, { cell }) => hours + cell.gpuHours, 0) : null
      return { gpu, usd, gpuHours, usdPerGpuHour: gpuHours === null || gpuHours <= 0 ? null : usd / gpuHours, meanGpus: gpuHours === null ? null : gpuHours / coveredHours }
    })
    .sort((a, b) => b.usd - a.usd)
}

function purchaseSplit(paid: readonly Entry[]): PurchaseSplit {
  const bought = (purchase: Purchase): number => sumWhere(paid, ({ bucket }) => bucket.kind === 'gpu' && bucket.purchase === purchase)
  return {
    onDemandUsd: bought('on-demand'),
    committedUsd: bought('committed'),
    spotUsd: bought('spot'),
    serverlessUsd: bought('serverless'),
    unusedCommitmentUsd: sumWhere(paid, ({ bucket }) => bucket.kind === 'unused'),
  }
}

function apartCosts(entries: readonly Entry[]): ApartCosts {
  const of = (kind: string): number => sumWhere(entries, ({ bucket }) => bucket.kind === kind)
  return { notGpuUsd: of('other'), acceleratorsUsd: of('accelerator'), taxUsd: of('tax'), creditsUsd: of('credit'), repeatedUsd: of('repeated') }
}

function largestServices(entries: readonly Entry[]): { service: string; usd: number }[] {
  const groups = Map.groupBy(
    entries.filter(({ bucket }) => bucket.kind === 'other'),
    ({ bucket }) => (bucket.kind === 'other' ? bucket.service : ''),
  )
  return [...groups]
    .map(([service, lines]) => ({ service, usd: toUsd(sum(lines)) }))
    .sort((a, b) => b.usd - a.usd)
    .slice(0, SHOWN_SERVICES)
}

function daily(paid: readonly Entry[], window: BillWindow, ledger: Ledger): DailyCost[] {
  const byDay = Map.groupBy(paid, ({ day }) => day)
  return Array.from({ length: window.endDay - window.startDay }, (_, offset) => {
    const day = window.startDay + offset
    const entries = byDay.get(day) ?? []
    return { day: dayText(day), gpuUsd: toUsd(sum(entries)), gpuHours: entries.reduce((hours, { cell }) => hours + cell.gpuHours, 0), covered: ledger.isCovered(day) }
  })
}

function assumptions(currency: string, options: SummaryOptions): CurrentCost['assumptions'] {
  const tables = [AWS_FAMILIES, AZURE_SIZES, GOOGLE_MACHINES]
  return [
    { name: 'hours in a month', value: HOURS_PER_MONTH, unit: 'h', source: 'Spillway convention (8,760 / 12)', asOf: options.today },
    { name: 'GPUs of a machine', value: 'table of instance types', source: tables.map((table) => table.source).join('; '), asOf: tables.map((table) => table.asOf).sort()[0] ?? options.today },
    ...(currency === 'USD' || options.fx === null ? [] : [{ name: `US dollars for one ${currency}`, value: toUsd(options.fx), unit: `USD/${currency}`, source: 'stated with --fx', asOf: options.today }]),
  ]
}

function warnings(all: readonly Entry[], paid: readonly Entry[], total: NanoUsd, window: BillWindow, days: number, currency: string, fx: bigint | null): string[] {
  const texts: string[] = []
  const span = window.endDay - window.startDay
  if (currency === 'USD' && fx !== null) texts.push('--fx is ignored: the bill is in USD')
  if (span < days) texts.push(`the bill covers ${span} of the last ${days} days; the month is scaled from them`)
  if (window.gapDays.length > 0) {
    const named = window.gapDays.slice(0, 3).map(dayText).join(', ')
    const idle = toUsd(monthly(total, window.coveredMs + window.gapDays.length * DAY_MS))
    texts.push(`${window.gapDays.length} days without any line (${named}${window.gapDays.length > 3 ? ', ...' : ''}) do not count; if nothing ran then, the month costs $${idle.toFixed(2)}`)
  }
  const { partialDay } = window
  if (partialDay !== null) {
    const usd = sumWhere(all, (entry) => entry.day === partialDay && isGpuCost(entry))
    texts.push(`the bill stops within ${dayText(partialDay)}; that day ($${usd.toFixed(2)} of GPU cost so far) is left out`)
  }
  const low = lastDayLow(paid, window)
  if (low !== null) texts.push(low)
  if (paid.some(({ cell }) => cell.hoursUnknown)) texts.push('some GPU lines do not tell how many GPUs or hours they are for; their GPU-hours are unknown')
  return texts
}

/** Bills lag: a last day far below the days before it may be incomplete although it reaches midnight. */
function lastDayLow(paid: readonly Entry[], window: BillWindow): string | null {
  const byDay = Map.groupBy(paid, ({ day }) => day)
  const cost = (day: number): number => toUsd(sum(byDay.get(day) ?? []))
  const before = Array.from({ length: 7 }, (_, back) => window.endDay - 2 - back).filter((day) => day >= window.startDay && !window.gapDays.includes(day))
  if (before.length < 3) return null
  const median = before.map(cost).sort((a, b) => a - b)[Math.floor(before.length / 2)] ?? 0
  const last = cost(window.endDay - 1)
  return last < median / 2 ? `the last day, ${dayText(window.endDay - 1)}, costs $${last.toFixed(2)} against $${median.toFixed(2)} on a usual day: it may be incomplete` : null
}

function noGpu(lines: number, entries: readonly Entry[], window: BillWindow, file: string): SpillwayError {
  const largest = largestServices(entries).map(({ service, usd }) => `${service} $${usd.toFixed(2)}`)
  const seen = largest.length === 0 ? '' : `; the largest services are ${largest.slice(0, 3).join(', ')}`
  return new SpillwayError('BILL_NO_GPU', `none of its ${lines} lines is GPU compute between ${dayText(window.startDay)} and ${dayText(window.endDay)}${seen}`, 'Check the account and the dates, or name a column that tells the GPU with --columns', { file })
}
