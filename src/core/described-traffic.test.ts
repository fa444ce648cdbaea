import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describedTraffic, parsePattern, scaleTraffic, withTokenShape } from './described-traffic.ts'

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

describe('parsePattern', () => {
  it.each([
    ['10-18 weekdays', 40],
    ['24/7', 168],
    ['10-18', 56],
    ['8-20 daily, 10-16 sat', 84],
    ['22-6 mon', 8],
    ['0-24 weekends', 48],
    ['9:00-17:00 fri', 8],
  ])('%j has %i active hours a week', (text, hours) => {
    expect(sum(parsePattern(text))).toBe(hours)
  })

  it('carries hours past midnight into the next day, also from Sunday to Monday', () => {
    const week = parsePattern('22-2 sun')
    expect([week[6 * 24 + 22], week[6 * 24 + 23], week[0], week[1], week[2]]).toEqual([1, 1, 1, 1, 0])
  })

  it.each(['', 'weekdayz', '25-30', '10-10 mon', '10-18,', 'ten to six'])('refuses %j', (text) => {
    expect(() => parsePattern(text)).toThrow(expect.objectContaining({ code: 'TRAFFIC_PATTERN_INVALID' }))
  })
})

describe('describedTraffic', () => {
  it("spreads a day's requests over its active hours: 50,000 a weekday is 500,000 in two weeks", () => {
    const traffic = describedTraffic(50_000, parsePattern('10-18 weekdays'), { input: 1000, output: 200 })
    expect(sum(traffic.requests)).toBeCloseTo(500_000, 6)
    expect(sum(traffic.tokens!.output)).toBeCloseTo(100_000_000, 3)
    expect(Math.max(...traffic.requests) / 600).toBeCloseTo(50_000 / 8 / 3600, 9)
    expect(traffic.requests[0]).toBe(0)
  })

  it('scales and shapes linearly', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), fc.integer({ min: 1, max: 10_000 }), (factor, input) => {
        const traffic = withTokenShape(describedTraffic(1000, parsePattern('24/7'), null), { input, output: 7 })
        const scaled = scaleTraffic(traffic, factor)
        expect(sum(scaled.requests)).toBeCloseTo(sum(traffic.requests) * factor, 3)
        expect(scaled.tokens!.uncachedSquared[5]! / scaled.requests[5]!).toBeCloseTo(input * input, 3)
      }),
    )
  })
})
