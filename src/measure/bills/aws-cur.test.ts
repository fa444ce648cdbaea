import { describe, expect, it } from 'vitest'
import { awsCurReader, snakeCase } from './aws-cur.ts'
import { errorOf, linesOf, type Row } from './testing.ts'

const USAGE: Row = {
  'lineItem/LineItemType': 'Usage',
  'lineItem/UsageStartDate': '2026-10-01T00:00:00Z',
  'lineItem/UsageEndDate': '2026-10-01T01:00:00Z',
  'lineItem/ProductCode': 'AmazonEC2',
  'lineItem/UsageType': 'USE2-BoxUsage:p4d.24xlarge',
  'lineItem/UsageAmount': '1.00',
  'lineItem/CurrencyCode': 'USD',
  'lineItem/UnblendedCost': '32.7726',
  'product/ProductName': 'Amazon Elastic Compute Cloud',
  'product/instanceType': 'p4d.24xlarge',
  'reservation/ReservationARN': '',
  'reservation/EffectiveCost': '',
  'reservation/UnusedRecurringFee': '',
  'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod': '',
  'savingsPlan/SavingsPlanEffectiveCost': '',
  'savingsPlan/TotalCommitmentToDate': '',
  'savingsPlan/UsedCommitment': '',
  'savingsPlan/InstanceTypeFamily': '',
}

const read = (...rows: readonly Row[]): ReturnType<typeof linesOf> => linesOf(awsCurReader, rows)
const one = (change: Row): object => read({ ...USAGE, ...change }).lines[0] ?? {}
const type = (name: string, change: Row = {}): object => one({ 'lineItem/LineItemType': name, ...change })

describe('names of columns', () => {
  it.each([
    ['lineItem/UsageStartDate', 'line_item_usage_start_date'],
    ['savingsPlan/SavingsPlanEffectiveCost', 'savings_plan_savings_plan_effective_cost'],
    ['reservation/UnusedAmortizedUpfrontFeeForBillingPeriod', 'reservation_unused_amortized_upfront_fee_for_billing_period'],
    ['reservation/ReservationARN', 'reservation_reservation_a_r_n'],
    ['reservation_reservation_a_r_n', 'reservation_reservation_a_r_n'],
    ['product/instanceType', 'product_instance_type'],
    ['line_item_usage_type', 'line_item_usage_type'],
  ])('%s is %s', (name, snake) => {
    expect(snakeCase(name)).toBe(snake)
  })

  it('reads CUR 2.0 like the legacy report', () => {
    const snake = Object.fromEntries(Object.entries(USAGE).map(([name, value]) => [snakeCase(name), value]))
    expect(read(snake).lines).toEqual(read(USAGE).lines)
  })
})

describe('lines of an AWS report', () => {
  it('reads usage on demand', () => {
    expect(one({})).toEqual({
      startMs: Date.UTC(2026, 9, 1),
      endMs: Date.UTC(2026, 9, 1, 1),
      amount: 32_772_600_000n,
      currency: 'USD',
      kind: 'usage',
      device: { kind: 'gpu', gpu: 'a100-40gb', count: 8 },
      purchase: 'on-demand',
      gpuHours: 8,
      service: 'Amazon Elastic Compute Cloud',
    })
  })

  it('counts covered usage at its effective cost', () => {
    expect(type('DiscountedUsage', { 'lineItem/UnblendedCost': '0', 'reservation/EffectiveCost': '15' })).toMatchObject({ kind: 'usage', amount: 15_000_000_000n, purchase: 'committed', gpuHours: 8 })
    expect(type('SavingsPlanCoveredUsage', { 'savingsPlan/SavingsPlanEffectiveCost': '20.5' })).toMatchObject({ kind: 'usage', amount: 20_500_000_000n, purchase: 'committed', gpuHours: 8 })
  })

  it('leaves out what repeats it', () => {
    expect(type('SavingsPlanNegation', { 'lineItem/UnblendedCost': '-32' })).toMatchObject({ kind: 'repeated', amount: -32_000_000_000n, gpuHours: 0 })
    expect(type('SavingsPlanUpfrontFee')).toMatchObject({ kind: 'repeated' })
    expect(type('Fee', { 'reservation/ReservationARN': 'arn:synthetic' })).toMatchObject({ kind: 'repeated' })
    expect(type('Fee')).toMatchObject({ kind: 'adjustment' })
  })

  it('counts the unused part of commitments as waste', () => {
    expect(type('RIFee', { 'lineItem/UnblendedCost': '10800', 'reservation/UnusedRecurringFee': '600', 'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod': '300' })).toMatchObject({ kind: 'unused', amount: 900_000_000_000n, gpuHours: 0 })
    const plan = { 'lineItem/UsageType': 'ComputeSP:1yrNoUpfront', 'product/instanceType': '', 'savingsPlan/TotalCommitmentToDate': '100', 'savingsPlan/UsedCommitment': '99.5' }
    expect(type('SavingsPlanRecurringFee', { ...plan, 'savingsPlan/InstanceTypeFamily': 'g5' })).toMatchObject({ kind: 'unused', amount: 500_000_000n, device: { kind: 'gpu' } })
    expect(type('SavingsPlanRecurringFee', plan)).toMatchObject({ kind: 'unused', device: { kind: 'other' } })
  })

  it('counts reserved capacity that stands idle as waste, and its hours once', () => {
    expect(one({ 'lineItem/UsageType': 'UnusedBox:p4d.24xlarge' })).toMatchObject({ kind: 'unused', amount: 32_772_600_000n, gpuHours: 0 })
    expect(one({ 'lineItem/UsageType': 'Reservation:p4d.24xlarge', 'lineItem/UnblendedCost': '0' })).toMatchObject({ gpuHours: 0 })
  })

  it.each([
    ['Tax', 'tax'],
    ['Credit', 'credit'],
    ['Refund', 'adjustment'],
    ['EdpDiscount', 'adjustment'],
    ['PrivateRateDiscount', 'adjustment'],
    ['BundledDiscount', 'adjustment'],
    ['SomethingNew', 'adjustment'],
  ])('takes %s as %s without hours', (name, kind) => {
    expect(type(name, { 'lineItem/UnblendedCost': '-1' })).toMatchObject({ kind, amount: -1_000_000_000n, gpuHours: 0 })
  })

  it('tells spot by the usage type, also of refunds', () => {
    expect(one({ 'lineItem/UsageType': 'SpotUsage:g5.xlarge', 'product/instanceType': '' })).toMatchObject({ purchase: 'spot', gpuHours: 1 })
    expect(type('Refund', { 'lineItem/UsageType': 'SpotUsage:g5.xlarge' })).toMatchObject({ purchase: 'spot' })
  })

  it('uses the net columns where the report has them, and then leaves discounts out', () => {
    const net: Row = { 'lineItem/NetUnblendedCost': '30', 'reservation/NetEffectiveCost': '' }
    const { lines, notes } = read({ ...USAGE, ...net }, { ...USAGE, ...net, 'lineItem/LineItemType': 'EdpDiscount', 'lineItem/UnblendedCost': '-2.7726' }, { ...USAGE, ...net, 'lineItem/LineItemType': 'DiscountedUsage', 'reservation/EffectiveCost': '15' })
    expect(lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['usage', 30_000_000_000n],
      ['repeated', -2_772_600_000n],
      ['usage', 15_000_000_000n],
    ])
    expect(notes).toEqual([expect.stringContaining('1 discount lines are left out')])
  })

  it.each([
    ['DiscountedUsage', 'reservation/EffectiveCost', 'reservation_effective_cost'],
    ['SavingsPlanCoveredUsage', 'savingsPlan/SavingsPlanEffectiveCost', 'savings_plan_savings_plan_effective_cost'],
    ['RIFee', 'reservation/UnusedRecurringFee', 'reservation_unused_recurring_fee'],
    ['SavingsPlanRecurringFee', 'savingsPlan/TotalCommitmentToDate', 'savings_plan_total_commitment_to_date'],
  ])('a row of %s needs the column %s', async (name, column, snake) => {
    const row = Object.fromEntries(Object.entries({ ...USAGE, 'lineItem/LineItemType': name }).filter(([key]) => key !== column))
    const error = await errorOf(() => read(row))
    expect([error.code, error.place.row, error.place.column]).toEqual(['BILL_COLUMN_MISSING', 2, snake])
  })

  it('does not take a blank effective cost for zero', async () => {
    const error = await errorOf(() => type('DiscountedUsage'))
    expect([error.code, error.place.column]).toEqual(['BILL_ROW_INVALID', 'reservation/EffectiveCost'])
  })
})
