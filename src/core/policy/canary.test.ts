import { describe, expect, it } from 'vitest'
import { canaryOf } from './canary.ts'
import { PoolState } from './endpoint-state.ts'
import { call, policyConfig, pool } from './testing.ts'

function states(...shares: readonly (number | null)[]): PoolState[] {
  const endpoints = shares.map((canaryShare, i) => ({ id: `e${i}`, canaryShare }))
  return [new PoolState(pool({ endpoints }), policyConfig(), 0)]
}

function shareOf(pools: readonly PoolState[], id: string): number {
  let hits = 0
  for (let i = 0; i < 5000; i++) if (canaryOf(pools, call({ session: `s${i}` }))?.spec.id === id) hits++
  return hits / 5000
}

describe('canaryOf', () => {
  it('gives a canary its share of the sessions', () => {
    const pools = states(null, 0.1, 0.3)
    expect(Math.abs(shareOf(pools, 'e1') - 0.1)).toBeLessThan(0.02)
    expect(Math.abs(shareOf(pools, 'e2') - 0.3)).toBeLessThan(0.03)
  })

  it('keeps a session where it is, whatever the call', () => {
    const pools = states(null, 0.5)
    const found = new Set(Array.from({ length: 50 }, () => canaryOf(pools, call({ session: 'same' }))?.spec.id))
    expect(found.size).toBe(1)
  })

  it('keeps everybody it had when its share grows', () => {
    const [small, large] = [states(null, 0.1), states(null, 0.4)]
    const sessions = Array.from({ length: 1000 }, (_, i) => `s${i}`)
    const held = (pools: readonly PoolState[]): string[] => sessions.filter((session) => canaryOf(pools, call({ session })) !== null)
    expect(held(large)).toEqual(expect.arrayContaining(held(small)))
    expect(held(large).length).toBeGreaterThan(2 * held(small).length)
  })

  it('goes by the call where there is no session', () => {
    const pools = states(null, 0.5)
    const found = new Set(Array.from({ length: 50 }, (_, i) => canaryOf(pools, call({ id: `c${i}` }))?.spec.id))
    expect(found).toEqual(new Set([undefined, 'e1']))
  })

  it.each([[0, 0], [1, 1]])('a share of %s is %s of them', (share, expected) => {
    expect(shareOf(states(null, share), 'e1')).toBe(expected)
  })
})
