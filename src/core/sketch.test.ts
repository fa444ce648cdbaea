import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QuantileSketch, RELATIVE_ERROR, bucketOf, bucketValue } from './sketch.ts'

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return sketch
}

/** The value at share q by sorting: what the sketch must be within 1 % of. */
function exact(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN
}

const anyValue = fc.oneof(fc.nat(200), fc.nat(10_000_000), fc.double({ min: 1e-6, max: 1e9, noNaN: true }))
const anyValues = fc.array(anyValue, { minLength: 1, maxLength: 200 })

describe('QuantileSketch', () => {
  it('gives every quantile within the relative error', () => {
    fc.assert(
      fc.property(anyValues, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const truth = exact(values, q)
        expect(Math.abs(sketchOf(values).quantile(q) - truth)).toBeLessThanOrEqual(truth * (RELATIVE_ERROR + 1e-9))
      }),
    )
  })

  it('keeps count, sum, mean, minimum and maximum exactly', () => {
    const sketch = sketchOf([0, 3, 7, 0, 90_000])
    expect([sketch.count, sketch.sum, sketch.mean, sketch.min, sketch.max]).toEqual([5, 90_010, 18_002, 0, 90_000])
  })

  it('merging two sketches equals one sketch of all values', () => {
    fc.assert(
      fc.property(anyValues, anyValues, (left, right) => {
        const merged = sketchOf(left)
        merged.merge(sketchOf(right))
        const whole = sketchOf([...left, ...right])
        expect({ ...merged.toJSON(), sum: 0 }).toEqual({ ...whole.toJSON(), sum: 0 })
        expect(merged.sum).toBeCloseTo(whole.sum, 3)
      }),
    )
  })

  it('survives the way through JSON', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 50 }), (values) => {
        const sketch = sketchOf(values)
        const copy = QuantileSketch.from(JSON.parse(JSON.stringify(sketch)))
        expect(copy.toJSON()).toEqual(sketch.toJSON())
        expect([copy.count, copy.quantile(0.5)]).toEqual([sketch.count, sketch.quantile(0.5)])
      }),
    )
  })

  it('counts weights as repeated values', () => {
    const sketch = new QuantileSketch()
    sketch.add(10, 3)
    sketch.add(1000)
    expect([sketch.count, sketch.quantile(0.5), sketch.quantile(1)]).toEqual([4, expect.closeTo(10, 0), 1000])
  })

  it('is empty at first: no mean, no quantile', () => {
    const sketch = new QuantileSketch()
    expect([sketch.count, sketch.mean, sketch.quantile(0.5)]).toEqual([0, Number.NaN, Number.NaN])
  })

  it('keeps values beyond its range in the outermost buckets', () => {
    const sketch = sketchOf([1e-30, 1e300])
    expect([sketch.quantile(0), sketch.max]).toEqual([0, 1e300])
  })

  it.each([-1, Number.NaN, Infinity])('refuses %s', (value) => {
    expect(() => new QuantileSketch().add(value)).toThrow(RangeError)
  })

  it('refuses data made with other buckets', () => {
    const data = sketchOf([1]).toJSON()
    expect(() => QuantileSketch.from({ ...data, relativeError: 0.02 })).toThrow(RangeError)
    expect(() => QuantileSketch.from({ ...data, first: -99_999 })).toThrow(RangeError)
  })
})

describe('buckets', () => {
  it('stand for their values within the relative error', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        expect(Math.abs(bucketValue(bucketOf(value)) - value)).toBeLessThanOrEqual(value * (RELATIVE_ERROR + 1e-9))
      }),
    )
  })

  it('are the same for a whole number, looked up or computed', () => {
    for (const value of [1, 2, 3, 511, 512, 65_535, 65_536]) expect(sketchOf([value]).toJSON().first).toBe(bucketOf(value))
  })
})
