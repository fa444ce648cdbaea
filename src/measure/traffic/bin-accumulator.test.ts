import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BinAccumulator, MAX_BINS, type BinSums } from './bin-accumulator.ts'

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

function binsOf(times: readonly number[], binSeconds?: number): BinSums {
  const bins = new BinAccumulator(binSeconds)
  for (const ms of times) bins.add(ms, 10, 2, 4, 0.5, 3)
  return bins.finish()
}

/** Counts by bin, the plain way. */
function countByBin(times: readonly number[], binSeconds: number): { originMs: number; counts: number[] } {
  const indexes = times.map((ms) => Math.floor(ms / (binSeconds * 1000)))
  const low = indexes.reduce((least, index) => Math.min(least, index), Infinity)
  const high = indexes.reduce((most, index) => Math.max(most, index), -Infinity)
  const counts = Array.from({ length: high - low + 1 }, () => 0)
  for (const index of indexes) counts[index - low]!++
  return { originMs: low * binSeconds * 1000, counts }
}

const manyTimes = fc.tuple(fc.nat(2_000_000_000_000), fc.constantFrom(60_000, 3_600_000, 86_400_000, 864_000_000)).chain(([start, span]) => fc.array(fc.nat(span), { minLength: 1, maxLength: 100 }).map((offsets) => offsets.map((offset) => start + offset)))

describe('BinAccumulator', () => {
  it('counts like the plain way, in any order and at any length', () => {
    fc.assert(
      fc.property(manyTimes, (times) => {
        const bins = binsOf(times)
        expect({ originMs: bins.originMs, counts: [...bins.requests] }).toEqual(countByBin(times, bins.binSeconds))
      }),
    )
  })

  it('with a given width too', () => {
    fc.assert(
      fc.property(manyTimes, fc.constantFrom(600, 3600, 86_400), (times, width) => {
        const bins = binsOf(times, width)
        expect({ originMs: bins.originMs, counts: [...bins.requests] }).toEqual(countByBin(times, width))
      }),
    )
  })

  it('loses no token when bins widen', () => {
    fc.assert(
      fc.property(manyTimes, (times) => {
        const { tokens, work } = binsOf(times)
        const totals = [tokens.input, tokens.cached, tokens.uncachedSquared, tokens.output, tokens.outputSquared, tokens.inputOutput, work.gpuSeconds, work.egressMb].map(sum)
        expect(totals).toEqual([10, 4, 36, 2, 4, 20, 0.5, 3].map((each) => each * times.length))
      }),
    )
  })

  it.each([
    [5 * 3600, 60],
    [6 * 3600, 300],
    [3 * 86_400 - 600, 300],
    [3 * 86_400, 600],
    [90 * 86_400, 600],
  ])('a trace of %d s has bins of %d s', (span, width) => {
    expect(binsOf([0, span * 1000]).binSeconds).toBe(width)
  })

  it('refuses a time that would make too many bins, and keeps what it has', () => {
    const bins = new BinAccumulator()
    expect(bins.add(1.7e12, 1, 1, 0, 0, 0)).toBe(true)
    expect(bins.add(1.7e12 + MAX_BINS * 600_000, 1, 1, 0, 0, 0)).toBe(false)
    expect(bins.add(1e9, 1, 1, 0, 0, 0)).toBe(false)
    expect(bins.add(1.7e12 + 120_000, 1, 1, 0, 0, 0)).toBe(true)
    expect([...bins.finish().requests]).toEqual([1, 0, 1])
  })

  it('holds exactly the limit with a given width', () => {
    const bins = new BinAccumulator(1)
    expect([bins.add(0, 0, 0, 0, 0, 0), bins.add((MAX_BINS - 1) * 1000, 0, 0, 0, 0, 0), bins.add(MAX_BINS * 1000, 0, 0, 0, 0, 0)]).toEqual([true, true, false])
    expect(bins.finish().requests).toHaveLength(MAX_BINS)
  })
})
