import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDay, readAmount, readOptionalAmount, readQuantity, readTime } from './cells.ts'
import { errorOf } from './testing.ts'

const PLACE = { file: 'b.csv', row: 7, column: 'Cost' }

describe('readAmount', () => {
  it.each([
    ['12.5', 12_500_000_000n],
    ['-0.000000001', -1n],
    ['1.2e-5', 12_000n],
    ['3.4E-05', 34_000n],
    ['$1,234.56', 1_234_560_000_000n],
    ['-$5', -5_000_000_000n],
    ['.5', 500_000_000n],
    ['-.5', -500_000_000n],
    ['7.', 7_000_000_000n],
    ['0.1234567890123456789012345', 123_456_789n],
    ['0', 0n],
  ])('reads %s', (text, nano) => {
    expect(readAmount(text, PLACE)).toBe(nano)
  })

  it.each(['NaN', 'Infinity', '', ' ', '1,5', '12 USD', '0x10', '--1', '1e400'])('refuses %j and says where', async (text) => {
    const error = await errorOf(() => readAmount(text, PLACE))
    expect(error.toLine()).toMatch(/^error BILL_ROW_INVALID: b\.csv, row 7, column Cost: /u)
  })

  it('reads a blank optional amount as unknown, not as zero', () => {
    expect([readOptionalAmount('', PLACE), readOptionalAmount('null', PLACE), readOptionalAmount('0', PLACE)]).toEqual([null, null, 0n])
  })
})

describe('readQuantity', () => {
  it('reads numbers and blanks', () => {
    expect([readQuantity('24', PLACE), readQuantity('1e3', PLACE), readQuantity('1,000.5', PLACE), readQuantity('', PLACE)]).toEqual([24, 1000, 1000.5, null])
  })

  it.each(['NaN', 'many', ' '])('refuses %j', async (text) => {
    expect((await errorOf(() => readQuantity(text, PLACE))).code).toBe('BILL_ROW_INVALID')
  })
})

describe('readTime', () => {
  it.each([
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026/01/31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T05:00Z', Date.UTC(2026, 0, 31, 5)],
    ['2026-01-31T05:06:07.123456Z', Date.UTC(2026, 0, 31, 5, 6, 7)],
    ['2026-01-31 05:00:00 UTC', Date.UTC(2026, 0, 31, 5)],
    ['2026-01-31 05:00:00.000', Date.UTC(2026, 0, 31, 5)],
    ['2026-01-31T05:00:00+02:00', Date.UTC(2026, 0, 31, 3)],
    ['2026-01-31T22:00:00-0430', Date.UTC(2026, 1, 1, 2, 30)],
  ])('reads %s', (text, ms) => {
    expect(readTime(text, PLACE)).toBe(ms)
  })

  it.each(['', '31/01/2026', '2026-02-30', '2026-13-01', '1999-01-01', '2026-01-31T25:00Z', 'today', '20260131'])('refuses %j', async (text) => {
    expect((await errorOf(() => readTime(text, PLACE))).toLine()).toMatch(/^error BILL_ROW_INVALID: b\.csv, row 7, column Cost: "/u)
  })

  it('property: reads what toISOString writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2001-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }), (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000
        expect(readTime(new Date(seconds).toISOString(), PLACE)).toBe(seconds)
      }),
    )
  })

  it('tells a day from a moment', () => {
    expect([isDay('2026-01-31'), isDay('2026-01-31T00:00Z')]).toEqual([true, false])
  })
})
