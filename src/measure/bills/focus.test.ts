import { describe, expect, it } from 'vitest'
import { focusReader } from './focus.ts'
import { errorOf, linesOf, type Row } from './testing.ts'

const P5: Row = {
  BilledCost: '55.04',
  EffectiveCost: '55.04',
  BillingCurrency: 'USD',
  ChargePeriodStart: '2026-10-01T00:00:00Z',
  ChargePeriodEnd: '2026-10-01T01:00:00Z',
  ChargeCategory: 'Usage',
  ChargeClass: '',
  ChargeDescription: '$55.04 per On Demand Linux p5.48xlarge Instance Hour',
  ServiceName: 'Amazon Elastic Compute Cloud',
  ProviderName: 'AWS',
  PricingCategory: 'Standard',
  CommitmentDiscountId: '',
  CommitmentDiscountStatus: '',
  ConsumedQuantity: '1',
  ConsumedUnit: 'Hrs',
  PricingQuantity: '1',
  PricingUnit: 'Hrs',
}

const read = (...rows: readonly Row[]): ReturnType<typeof linesOf> => linesOf(focusReader, rows)
const one = (change: Row): object => read({ ...P5, ...change }).lines[0] ?? {}

describe('a FOCUS bill', () => {
  it('reads a charge', () => {
    expect(one({})).toEqual({
      startMs: Date.UTC(2026, 9, 1),
      endMs: Date.UTC(2026, 9, 1, 1),
      amount: 55_040_000_000n,
      currency: 'USD',
      kind: 'usage',
      device: { kind: 'gpu', gpu: 'h100-80gb', count: 8 },
      purchase: 'on-demand',
      gpuHours: 8,
      service: 'Amazon Elastic Compute Cloud',
    })
  })

  it('counts the effective cost, not the billed one', () => {
    expect(one({ BilledCost: '0', EffectiveCost: '40' })).toMatchObject({ amount: 40_000_000_000n })
  })

  it.each([
    [{ CommitmentDiscountStatus: 'Used', PricingCategory: 'Committed' }, 'committed'],
    [{ PricingCategory: 'Dynamic' }, 'spot'],
    [{ PricingCategory: 'Committed' }, 'committed'],
    [{ ChargeDescription: 'NC24ads A100 v4 Spot' }, 'spot'],
    [{ ChargeDescription: 'H100 flex worker', ProviderName: 'RunPod' }, 'serverless'],
  ])('tells from %j that it is %s', (change, purchase) => {
    expect(one(change as Row)).toMatchObject({ kind: 'usage', purchase })
  })

  it.each([
    [{ ChargeCategory: 'Tax' }, 'tax'],
    [{ ChargeCategory: 'Credit', EffectiveCost: '-5' }, 'credit'],
    [{ ChargeCategory: 'Purchase', CommitmentDiscountId: 'ri-1', EffectiveCost: '0' }, 'repeated'],
    [{ ChargeCategory: 'Purchase' }, 'adjustment'],
    [{ ChargeCategory: 'Adjustment', EffectiveCost: '-5' }, 'adjustment'],
    [{ ChargeClass: 'Correction', EffectiveCost: '-5' }, 'adjustment'],
    [{ CommitmentDiscountStatus: 'Unused' }, 'unused'],
  ])('takes %j as %s, with money and without hours', (change, kind) => {
    expect(one(change as Row)).toMatchObject({ kind, gpuHours: 0 })
  })

  it('a negative usage line lowers the cost and leaves the hours', () => {
    expect(one({ EffectiveCost: '-55.04' })).toMatchObject({ kind: 'usage', amount: -55_040_000_000n, gpuHours: 0 })
  })

  it('notes purchases of commitments that carry an effective cost', () => {
    const { notes } = read({ ...P5, ChargeCategory: 'Purchase', CommitmentDiscountId: 'ri-1', EffectiveCost: '100' })
    expect(notes).toEqual([expect.stringContaining('1 purchases of commitments')])
    expect(read(P5).notes).toEqual([])
  })

  it.each([
    [{ ConsumedQuantity: '', ConsumedUnit: '', PricingQuantity: '0.5', PricingUnit: '100 Hours' }, 400],
    [{ ConsumedQuantity: '16', ConsumedUnit: 'GPU-Hours' }, 16],
    [{ ConsumedQuantity: '3600', ConsumedUnit: 'Seconds' }, 8],
    [{ ConsumedQuantity: '1', ConsumedUnit: 'Instances', PricingUnit: 'Instances' }, null],
    [{ ConsumedQuantity: '', PricingQuantity: '' }, null],
    [{ ChargeDescription: 'p9x.48xlarge' }, null],
    [{ ChargeDescription: 'm5.large' }, 0],
  ])('takes the GPU-hours of %j as %s', (change, hours) => {
    expect(one(change as Row)).toMatchObject({ gpuHours: hours })
  })

  it('knows a machine by the price details of FOCUS 1.1 and by columns of providers', () => {
    expect(one({ ChargeDescription: '', SkuPriceDetails: '{"InstanceType":"g5.12xlarge"}' })).toMatchObject({ device: { gpu: 'a10g-24gb', count: 4 } })
    expect(one({ ChargeDescription: '', x_SkuMeterName: 'ND96isr H100 v5' })).toMatchObject({ device: { gpu: 'h100-80gb', count: 8 } })
    expect(one({ ChargeDescription: 'Nvidia L4 GPU running in Iowa', ProviderName: 'Google Cloud' })).toMatchObject({ device: { gpu: 'l4-24gb', count: 1 } })
  })

  it('does not take names that the user gave for machines', () => {
    expect(one({ ChargeDescription: 'm5.large', ResourceName: 'p5.48xlarge', Tags: '{"gpu":"NVIDIA H100 GPU"}' })).toMatchObject({ device: { kind: 'other' } })
  })

  it('reads ids of SKUs only where nothing else tells', () => {
    const { ChargeDescription: _, ...bare } = P5
    expect(read({ ...bare, SkuId: 'BoxUsage:g5.xlarge' } as Row).lines[0]).toMatchObject({ device: { gpu: 'a10g-24gb' } })
    expect(one({ ChargeDescription: 'm5.large', SkuId: 'g5.xlarge' })).toMatchObject({ device: { kind: 'other' } })
  })

  it.each(['EffectiveCost', 'BillingCurrency', 'ChargePeriodStart', 'ChargePeriodEnd', 'ChargeCategory', 'ServiceName'])('needs the column %s', async (column) => {
    const rest = Object.fromEntries(Object.entries(P5).filter(([name]) => name !== column))
    const error = await errorOf(() => read(rest))
    expect(error.toLine()).toMatch(new RegExp(`^error BILL_COLUMN_MISSING: bill.csv, row 1, column ${column.toLowerCase()}: `, 'u'))
  })

  it.each([
    ['EffectiveCost', 'NaN'],
    ['EffectiveCost', ''],
    ['ChargePeriodStart', '01/10/2026'],
    ['ConsumedQuantity', 'lots'],
  ])('refuses %s = %j and names row and column', async (column, value) => {
    const error = await errorOf(() => read({ ...P5, [column]: value }))
    expect([error.code, error.place]).toEqual(['BILL_ROW_INVALID', { file: 'bill.csv', row: 2, column }])
  })

  it('refuses a header with a column twice', async () => {
    const header = [...Object.keys(P5), 'EffectiveCost']
    const error = await errorOf(() => focusReader(header, 'bill.csv'))
    expect([error.code, error.message]).toEqual(['BILL_COLUMN_MISSING', 'the header has this column twice'])
  })
})
