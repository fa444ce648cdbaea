import { describe, expect, it } from 'vitest'
import type { LiveEndpoint, LivePool } from '../../api/live.ts'
import { poolState } from './pool-state.ts'

const endpoint = (over: Partial<LiveEndpoint> = {}): LiveEndpoint => ({ id: 'e', up: true, breaker: 'closed', inFlight: 0, capacity: 8, waiting: null, running: null, kvUsage: null, scrapeAgeMs: null, ...over })
const pool = (over: Partial<LivePool> = {}): Pick<LivePool, 'kind' | 'saturated' | 'endpoints'> => ({ kind: 'dedicated', saturated: false, endpoints: [endpoint()], ...over })

describe('the state of a pool', () => {
  it.each([
    ['takes calls', pool(), 'serving'],
    ['is full', pool({ saturated: true }), 'full'],
    ['sleeps', pool({ kind: 'serverless', saturated: true, endpoints: [endpoint({ up: false })] }), 'asleep'],
    ['is down', pool({ endpoints: [endpoint({ up: false })] }), 'down'],
    ['is down behind its breaker', pool({ kind: 'serverless', endpoints: [endpoint({ breaker: 'open' })] }), 'down'],
    ['has lost one', pool({ endpoints: [endpoint(), endpoint({ breaker: 'open' })] }), 'degraded'],
    ['probes', pool({ endpoints: [endpoint({ breaker: 'half-open' })] }), 'serving'],
  ] as const)('%s', (_, state, name) => {
    expect(poolState(state).name).toBe(name)
  })
})
