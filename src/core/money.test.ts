import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpillwayError } from './errors.ts'
import { fromUsd, NANO_PER_USD, parseUsd, scale, times, toUsd } from './money.ts'

describe('money', () => {
  it('reads prices exactly', () => {
    expect(parseUsd('0.000164')).toBe(164_000n)
    expect(parseUsd('1.64e-4')).toBe(164_000n)
    expect(parseUsd('-2.17')).toBe(-2_170_000_000n)
    expect(parseUsd('0.0000000125')).toBe(13n)
    expect(parseUsd('98.32')).toBe(98_320_000_000n)
  })

  it.each(['', 'NaN', 'Infinity', '1,5', '$3', '0x10', '1e99', '--1', '9'.repeat(40)])('refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(SpillwayError)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30])('refuses the float %s', (usd) => {
    expect(() => fromUsd(usd)).toThrow(SpillwayError)
  })

  it('a sum of parts equals the whole to the nano-dollar', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 50 }), (parts) => {
        const whole = parts.reduce((sum, part) => sum + part, 0n)
        expect(toUsd(whole)).toBeCloseTo(parts.reduce((sum, part) => sum + toUsd(part), 0), 3)
        expect(fromUsd(toUsd(whole)) - whole < 10_000n).toBe(true)
      }),
    )
  })

  it('text and float agree for six-decimal prices', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (millionths) => {
        expect(parseUsd((millionths / 1e6).toFixed(6))).toBe(fromUsd(millionths / 1e6))
      }),
    )
  })

  it('scales with one rounding, symmetric in sign', () => {
    expect(scale(100n, 1n, 3n)).toBe(33n)
    expect(scale(-100n, 2n, 3n)).toBe(-67n)
    expect(times(164_000n, 3600)).toBe(590_400_000n)
    expect(times(NANO_PER_USD, 0.5)).toBe(500_000_000n)
  })
})
