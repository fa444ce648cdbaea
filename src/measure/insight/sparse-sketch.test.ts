import { expect, it } from 'vitest'
import { SparseSketch } from './sparse-sketch.ts'

it('quantiles by nearest rank, within 1 %, zeros apart', () => {
  const sketch = new SparseSketch()
  expect(sketch.quantile(0.5)).toBe(0)
  for (let value = 1; value <= 1000; value++) sketch.add(value)
  for (const share of [0.01, 0.5, 0.9, 1]) expect(Math.abs(sketch.quantile(share) / (1000 * share) - 1)).toBeLessThan(0.0101)
  for (let n = 0; n < 1000; n++) sketch.add(0)
  expect([sketch.quantile(0.5), sketch.quantile(0.51) > 0, sketch.count]).toEqual([0, true, 2000])
})
