import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { billedTime } from './billed-time.ts'
import { dedicated, life, serverless } from './testing.ts'

const MICRO = 1_000_000

describe('billedTime', () => {
  it('cuts a serverless life into cold start, busy, idle and rounding', () => {
    const time = billedTime(serverless({ granularitySeconds: 10 }), life({ startedAt: 100, readyAt: 120, stoppedAt: 183, busySeconds: 3 }))
    expect(time).toEqual({ coldStart: 20 * MICRO, busy: 3 * MICRO, idle: 60 * MICRO, rounding: 7 * MICRO, minimum: 0, total: 90 * MICRO })
  })

  it('counts starting up as idle under a dedicated card', () => {
    const time = billedTime(dedicated({ granularitySeconds: 3600 }), life({ readyAt: 600, stoppedAt: 5400, busySeconds: 1800 }))
    expect(time).toMatchObject({ coldStart: 0, busy: 1800 * MICRO, idle: 3600 * MICRO, rounding: 1800 * MICRO, total: 7200 * MICRO })
  })

  it('bills the minimum after rounding up', () => {
    expect(billedTime(serverless({ granularitySeconds: 10, minimumSeconds: 60 }), life({ stoppedAt: 12 }))).toMatchObject({ rounding: 8 * MICRO, minimum: 40 * MICRO, total: 60 * MICRO })
    expect(billedTime(serverless({ granularitySeconds: 10, minimumSeconds: 60 }), life({ stoppedAt: 61 }))).toMatchObject({ rounding: 9 * MICRO, minimum: 0, total: 70 * MICRO })
  })

  it('handles a replica that is stopped while it starts', () => {
    const early = life({ readyAt: 30, stoppedAt: 12.5 })
    expect(billedTime(serverless({ granularitySeconds: 1 }), early)).toMatchObject({ coldStart: 12.5 * MICRO, busy: 0, idle: 0, total: 13 * MICRO })
    expect(billedTime(serverless({ coldStartBilled: false, minimumSeconds: 60 }), early).total).toBe(0)
    expect(billedTime(dedicated({ minimumSeconds: 60 }), early)).toMatchObject({ idle: 12.5 * MICRO, minimum: 47.5 * MICRO })
    expect(billedTime(serverless(), life({ readyAt: Number.POSITIVE_INFINITY, stoppedAt: 5 })).coldStart).toBe(5 * MICRO)
  })

  it('leaves the cold start out only where the provider says so', () => {
    const cold = life({ readyAt: 20, stoppedAt: 30 })
    expect(billedTime(serverless({ coldStartBilled: true }), cold).total).toBe(30 * MICRO)
    expect(billedTime(serverless({ coldStartBilled: null }), cold).total).toBe(30 * MICRO)
    expect(billedTime(serverless({ coldStartBilled: false }), cold).total).toBe(10 * MICRO)
  })

  it('has no negative part, adds up, and never falls with time', () => {
    const seconds = fc.double({ min: 0, max: 1e5, noNaN: true })
    fc.assert(
      fc.property(seconds, seconds, seconds, fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.1, 1, 60, 3600), fc.constantFrom(0, 1, 60, 300), fc.constantFrom(true, false, null), (start, cold, up, share, granularitySeconds, minimumSeconds, coldStartBilled) => {
        const of = (extra: number): ReturnType<typeof billedTime>[] => {
          const subject = life({ startedAt: start, readyAt: start + cold, stoppedAt: start + cold + up + extra, busySeconds: up * share })
          return [billedTime(serverless({ granularitySeconds, minimumSeconds, coldStartBilled }), subject), billedTime(dedicated({ granularitySeconds, minimumSeconds }), subject)]
        }
        const longer = of(7)
        for (const [i, { total, ...parts }] of of(0).entries()) {
          expect(Math.min(...Object.values(parts))).toBeGreaterThanOrEqual(0)
          expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total)
          expect(longer[i]!.total).toBeGreaterThanOrEqual(total)
          expect(total === 0 || total >= minimumSeconds * MICRO).toBe(true)
          expect(granularitySeconds === 0 || total <= minimumSeconds * MICRO || total % (granularitySeconds * MICRO) === 0).toBe(true)
        }
      }),
    )
  })

  it.each([
    ['no GPU', { gpus: 0 }],
    ['half a GPU', { gpus: 1.5 }],
    ['a stop before the start', { startedAt: 10, readyAt: 10, stoppedAt: 9 }],
    ['an unknown stop', { stoppedAt: Number.NaN }],
    ['ready before it was asked for', { startedAt: 10, readyAt: 9, stoppedAt: 20 }],
    ['negative work', { busySeconds: -1 }],
    ['more work than time', { readyAt: 5, stoppedAt: 10, busySeconds: 5.1 }],
    ['unknown work', { busySeconds: Number.NaN }],
    ['negative egress', { egressGb: -1 }],
    ['milliseconds taken for seconds', { stoppedAt: 1.7e12 }],
  ])('refuses %s', (_, wrong) => {
    expect(() => billedTime(serverless(), life(wrong))).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
  })

  it('forgives clocks that differ by less than a millisecond', () => {
    expect(billedTime(serverless(), life({ readyAt: 5, stoppedAt: 10, busySeconds: 5.0005 }))).toMatchObject({ busy: 5 * MICRO, idle: 0 })
  })
})
