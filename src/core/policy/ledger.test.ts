import { describe, expect, it } from 'vitest'
import type { EndpointState } from './endpoint-state.ts'
import { PoolState } from './endpoint-state.ts'
import { Ledger } from './ledger.ts'
import type { SentCall } from './ledger.ts'
import { policyConfig, pool } from './testing.ts'

function endpoint(): EndpointState {
  return new PoolState(pool({ endpoints: ['a'] }), policyConfig(), 0).endpoints[0]!
}

function sent(at: EndpointState, sentAt: number): SentCall {
  return { endpoint: at, sentAt, probe: null, load: 0, uncached: 0, firstToken: false }
}

describe('Ledger', () => {
  it('counts a call from the moment it is sent until it ends, once', () => {
    const [ledger, a] = [new Ledger(), endpoint()]
    ledger.send('x', sent(a, 0))
    expect([a.inFlight, a.pool.inFlight, ledger.size]).toEqual([1, 1, 1])
    expect(ledger.end('x')?.endpoint).toBe(a)
    expect(ledger.end('x')).toBeUndefined()
    expect(ledger.drop('x')).toBe(false)
    expect([a.inFlight, a.pool.inFlight, ledger.size]).toEqual([0, 0, 0])
  })

  it('holds one place for an id that is sent again', () => {
    const [ledger, a, b] = [new Ledger(), endpoint(), endpoint()]
    ledger.send('x', sent(a, 0))
    ledger.send('x', sent(b, 1))
    expect([a.inFlight, b.inFlight, ledger.size]).toEqual([0, 1, 1])
  })

  it('reclaims calls whose end is never told (peer defect 2: reservations that leak)', () => {
    const [ledger, a] = [new Ledger(1000), endpoint()]
    for (let i = 0; i < 5; i++) ledger.send(`x${i}`, sent(a, i * 100))
    ledger.reclaim(999)
    expect(a.inFlight).toBe(5)
    ledger.reclaim(1250)
    expect(a.inFlight).toBe(2)
    ledger.reclaim(9999)
    expect([a.inFlight, ledger.size]).toEqual([0, 0])
  })

  it('gives up the oldest beyond its limit', () => {
    const [ledger, a] = [new Ledger(1000, 3), endpoint()]
    for (let i = 0; i < 10; i++) ledger.send(`x${i}`, sent(a, 0))
    expect([a.inFlight, ledger.size, ledger.get('x6'), ledger.get('x7')?.sentAt]).toEqual([3, 3, undefined, 0])
  })
})
