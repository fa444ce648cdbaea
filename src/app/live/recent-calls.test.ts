import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECENT_SECONDS, RecentCalls } from './recent-calls.ts'

const T0 = Date.UTC(2026, 10, 1)
const call = (more: Partial<Parameters<RecentCalls['observe']>[0]> = {}): Parameters<RecentCalls['observe']>[0] => ({ tenant: 'acme', pool: 'floor', reason: 'floor-free', outcome: 'ok', ttftMs: 100, ...more })

describe('the last minute of calls', () => {
  it('counts by pool, reason and second, and tells first tokens', () => {
    const recent = new RecentCalls()
    recent.observe(call(), T0)
    recent.observe(call({ pool: 'overflow', reason: 'floor-saturated', ttftMs: 900 }), T0 + 1500)
    recent.observe(call({ pool: null, reason: 'no-model', outcome: 'refused', ttftMs: null }), T0 + 1999)
    expect(recent.read('acme', T0 + 2000)).toMatchObject({ calls: 3, errors: 1, byPool: { floor: 1, overflow: 1, none: 1 }, byReason: { 'floor-free': 1, 'floor-saturated': 1, 'no-model': 1 }, ttft: { floor: { p50: 100, p95: 100 }, overflow: { p50: 900, p95: 900 } } })
    expect(recent.read('acme', T0 + 2000).perSecond['floor']?.slice(-3)).toEqual([1, 0, 0])
  })

  it('counts a client that hung up as no error', () => {
    const recent = new RecentCalls()
    recent.observe(call({ outcome: 'client-aborted' }), T0)
    expect(recent.read('acme', T0)).toMatchObject({ calls: 1, errors: 0 })
  })

  it('forgets what is older than a minute', () => {
    const recent = new RecentCalls()
    recent.observe(call(), T0)
    expect(recent.read('acme', T0 + (RECENT_SECONDS - 1) * 1000).calls).toBe(1)
    expect(recent.read('acme', T0 + RECENT_SECONDS * 1000).calls).toBe(0)
  })

  it('tells a tenant nothing of another', () => {
    const recent = new RecentCalls()
    recent.observe(call(), T0)
    expect(recent.read('rival', T0)).toMatchObject({ calls: 0, byPool: {}, ttft: {} })
  })

  it('follows so many tenants and lets the quietest go', () => {
    const recent = new RecentCalls()
    for (let index = 0; index <= 256; index++) recent.observe(call({ tenant: `t${index}` }), T0 + index * 10)
    expect(recent.read('t0', T0 + 3000).calls).toBe(0)
    expect(recent.read('t1', T0 + 3000).calls).toBe(1)
    expect(recent.read('t256', T0 + 3000).calls).toBe(1)
  })

  it('is what a list of the calls says', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ pool: fc.constantFrom('floor', 'overflow', null), after: fc.integer({ min: 0, max: 4000 }) }), { maxLength: 200 }), (steps) => {
        const recent = new RecentCalls()
        const seen: { readonly pool: string; readonly second: number }[] = []
        let now = T0
        for (const { pool, after } of steps) {
          now += after
          recent.observe(call({ pool }), now)
          seen.push({ pool: pool ?? 'none', second: Math.floor(now / 1000) })
        }
        const last = Math.floor(now / 1000)
        const young = seen.filter(({ second }) => second > last - RECENT_SECONDS)
        const view = recent.read('acme', now)
        expect(view.calls).toBe(young.length)
        for (const pool of new Set(seen.map((one) => one.pool))) {
          const own = young.filter((one) => one.pool === pool)
          expect(view.byPool[pool] ?? 0).toBe(own.length)
          expect((view.perSecond[pool] ?? []).reduce((sum, count) => sum + count, 0)).toBe(own.length)
        }
      }),
    )
  })
})
