import { describe, expect, it } from 'vitest'
import type { CurrentCost } from '../../core/current-cost.ts'
import type { BillLine } from './bill-line.ts'
import { summarize, type SummaryOptions } from './current-cost.ts'
import { DAY_MS, Ledger } from './ledger.ts'
import { errorOf } from './testing.ts'

const DAY = Date.UTC(2026, 9, 1)
const USD = 1_000_000_000n

function line(day: number, change: Partial<BillLine> = {}): BillLine {
  return { startMs: DAY + day * DAY_MS, endMs: DAY + (day + 1) * DAY_MS, amount: 48n * USD, currency: 'USD', kind: 'usage', device: { kind: 'gpu', gpu: 'l4-24gb', count: 1 }, purchase: 'on-demand', gpuHours: 96, service: 'EC2', ...change }
}

const OPTIONS: SummaryOptions = { days: 30, fx: null, today: '2026-11-24', sources: [{ file: 'b.csv', format: 'csv', rows: 1, skippedRows: 0, basis: 'cost' }], notes: [], utilization: null }

function summary(lines: readonly BillLine[], options: Partial<SummaryOptions> = {}): CurrentCost {
  const ledger = new Ledger()
  for (const item of lines) ledger.add(item, 'b.csv', 2)
  return summarize(ledger, { ...OPTIONS, ...options })
}

const days = (count: number, change: (day: number) => Partial<BillLine> = () => ({})): BillLine[] => Array.from({ length: count }, (_, day) => line(day, change(day)))
const OTHER = { device: { kind: 'other' } } as const

describe('current cost', () => {
  it('scales the covered hours to 730', () => {
    const cost = summary(days(30))
    expect(cost).toMatchObject({ windowUsd: 1440, coveredHours: 720, monthlyUsd: 1460, windowStart: '2026-10-01T00:00:00.000Z', windowEnd: '2026-10-31T00:00:00.000Z', warnings: [], utilization: null })
    expect(cost.gpus).toEqual([{ gpu: 'l4-24gb', usd: 1440, gpuHours: 2880, usdPerGpuHour: 0.5, meanGpus: 4 }])
  })

  it('counts only the last days asked for', () => {
    expect(summary(days(30, (day) => (day < 23 ? { amount: 1000n * USD } : {})), { days: 7 })).toMatchObject({ windowUsd: 336, windowStart: '2026-10-24T00:00:00.000Z', coveredHours: 168 })
  })

  it('splits by purchase, and the parts sum to the whole', () => {
    const cost = summary([line(0), line(0, { purchase: 'committed' }), line(0, { purchase: 'spot', amount: 5n * USD }), line(0, { purchase: 'serverless', amount: USD }), line(0, { kind: 'unused', amount: 2n * USD, gpuHours: 0 })])
    expect(cost.purchase).toEqual({ onDemandUsd: 48, committedUsd: 48, spotUsd: 5, serverlessUsd: 1, unusedCommitmentUsd: 2 })
    expect(Object.values(cost.purchase).reduce((a, b) => a + b, 0)).toBe(cost.windowUsd)
  })

  it('shows what it does not count', () => {
    const cost = summary([line(0), line(0, { ...OTHER, amount: 7n * USD }), line(0, { ...OTHER, service: 'S3', amount: 9n * USD }), line(0, { device: { kind: 'accelerator' }, amount: 3n * USD }), line(0, { kind: 'tax', amount: 4n * USD }), line(0, { kind: 'credit', amount: -5n * USD }), line(0, { kind: 'repeated', amount: -6n * USD })])
    expect(cost.windowUsd).toBe(48)
    expect(cost.apart).toEqual({ notGpuUsd: 16, acceleratorsUsd: 3, taxUsd: 4, creditsUsd: -5, repeatedUsd: -6 })
    expect(cost.notGpuServices).toEqual([
      { service: 'S3', usd: 9 },
      { service: 'EC2', usd: 7 },
    ])
  })

  it('lets refunds lower the cost and credits not', () => {
    const refund = line(0, { kind: 'adjustment', amount: -8n * USD, gpuHours: 0 })
    expect(summary([line(0), refund]).windowUsd).toBe(40)
    expect(summary([line(0), { ...refund, kind: 'credit' }]).windowUsd).toBe(48)
  })

  it('leaves unknown hours unknown', () => {
    const cost = summary([line(0), line(0, { gpuHours: null })])
    expect(cost.gpus).toEqual([{ gpu: 'l4-24gb', usd: 96, gpuHours: null, usdPerGpuHour: null, meanGpus: null }])
    expect(cost.warnings).toContainEqual(expect.stringContaining('GPU-hours are unknown'))
  })

  it('counts hosts of GPUs as cost without hours of GPUs', () => {
    const cost = summary([line(0), line(0, { device: { kind: 'gpu-host' }, amount: 10n * USD, gpuHours: 0 })])
    expect(cost.windowUsd).toBe(58)
    expect(cost.gpus[1]).toEqual({ gpu: 'host', usd: 10, gpuHours: null, usdPerGpuHour: null, meanGpus: null })
  })

  it('does not count days without lines, and says what they would change', () => {
    const cost = summary([line(0), line(3)])
    expect(cost).toMatchObject({ coveredHours: 48, windowUsd: 96, monthlyUsd: 1460 })
    expect(cost.daily.map(({ day, covered, gpuUsd }) => [day, covered, gpuUsd])).toEqual([
      ['2026-10-01', true, 48],
      ['2026-10-02', false, 0],
      ['2026-10-03', false, 0],
      ['2026-10-04', true, 48],
    ])
    expect(cost.warnings).toContainEqual('2 days without any line (2026-10-02, 2026-10-03) do not count; if nothing ran then, the month costs $730.00')
    expect(cost.warnings).toContainEqual('the bill covers 4 of the last 30 days; the month is scaled from them')
  })

  it('days with lines but without GPUs do count', () => {
    expect(summary([line(0), line(1, OTHER)])).toMatchObject({ coveredHours: 48, windowUsd: 48, monthlyUsd: 730 })
  })

  it('leaves out a last day that has not ended, and says what it costs', () => {
    const cost = summary([...days(30), line(30, { endMs: DAY + 30 * DAY_MS + 3_600_000, amount: 2n * USD })])
    expect(cost).toMatchObject({ windowUsd: 1440, windowEnd: '2026-10-31T00:00:00.000Z' })
    expect(cost.warnings).toEqual(['the bill stops within 2026-10-31; that day ($2.00 of GPU cost so far) is left out'])
  })

  it('notices a last day that looks incomplete', () => {
    expect(summary(days(30, (day) => (day === 29 ? { amount: 10n * USD } : {}))).warnings).toEqual(['the last day, 2026-10-30, costs $10.00 against $48.00 on a usual day: it may be incomplete'])
  })

  it('leaves out the part of fees on days before the window', () => {
    const cost = summary([...days(30), line(0, { kind: 'unused', startMs: DAY, endMs: DAY + 30 * DAY_MS, amount: 300n * USD, gpuHours: 0 })], { days: 10 })
    expect(cost.purchase.unusedCommitmentUsd).toBe(100)
  })

  it('converts with the rate that the user states, and names it', () => {
    const cost = summary(days(30, () => ({ currency: 'EUR' })), { fx: 1_100_000_000n })
    expect(cost).toMatchObject({ currency: 'EUR', fxUsdPerUnit: 1.1, windowUsd: 1584 })
    expect(cost.assumptions).toContainEqual({ name: 'US dollars for one EUR', value: 1.1, unit: 'USD/EUR', source: 'stated with --fx', asOf: '2026-11-24' })
  })

  it('says that a rate is not needed for dollars', () => {
    expect(summary(days(30), { fx: 1_100_000_000n })).toMatchObject({ windowUsd: 1440, fxUsdPerUnit: null, warnings: ['--fx is ignored: the bill is in USD'] })
  })

  it('needs a rate for other currencies', async () => {
    const error = await errorOf(() => summary(days(2, () => ({ currency: 'EUR' }))))
    expect(error.toLine()).toBe('error BILL_FX_NEEDED: b.csv: the bill is in EUR. Add --fx RATE, the US dollars for one EUR')
  })

  it('gives no answer of zero where there is no GPU', async () => {
    const error = await errorOf(() => summary([line(0, { ...OTHER, service: 'Amazon S3' })]))
    expect(error.code).toBe('BILL_NO_GPU')
    expect(error.message).toBe('none of its 1 lines is GPU compute between 2026-10-01 and 2026-10-02; the largest services are Amazon S3 $48.00')
  })

  it('gives none where there is no usage', async () => {
    expect((await errorOf(() => summary([line(0, { kind: 'tax' })]))).code).toBe('BILL_EMPTY')
  })

  it('is plain data', () => {
    const cost = summary(days(3))
    expect(JSON.parse(JSON.stringify(cost))).toEqual(cost)
  })
})
