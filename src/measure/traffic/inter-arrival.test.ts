import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponential, seededRandom } from '../../core/random.ts'
import { InterArrival } from './inter-arrival.ts'

function arrivals(times: Iterable<number>): InterArrival {
  const intervals = new InterArrival()
  for (const ms of times) intervals.add(ms)
  return intervals
}

describe('InterArrival', () => {
  it('is 1 for a Poisson stream, 0 for a clock', () => {
    const random = seededRandom(1)
    let now = 0
    const poisson = Array.from({ length: 100_000 }, () => (now += exponential(random, 50)))
    expect(arrivals(poisson).finish()).toEqual({ meanSeconds: expect.closeTo(0.05, 3), cv: expect.closeTo(1, 1) })
    expect(arrivals([0, 100, 200, 300]).finish()).toEqual({ meanSeconds: 0.1, cv: 0 })
  })

  it('equals the two-pass formula', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 2, maxLength: 50 }), (gaps) => {
        let now = 1.7e12
        const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
        const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
        expect(arrivals([now, ...gaps.map((gap) => (now += gap))]).finish()?.cv).toBeCloseTo(Math.sqrt(variance) / mean, 9)
      }),
    )
  })

  it('counts rows that step back, and says nothing where they are many', () => {
    const disordered = arrivals([0, 100, 50, 200])
    expect([disordered.backward, disordered.finish()]).toEqual([1, null])
    const nearly = arrivals([...Array.from({ length: 2000 }, (_, index) => index * 100), 199_800])
    expect([nearly.backward, nearly.finish()?.cv]).toEqual([1, expect.closeTo(0.0224, 3)])
  })

  it.each([[[]], [[5]], [[5, 6]], [[5, 5, 5]]])('says nothing of %j', (times) => {
    expect(arrivals(times).finish()).toBeNull()
  })
})
