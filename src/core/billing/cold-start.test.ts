import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coldStartSampler, meanColdStart } from './cold-start.ts'

const rising = fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true })).map(([a, b, c]) => ({ p50: a, p90: a + b, p99: a + b + c }))

describe('coldStartSampler', () => {
  it('passes through its quantiles', () => {
    const sample = coldStartSampler({ p50: 10, p90: 20, p99: 60 })
    expect([0.5, 0.9, 0.99].map((u) => sample(u))).toEqual([10, 20, expect.closeTo(60, 9)])
  })

  it('is log-linear between and mirrored below', () => {
    const sample = coldStartSampler({ p50: 10, p90: 40, p99: 160 })
    expect(sample(0.7)).toBeCloseTo(20)
    expect(sample(0.945)).toBeCloseTo(80)
    expect(sample(0)).toBeCloseTo(2.5)
    expect(sample(0.25)).toBeCloseTo(5)
    expect(sample(0.9999)).toBeLessThan(160 * 4 ** (1 / 9))
  })

  it('is constant where the quantiles are equal, and may begin at 0', () => {
    expect(coldStartSampler({ p50: 20, p90: 20, p99: 20 })(0.123)).toBe(20)
    expect(coldStartSampler({ p50: 0, p90: 0, p99: 0 })(0.9)).toBe(0)
    const sample = coldStartSampler({ p50: 0, p90: 2, p99: 4 })
    expect([0.2, 0.5, 0.7, 0.9].map((u) => sample(u))).toEqual([0, 0, expect.closeTo(1, 9), 2])
  })

  it('never falls and never goes below 0', () => {
    fc.assert(
      fc.property(rising, fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.double({ min: 0, max: 0.9999, noNaN: true }), (coldStart, a, b) => {
        const sample = coldStartSampler(coldStart)
        const [low, high] = [sample(Math.min(a, b)), sample(Math.max(a, b))]
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeGreaterThanOrEqual(low - 1e-9 * low)
      }),
    )
  })

  it.each([
    { p50: -1, p90: 2, p99: 3 },
    { p50: 3, p90: 2, p99: 4 },
    { p50: 1, p90: 4, p99: 3 },
    { p50: 1, p90: 2, p99: Number.POSITIVE_INFINITY },
    { p50: Number.NaN, p90: 2, p99: 3 },
  ])('refuses %j', (coldStart) => {
    expect(() => coldStartSampler(coldStart)).toThrow(expect.objectContaining({ code: 'CATALOG_INVALID' }))
  })
})

describe('meanColdStart', () => {
  it('is the mean of the sampler', () => {
    fc.assert(
      fc.property(rising, (coldStart) => {
        const sample = coldStartSampler(coldStart)
        const cells = 20_000
        let sum = 0
        for (let i = 0; i < cells; i++) sum += sample((i + 0.5) / cells)
        expect(Math.abs(meanColdStart(coldStart) - sum / cells)).toBeLessThan(1e-3 * (1 + sum / cells))
      }),
      { numRuns: 40 },
    )
  })

  it('is exact where it is constant', () => {
    expect(meanColdStart({ p50: 20, p90: 20, p99: 20 })).toBe(20)
    expect(meanColdStart({ p50: 0, p90: 0, p99: 0 })).toBe(0)
  })
})
