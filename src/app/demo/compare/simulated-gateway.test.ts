import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBaseline } from '../../../core/policy/baselines.ts'
import { createPolicy } from '../../../core/policy/policy.ts'
import { policyConfig, pool, serverless } from '../../../core/policy/testing.ts'
import { smallGateway } from './testing.ts'

const call = (at: number, output = 10): { readonly at: number; readonly input: number; readonly output: number } => ({ at, input: 100, output })
const COLD = { minReplicas: 0, maxReplicas: 2, concurrency: 4, coldStartSeconds: () => 10, idleWindowSeconds: 30 }

describe('the gateway in virtual time', () => {
  it('gives a call its first token and its end when the engine does', () => {
    const { gateway, ended } = smallGateway(createPolicy(policyConfig({ pools: [pool({ endpoints: ['a'] })] })), [{ pool: 'floor', id: 'a' }])
    const served = gateway.arrive(call(5, 10))
    gateway.finish()
    // The prefill is free here, so the first token comes at once and nine more follow, 10 ms each.
    expect(served).toMatchObject({ arrivedAt: 5, pool: 'floor', reason: 'floor', firstTokenAt: 5, outcome: 'ok', endedAt: expect.closeTo(5.09, 6) })
    expect(ended).toEqual([served])
  })

  it('spills when the floor is full, and starts a replica for it', () => {
    const policy = createPolicy(policyConfig({ pools: [pool({ endpoints: ['a'], capacity: 2 }), serverless()] }))
    const { gateway } = smallGateway(policy, [{ pool: 'floor', id: 'a' }, { pool: 'serverless', id: 's', rules: COLD }])
    const calls = Array.from({ length: 4 }, () => gateway.arrive(call(0, 1000)))
    gateway.finish()
    expect(calls.map(({ pool: where, reason, firstTokenAt }) => [where, reason, firstTokenAt])).toEqual([['floor', 'floor', 0], ['floor', 'floor', expect.closeTo(0, 1)], ['serverless', 'spill-saturated', 10], ['serverless', 'spill-saturated', 10]])
    expect(gateway.lives('serverless')).toMatchObject([{ startedAt: 0, readyAt: 10 }])
    expect(gateway.lives('floor')).toHaveLength(1)
  })

  it('holds a call for a pool that sleeps, and wakes it', () => {
    const policy = createPolicy(policyConfig({ pools: [serverless()], queue: { limit: 8, maxWaitMs: 60_000 } }))
    const { gateway } = smallGateway(policy, [{ pool: 'serverless', id: 's', rules: COLD, healthMs: 1000 }])
    const held = gateway.arrive(call(5))
    gateway.finish()
    // The small call that wakes it is answered first: then the pool is known to be up.
    expect(held).toMatchObject({ outcome: 'ok', reason: 'overflow-only', firstTokenAt: expect.closeTo(15, 1) })
    expect(gateway.lives('serverless')).toHaveLength(1)
  })

  it('starts a cheaper pool for a call that the floor takes meanwhile', () => {
    const policy = createPolicy(policyConfig({ pools: [pool({ endpoints: ['a'], capacity: 1 }), serverless()], sloTtftMs: 1 }))
    const { gateway } = smallGateway(policy, [{ pool: 'floor', id: 'a', tpotMs: 1000 }, { pool: 'serverless', id: 's', rules: COLD, healthMs: 1000 }])
    const calls = Array.from({ length: 3 }, () => gateway.arrive(call(5, 30)))
    gateway.finish()
    expect(calls.every(({ outcome }) => outcome === 'ok')).toBe(true)
    expect(gateway.lives('serverless').length).toBeGreaterThan(0)
  })

  it('gives up on an engine without a token in time, and asks the next; after all tries the call has failed', () => {
    const config = policyConfig({ pools: [pool({ endpoints: ['stuck', 'fine'], capacity: 9 })] })
    const stuck = { pool: 'floor', id: 'stuck', rules: { ...COLD, coldStartSeconds: () => 1e6 } }
    const { gateway } = smallGateway(createBaseline('round-robin', config), [stuck, { pool: 'floor', id: 'fine' }], { idleMs: 2000 })
    const helped = gateway.arrive(call(0))
    gateway.finish()
    expect(helped).toMatchObject({ outcome: 'ok', reason: 'failover', firstTokenAt: 2 })
    const hopeless = smallGateway(createBaseline('round-robin', policyConfig({ pools: [pool({ endpoints: ['stuck'] })] })), [stuck], { idleMs: 2000 })
    const lost = hopeless.gateway.arrive(call(0))
    hopeless.gateway.finish()
    expect(lost).toMatchObject({ outcome: 'failed', firstTokenAt: Number.NaN })
    // Three tries of two seconds, and two short waits.
    expect(hopeless.gateway.now).toBeGreaterThan(6)
    expect(hopeless.gateway.now).toBeLessThan(7)
  })

  it('refuses whom the queue has no place for, and lets the others wait their turn', () => {
    const policy = createBaseline('error-only', policyConfig({ pools: [pool({ endpoints: ['a'], maxInFlight: 1 })], queue: { limit: 1, maxWaitMs: 60_000 } }))
    const { gateway } = smallGateway(policy, [{ pool: 'floor', id: 'a' }])
    const calls = Array.from({ length: 3 }, () => gateway.arrive(call(0, 101)))
    gateway.finish()
    expect(calls.map(({ outcome, reason, firstTokenAt }) => [outcome, reason, firstTokenAt])).toEqual([['ok', 'floor', 0], ['ok', 'floor', expect.closeTo(1, 6)], ['refused', 'queue-full', Number.NaN]])
  })

  it('ends every call once, whatever comes, and leaves nothing in flight', () => {
    const calls = fc.array(fc.record({ gap: fc.double({ min: 0, max: 5, noNaN: true }), output: fc.integer({ min: 1, max: 300 }) }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(calls, fc.constantFrom('spillway' as const, 'round-robin' as const, 'error-only' as const), fc.integer({ min: 200, max: 20_000 }), (arrivals, kind, idleMs) => {
        const config = policyConfig({ pools: [pool({ endpoints: ['a', 'b'], capacity: 2, maxInFlight: 5 }), serverless({ maxInFlight: 8 })], queue: { limit: 3, maxWaitMs: 2000 } })
        const policy = kind === 'spillway' ? createPolicy(config) : createBaseline(kind, config)
        const { gateway, fleets, ended } = smallGateway(policy, [{ pool: 'floor', id: 'a' }, { pool: 'floor', id: 'b', tpotMs: 200 }, { pool: 'serverless', id: 's', rules: COLD, healthMs: 700 }], { idleMs })
        let at = 0
        const calls = arrivals.map(({ gap, output }) => gateway.arrive(call((at += gap), output)))
        gateway.finish()
        expect(ended).toHaveLength(calls.length)
        expect(new Set(ended)).toEqual(new Set(calls))
        for (const { outcome, arrivedAt, firstTokenAt, endedAt } of calls) {
          expect(outcome).not.toBe('open')
          expect(endedAt >= arrivedAt && !(firstTokenAt > endedAt)).toBe(true)
        }
        expect(policy.snapshot(gateway.now * 1000)).toMatchObject({ waiting: 0, pools: [{ inFlight: 0 }, { inFlight: 0 }] })
        gateway.runUntil(gateway.now + 100)
        expect(fleets.map((fleet) => fleet.inLine + fleet.replicas.reduce((sum, { inFlight }) => sum + inFlight, 0))).toEqual([0, 0, 0])
      }),
      { numRuns: 150 },
    )
  })
})
