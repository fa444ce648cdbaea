import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BillLine } from './bill-line.ts'
import { DAY_MS, type Entry, Ledger } from './ledger.ts'
import { errorOf } from './testing.ts'

const DAY = Date.UTC(2026, 9, 1)
const FIRST = DAY / DAY_MS

function line(change: Partial<BillLine> = {}): BillLine {
  return { startMs: DAY, endMs: DAY + DAY_MS, amount: 100n, currency: 'USD', kind: 'usage', device: { kind: 'gpu', gpu: 'l4-24gb', count: 1 }, purchase: 'on-demand', gpuHours: 24, service: 'EC2', ...change }
}

function closed(...lines: readonly BillLine[]): Entry[] {
  const ledger = new Ledger()
  for (const [index, item] of lines.entries()) ledger.add(item, 'b.csv', index + 2)
  return ledger.close()
}

function byKey(entries: readonly Entry[]): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { day, bucket, cell } of entries) sums.set(`${day} ${bucket.kind}`, (sums.get(`${day} ${bucket.kind}`) ?? 0n) + cell.amount)
  return sums
}

describe('the ledger', () => {
  it('sums lines of a day and a bucket', () => {
    expect(closed(line(), line({ amount: 5n, gpuHours: null }))).toEqual([{ day: FIRST, bucket: { kind: 'gpu', gpu: 'l4-24gb', purchase: 'on-demand' }, cell: { amount: 105n, gpuHours: 24, hoursUnknown: true } }])
  })

  it('spreads a line over its days, to the last nano', () => {
    const entries = closed(line({ endMs: DAY + 3 * DAY_MS, amount: 100n, gpuHours: 72 }))
    expect(entries.map(({ day, cell }) => [day - FIRST, cell.amount, cell.gpuHours])).toEqual([
      [0, 33n, 24],
      [1, 33n, 24],
      [2, 34n, 24],
    ])
  })

  it('splits a line at midnight UTC by its time', () => {
    const entries = closed(line({ startMs: DAY + 18 * 3_600_000, endMs: DAY + DAY_MS + 18 * 3_600_000 / 3, amount: 100n, gpuHours: 12 }))
    expect(entries.map(({ cell }) => [cell.amount, cell.gpuHours])).toEqual([
      [50n, 6],
      [50n, 6],
    ])
  })

  it('keeps a line without length on its day', () => {
    expect(closed(line({ endMs: DAY }))).toMatchObject([{ day: FIRST, cell: { amount: 100n, gpuHours: 24 } }])
  })

  it('ends fees that run into the future where the bill ends', () => {
    const entries = closed(line({ endMs: DAY + 2 * DAY_MS, amount: 0n }), line({ kind: 'unused', endMs: DAY + 30 * DAY_MS, amount: 100n }))
    expect(entries.filter(({ bucket }) => bucket.kind === 'unused').map(({ day, cell }) => [day - FIRST, cell.amount])).toEqual([
      [0, 50n],
      [1, 50n],
    ])
  })

  it('knows the days covered from usage alone', () => {
    const ledger = new Ledger()
    ledger.add(line(), 'b.csv', 2)
    ledger.add(line({ kind: 'adjustment', startMs: DAY + 5 * DAY_MS, endMs: DAY + 6 * DAY_MS }), 'b.csv', 3)
    ledger.add(line({ startMs: DAY - 300 * DAY_MS, endMs: DAY + 60 * DAY_MS }), 'b.csv', 4)
    expect([ledger.firstMs, ledger.lastMs, ledger.isCovered(FIRST), ledger.isCovered(FIRST + 5)]).toEqual([DAY, DAY + DAY_MS, true, false])
  })

  it('puts what is no GPU under its service, and never drops it', () => {
    const entries = closed(line({ device: { kind: 'other' } }), line({ device: { kind: 'other' }, kind: 'unused' }), line({ device: { kind: 'accelerator' } }), line({ kind: 'tax' }), line({ kind: 'credit' }), line({ kind: 'repeated' }))
    expect(entries.map(({ bucket }) => ('service' in bucket ? bucket.service : bucket.kind))).toEqual(['EC2', 'EC2 (unused commitment)', 'accelerator', 'tax', 'credit', 'repeated'])
  })

  it('bounds the number of services and keeps their money', () => {
    const many = Array.from({ length: 1000 }, (_, index) => line({ device: { kind: 'other' }, service: `s${index}`, amount: 1n }))
    const entries = closed(...many)
    expect(entries.length).toBe(201)
    expect(entries.reduce((sum, { cell }) => sum + cell.amount, 0n)).toBe(1000n)
  })

  it('refuses a second currency and names the row', async () => {
    const error = await errorOf(() => closed(line(), line({ currency: 'EUR' })))
    expect(error.toLine()).toBe('error BILL_CURRENCY_MIXED: b.csv, row 3: this row is in EUR, rows before are in USD. Import each currency apart, with its --fx')
  })

  it('does not mind the currency of lines without money', () => {
    expect(closed(line(), line({ currency: '', amount: 0n }), line({ currency: 'EUR', amount: 0n }))).toHaveLength(1)
  })

  it.each([
    [line({ currency: 'dollars' }), 'is no currency'],
    [line({ endMs: DAY - 1 }), 'ends before it starts'],
    [line({ endMs: DAY + 2000 * DAY_MS }), 'more than 1100 days'],
  ])('refuses a line that cannot be', async (bad, message) => {
    const error = await errorOf(() => closed(bad))
    expect([error.code, error.place]).toEqual(['BILL_ROW_INVALID', { file: 'b.csv', row: 2 }])
    expect(error.message).toContain(message)
  })

  it('property: days sum to the lines exactly, and parts of a bill sum to the whole', () => {
    const any = fc.record({ start: fc.integer({ min: 0, max: 200 }), hours: fc.integer({ min: 1, max: 700 }), amount: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 15n }), other: fc.boolean() })
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 30 }), fc.nat(30), (specs, cut) => {
        const lines = specs.map(({ start, hours, amount, other }) => line({ startMs: DAY + start * 3_600_000, endMs: DAY + (start + hours) * 3_600_000, amount, device: other ? { kind: 'other' } : { kind: 'gpu', gpu: 'l4-24gb', count: 1 } }))
        const whole = byKey(closed(...lines))
        expect([...whole.values()].reduce((a, b) => a + b, 0n)).toBe(lines.reduce((sum, { amount }) => sum + amount, 0n))
        expect(byKey([...closed(...lines.slice(0, cut)), ...closed(...lines.slice(cut))])).toEqual(whole)
      }),
    )
  })
})
