import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meterReplica } from '../../core/billing/meter.ts'
import { dedicated, life } from '../../core/billing/testing.ts'
import { billPool, OUTCOME, quantiles, summarizeRequests } from './fleet-run.ts'
import type { FleetRun, PoolRun } from './fleet-run.ts'

const idlePool: PoolRun = { coldStart: 0, busy: 0, idle: 0, useful: 0, starts: 0, peak: 0, lives: [] }

function run(outcome: readonly number[], waited: readonly number[], firstRequest = 0): FleetRun {
  const column = Float64Array.from(waited)
  return { dedicated: idlePool, serverless: idlePool, from: 0, until: 1, firstRequest, outcome: Uint8Array.from(outcome), waited: column, firstToken: column, total: column }
}

describe('summarizeRequests', () => {
  it('counts outcomes and waits of the measured requests only', () => {
    const { cold, warm, rejected, unserved } = OUTCOME
    const summary = summarizeRequests(run([cold, cold, warm, warm, rejected, unserved], [99, 20, 0, 5, Number.NaN, Number.NaN], 1))
    expect(summary).toMatchObject({ requests: 5, served: 3, rejected: 1, coldStartShare: 0.2, waitedShare: 0.4 })
    expect(summary.waited).toEqual({ mean: 25 / 3, p50: 5, p90: 20, p99: 20, max: 20 })
  })

  it('of nobody is zeros', () => {
    expect(summarizeRequests(run([], []))).toMatchObject({ requests: 0, served: 0, coldStartShare: 0, waitedShare: 0, total: { max: 0 } })
  })
})

describe('quantiles', () => {
  it('are values of the sample, by rank', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(quantiles(values)).toEqual({ mean: 50.5, p50: 50, p90: 90, p99: 99, max: 100 })
    expect(values[0]).toBe(100)
  })

  it('rise, and at least their share of the sample is not above them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }), (values) => {
        const found = quantiles(Float64Array.from([...values, Number.NaN]))
        for (const [share, value] of [[0.5, found.p50], [0.9, found.p90], [0.99, found.p99], [1, found.max]] as const) {
          expect(values.filter((other) => other <= value).length).toBeGreaterThanOrEqual(share * values.length - 1e-6)
          expect(values).toContain(value)
        }
        expect(found.p50 <= found.p90 && found.p90 <= found.p99 && found.p99 <= found.max).toBe(true)
      }),
    )
  })
})

describe('billPool', () => {
  it('meters every life by itself: rounding is per replica, not on the sum', () => {
    const card = dedicated({ granularitySeconds: 3600 })
    const lives = [life({ stoppedAt: 1800 }), life({ stoppedAt: 1800 })]
    expect(billPool(card, { ...idlePool, lives }).total).toBe(2n * meterReplica(card, life({ stoppedAt: 3600 })).total)
    expect(billPool(card, idlePool)).toMatchObject({ total: 0n, lines: [] })
  })
})
