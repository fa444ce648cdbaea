import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplicaShare } from './replica-share.ts'

const ONE = Number.POSITIVE_INFINITY

describe('ReplicaShare', () => {
  it('gives a call alone all of the time, and two half each', () => {
    const share = new ReplicaShare(ONE)
    const a = share.enter(1000)
    const b = share.enter(1100)
    expect(share.soFar(a, 1300)).toBe(200)
    expect(share.leave(b, 1300)).toBe(100)
    expect(share.leave(a, 1400)).toBe(300)
  })

  it('counts as many replicas as calls need where a pool scales', () => {
    const share = new ReplicaShare(2)
    const marks = [0, 0, 0].map((at) => share.enter(at))
    // Three calls at two a replica: two replicas, so each bears two thirds.
    expect(marks.map((mark) => share.leave(mark, 300))).toEqual([200, 200, 200])
  })

  it('shares out exactly the time in which there was a call', () => {
    const steps = fc.array(fc.record({ after: fc.integer({ min: 0, max: 1000 }), end: fc.boolean(), which: fc.nat() }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (list) => {
        const share = new ReplicaShare(ONE)
        const open: number[] = []
        let now = 0
        let busy = 0
        let given = 0
        const leave = (which: number): void => {
          const [mark] = open.splice(which % open.length, 1)
          given += share.leave(mark!, now)
        }
        for (const { after, end, which } of list) {
          now += after
          if (open.length > 0) busy += after
          if (end && open.length > 0) leave(which)
          else open.push(share.enter(now))
        }
        while (open.length > 0) leave(0)
        expect(given).toBeCloseTo(busy, 6)
      }),
    )
  })

  it('never runs backward', () => {
    const share = new ReplicaShare(ONE)
    const mark = share.enter(1000)
    expect(share.leave(mark, 500)).toBe(0)
  })
})
