import { describe, expect, it } from 'vitest'
import { PoolState } from './endpoint-state.ts'
import { policyConfig, serverless } from './testing.ts'
import { Waking } from './waking.ts'

describe('Waking', () => {
  it('asks once, again when two cold starts have passed in vain, and afresh after it was awake', () => {
    const pool = new PoolState(serverless({ coldStartSeconds: 10 }), policyConfig(), 0)
    const waking = new Waking()
    expect([0, 1, 19_999, 20_000, 20_001].map((now) => waking.ask(pool, now))).toEqual(['serverless', null, null, 'serverless', null])
    waking.awake(pool)
    expect(waking.ask(pool, 20_002)).toBe('serverless')
  })

  it('a pool that starts at once is not asked more than once a second', () => {
    const pool = new PoolState(serverless({ coldStartSeconds: 0 }), policyConfig(), 0)
    const waking = new Waking()
    expect([0, 999, 1000].map((now) => waking.ask(pool, now))).toEqual(['serverless', null, 'serverless'])
  })
})
