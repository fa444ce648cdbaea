import { describe, expect, it } from 'vitest'
import { flatten, parseJson, readCredits } from './google-row.ts'
import { googleReader } from './google.ts'
import { errorOf, linesOf, type Row } from './testing.ts'

const L4: Row = {
  'service.description': 'Compute Engine',
  'sku.description': 'Nvidia L4 GPU running in Netherlands',
  usage_start_time: '2026-10-01 00:00:00 UTC',
  usage_end_time: '2026-10-01 01:00:00 UTC',
  cost: '0.5',
  currency: 'EUR',
  cost_type: 'regular',
  'usage.amount': '7200',
  'usage.unit': 'seconds',
  credits: '[]',
}
const PLACE = { file: 'b.csv', row: 3, column: 'credits' }
const read = (...rows: readonly Row[]): ReturnType<typeof linesOf> => linesOf(googleReader, rows)
const of = (change: Row): object[] => read({ ...L4, ...change }).lines
const credit = (type: string, amount: number): string => JSON.stringify([{ name: 'synthetic', type, amount }])

describe('a Google export', () => {
  it('reads a charge, with the GPU-hours of a GPU SKU', () => {
    expect(of({})).toEqual([
      {
        startMs: Date.UTC(2026, 9, 1),
        endMs: Date.UTC(2026, 9, 1, 1),
        amount: 500_000_000n,
        currency: 'EUR',
        kind: 'usage',
        device: { kind: 'gpu', gpu: 'l4-24gb', count: 1 },
        purchase: 'on-demand',
        gpuHours: 2,
        service: 'Compute Engine',
      },
    ])
  })

  it('reads names with underscores and amounts in pricing units', () => {
    const row: Row = { service_description: 'Compute Engine', sku_description: 'Nvidia L4 GPU running in Iowa', usage_start_time: '2026-10-01', cost: '1', currency: 'USD', usage_amount_in_pricing_units: '3', usage_pricing_unit: 'hour' }
    expect(read(row).lines).toMatchObject([{ gpuHours: 3, endMs: Date.UTC(2026, 9, 2) }])
  })

  it.each(['COMMITTED_USAGE_DISCOUNT', 'SUSTAINED_USAGE_DISCOUNT', 'DISCOUNT', 'RESELLER_MARGIN'])('%s lowers the cost', (type) => {
    expect(of({ credits: credit(type, -0.2) })).toMatchObject([{ kind: 'usage', amount: 300_000_000n, gpuHours: 2 }])
  })

  it.each(['PROMOTION', 'FREE_TIER'])('%s is shown apart', (type) => {
    expect(of({ credits: credit(type, -0.5) })).toMatchObject([
      { kind: 'credit', amount: -500_000_000n, gpuHours: 0 },
      { kind: 'usage', amount: 500_000_000n, gpuHours: 2 },
    ])
  })

  it('counts a commitment by its fee, without hours, since the usage that it covers has them', () => {
    expect(of({ 'sku.description': 'Commitment v1: Nvidia L4 GPU in Iowa for 1 Year' })).toMatchObject([{ purchase: 'committed', gpuHours: 0, amount: 500_000_000n }])
  })

  it('shows taxes apart; adjustments move money and no hours', () => {
    expect(of({ cost_type: 'tax' })).toMatchObject([{ kind: 'tax' }])
    expect(of({ cost_type: 'adjustment', cost: '-0.5' })).toMatchObject([{ kind: 'adjustment', amount: -500_000_000n, gpuHours: 0 }])
  })

  it('counts cores and memory of GPU machines as their host', () => {
    expect(of({ 'sku.description': 'G2 Instance Ram running in Netherlands', 'usage.unit': 'byte-seconds' })).toMatchObject([{ device: { kind: 'gpu-host' }, gpuHours: 0 }])
  })

  it('says what the export cannot tell', () => {
    const { credits: _, ...without } = L4
    expect(read(without as Row).notes).toEqual([expect.stringContaining('no credits column')])
    expect(read({ ...L4, credits: '-0.1' }).notes).toEqual([expect.stringContaining('without a type')])
    expect(read({ ...L4, 'sku.description': 'Nvidia Tesla T4 GPU running in Americas' }).notes).toEqual([expect.stringContaining('N1 machines')])
    expect(read({ ...L4, 'sku.description': 'Commitment - dollar based v1: GCE flexible' }).notes).toEqual([expect.stringContaining('spend-based')])
    expect(read({ ...L4, credits: credit('COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE', -0.1) }).notes).toEqual([expect.stringContaining('spend-based')])
    expect(read(L4).notes).toEqual([])
  })

  it.each(['cost', 'currency', 'usage_start_time', 'service.description', 'sku.description'])('needs the column %s', async (column) => {
    const rest = Object.fromEntries(Object.entries(L4).filter(([name]) => name !== column))
    expect((await errorOf(() => read(rest))).code).toBe('BILL_COLUMN_MISSING')
  })
})

describe('credits', () => {
  it('sums by what they are, exactly', () => {
    const text = '[{"type":"DISCOUNT","amount":"-0.1"},{"type":"DISCOUNT","amount":-0.2},{"type":"PROMOTION","amount":-1e-7},{"amount":-3}]'
    expect(readCredits(text, PLACE)).toEqual({ discount: -300_000_000n, promotion: -100n, untyped: -3_000_000_000n, spendBased: false })
  })

  it.each(['[', '[1]', '{"a":1}', 'none', '[{"type":"DISCOUNT"}]'])('refuses %s', async (text) => {
    const error = await errorOf(() => readCredits(text, PLACE))
    expect([error.code, error.place]).toEqual(['BILL_ROW_INVALID', PLACE])
  })
})

describe('rows in JSON', () => {
  it('keeps the digits of numbers', () => {
    expect(parseJson('{"cost":0.12345678901234567890}')).toEqual({ cost: '0.12345678901234567890' })
  })

  it('flattens objects and keeps lists', () => {
    expect([...flatten({ service: { description: 'X', id: null }, cost: '1', credits: [{ amount: '2' }], gone: null })]).toEqual([
      ['service.description', 'X'],
      ['service.id', ''],
      ['cost', '1'],
      ['credits', '[{"amount":"2"}]'],
      ['gone', ''],
    ])
  })
})
