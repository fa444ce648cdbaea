import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breakEvenUtilization } from './break-even.ts'

describe('breakEvenUtilization', () => {
  it.each([
    ['T4', 0.4, 0.000164, 0.6775],
    ['A100', 2.17, 0.00104, 0.5796],
    ['H100', 5.95, 0.0019, 0.8699],
  ])('reproduces the published %s row', (_, dedicatedPerHour, serverlessPerSecond, expected) => {
    expect(breakEvenUtilization({ dedicatedPerHour, serverlessPerSecond })).toBeCloseTo(expected, 4)
  })

  it.each([
    ['RunPod A100', 1.39, 0.00076, 0.508],
    ['RunPod H100 against a 2.69 pod', 2.69, 0.00116, 0.644],
    ['Replicate A100 against a RunPod pod', 1.39, 0.0014, 0.276],
  ])('gives the sourced %s row', (_, dedicatedPerHour, serverlessPerSecond, expected) => {
    expect(breakEvenUtilization({ dedicatedPerHour, serverlessPerSecond })).toBeCloseTo(expected, 3)
  })

  it('at u* both ways of serving cost the same', () => {
    const price = fc.double({ min: 0.01, max: 100, noNaN: true })
    fc.assert(
      fc.property(price, price, fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 1, max: 20, noNaN: true }), fc.double({ min: 0.2, max: 5, noNaN: true }), (p, sHour, h, k, e) => {
        const u = breakEvenUtilization({ dedicatedPerHour: p, serverlessPerSecond: sHour / 3600, overheadShare: h, k, throughputRatio: e })
        // One hour: dedicated p (1 + h); serverless does u of a dedicated replica's work in u e hours, billed k times.
        expect(u * e * k * sHour).toBeCloseTo(p * (1 + h), 6)
      }),
    )
  })

  it.each([[Number.NaN, 1], [0, 1], [1, 0], [-1, 1], [1, Number.POSITIVE_INFINITY]])('refuses the prices %s and %s', (dedicatedPerHour, serverlessPerSecond) => {
    expect(() => breakEvenUtilization({ dedicatedPerHour, serverlessPerSecond })).toThrow(expect.objectContaining({ code: 'PLAN_PRICE_INVALID' }))
  })
})
