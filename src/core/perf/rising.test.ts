import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rising } from './rising.ts'

describe('rising', () => {
  it('repeats a rising value at powers of 2', () => {
    for (const batch of [1, 2, 4, 8, 16, 256]) expect(rising((b) => 3 + b, batch)).toBeCloseTo(3 + batch, 9)
  })

  it('lies between the neighbors elsewhere', () => {
    expect(rising((b) => 3 + b, 24)).toBeCloseTo(27, 0)
  })

  it('holds the level over a dip', () => {
    expect(rising((b) => (b > 3 && b < 20 ? 1 : 5), 8)).toBe(5)
  })

  it('takes less than one request as one', () => {
    expect(rising((b) => b, 0.2)).toBe(1)
  })

  it('never falls, whatever the value does', () => {
    const batches = fc.double({ min: 1, max: 600, noNaN: true })
    fc.assert(
      fc.property(batches, batches, fc.infiniteStream(fc.double({ min: 0.1, max: 10, noNaN: true })), (a, b, stream) => {
        const known = new Map<number, number>()
        const value = (batch: number): number => {
          const found = known.get(batch) ?? stream.next().value
          known.set(batch, found)
          return found
        }
        const low = rising(value, Math.min(a, b))
        expect(rising(value, Math.max(a, b))).toBeGreaterThanOrEqual(low * (1 - 1e-12))
      }),
    )
  })
})
