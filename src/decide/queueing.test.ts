import { describe, expect, it } from 'vitest'
import { erlangC } from './fleet/erlang.ts'
import { queuedShare } from './queueing.ts'
import { demandOf } from './testing.ts'

describe('queuedShare', () => {
  it('is Erlang C over slots, each bin weighted by its requests', () => {
    // demandOf gives a bin of load d as many requests as d: weights 1 and 3.
    const share = queuedShare(demandOf([1, 3]), 4, 8)
    expect(share).toBeCloseTo((erlangC(32, 8) + 3 * erlangC(32, 24)) / 4, 12)
  })

  it('counts every request of a bin that needs more than is there', () => {
    expect(queuedShare(demandOf([2, 0]), 1, 16)).toBe(1)
  })

  it('is 0 without requests and falls with every replica added', () => {
    expect(queuedShare(demandOf([0, 0]), 1, 4)).toBe(0)
    const shares = [2, 3, 4, 5].map((replicas) => queuedShare(demandOf([1.5, 1.9]), replicas, 4))
    expect(shares).toEqual(shares.toSorted((a, b) => b - a))
    expect(shares[3]!).toBeLessThan(shares[0]! / 2)
  })
})
