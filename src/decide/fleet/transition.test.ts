import { describe, expect, it } from 'vitest'
import { serverless as card } from '../../core/billing/testing.ts'
import { seededRandom } from '../../core/random.ts'
import { DEFAULT_RULES } from './rules.ts'
import { simulateFleet } from './simulate.ts'
import { transitionSeconds } from './transition.ts'

describe('transitionSeconds', () => {
  it('is a mean cold start up and an idle window down', () => {
    expect(transitionSeconds(card())).toEqual({ riseSeconds: 20, fallSeconds: 60, startSeconds: 20 })
    expect(transitionSeconds(card({ coldStartBilled: null })).riseSeconds).toBe(20)
    expect(transitionSeconds(card({ coldStartBilled: false }))).toMatchObject({ riseSeconds: 0, startSeconds: 20 })
    expect(transitionSeconds(card({ coldStart: null, idleWindowSeconds: null }))).toEqual({ riseSeconds: 0, fallSeconds: 0, startSeconds: 0 })
  })

  it('is what the simulator bills beyond the work when a block of load comes and goes', () => {
    // Three replicas' worth of back-to-back requests for a while, then nothing.
    const rounds = 100
    const workload = { at: new Float64Array(3 * rounds), steps: new Float64Array(3 * rounds).fill(2), prefillSeconds: null }
    for (let i = 0; i < 3 * rounds; i++) workload.at[i] = 2 * Math.floor(i / 3)
    const { serverless } = simulateFleet({
      workload,
      dedicated: null,
      serverless: { gpus: 1, engine: { concurrency: 1 }, idleWindowSeconds: 60, coldStart: () => 20, replicaCap: 3, atCap: 'queue', rules: DEFAULT_RULES },
      random: seededRandom(1),
    })
    const billed = serverless.coldStart + serverless.busy + serverless.idle
    expect(billed - serverless.useful).toBeCloseTo(3 * transitionSeconds(card()).riseSeconds + 3 * transitionSeconds(card()).fallSeconds, 9)
  })
})
