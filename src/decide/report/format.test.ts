import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assumptionValue } from './assumption.ts'
import { cents, count, difference, duration, excess, figure, percent, plural, unitUsd, usd } from './format.ts'

describe('money in prose', () => {
  it.each([
    [0, '$0'],
    [0.0123456, '$0.0123'],
    [18.93, '$18.9'],
    [999.6, '$1,000'],
    [1797.88, '$1,800'],
    [99_960, '$100k'],
    [123_456, '$123k'],
    [999_999, '$1M'],
    [2_258_050, '$2.26M'],
    [4.7e9, '$4.7B'],
    [1e12, '$1T'],
    [1e18, '$1.00e+18'],
    [1e-9, '$1.00e-9'],
    [-1500, '-$1,500'],
  ])('%d is %s: three significant digits', (value, text) => {
    expect(usd(value)).toBe(text)
  })

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s is unknown, never zero', (value) => {
    expect([usd, count, figure, percent, difference, duration, unitUsd, cents].map((format) => format(value))).toEqual(Array.from({ length: 8 }, () => 'unknown'))
  })
})

describe('money in tables', () => {
  it.each([
    [1797.877, '1,797.88'],
    [0, '0.00'],
    [0.001, '<0.01'],
    [-0.001, '-<0.01'],
    [-2.5, '-2.50'],
    [9_999_999.994, '9,999,999.99'],
    [123_456_789, '123M'],
  ])('%d is %s: cents', (value, text) => {
    expect(cents(value)).toBe(text)
  })

  it('shows whole dollars where a table has millions in it', () => {
    expect([cents(2_258_050.57, true), cents(0.2, true), cents(0, true)]).toEqual(['2,258,051', '<1', '0'])
  })

  it.each([
    [3.456, '3.46'],
    [0.4, '0.400'],
    [0.00259, '0.00259'],
    [0, '0.00'],
    [1e-9, '1.00e-9'],
  ])('%d for one unit is %s', (value, text) => {
    expect(unitUsd(value)).toBe(text)
  })

  it('stays narrow, so that columns fit a page', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.boolean(), (value, coarse) => {
        expect(cents(value, coarse).length).toBeLessThanOrEqual(14)
        expect(usd(value).length).toBeLessThanOrEqual(12)
      }),
    )
  })
})

describe('shares', () => {
  it.each([
    [0, '0 %'],
    [0.0001, '<0.1 %'],
    [0.0312, '3.1 %'],
    [0.31, '31 %'],
    [0.995, '99.5 %'],
    [0.99999, '>99.9 %'],
    [1, '100 %'],
    [12.5, '1,250 %'],
    [1e9, '>99,999 %'],
    [-0.2, '-20 %'],
  ])('%d is %s', (share, text) => {
    expect(percent(share)).toBe(text)
  })

  it('never says 0 % or 100 % of what is only near it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (share) => {
        expect(['0 %', '100 %']).not.toContain(percent(share))
      }),
    )
  })

  it.each([
    [0.31, '+31 %'],
    [-0.05, '-5.0 %'],
    [1e-6, '0 %'],
    [19, 'x 20'],
  ])('a difference of %d is %s', (share, text) => {
    expect(difference(share)).toBe(text)
  })
})

describe('other figures', () => {
  it('finds nothing above a bound that only rounding separates from it', () => {
    expect([excess(2e-16), excess(-1e-13), excess(0.118), excess(null)]).toEqual(['0 %', '0 %', '12 %', 'unknown'])
  })

  it.each([
    [0.25, '250 ms'],
    [84.7, '84.7 s'],
    [600, '10 min'],
    [3600 * 5, '5 h'],
    [86400 * 14, '14 days'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('counts in English', () => {
    expect([plural(1, 'day'), plural(7, 'day'), figure(2297), figure(3.857142), count(61_726_662)]).toEqual(['1 day', '7 days', '2,297', '3.86', '61.7M'])
  })

  it('gives an assumption its unit, without the digits of binary fractions', () => {
    const origin = { name: 'price', source: 'list', asOf: '2026-11-24' }
    expect(assumptionValue({ ...origin, value: 0.0002777777777777778, unit: 'USD/s' })).toBe('0.0002777778 USD/s')
    expect(assumptionValue({ ...origin, value: 0.1 + 0.2 })).toBe('0.3')
    expect(assumptionValue({ ...origin, value: null, unit: 'seconds' })).toBe('unknown seconds')
    expect(assumptionValue({ ...origin, value: false })).toBe('false')
  })
})
