import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTRACT_CONFIG, World, step } from './contract-world.ts'
import { call, policyConfig, pool, tokens } from './testing.ts'
import type { Policy, PolicyConfig } from './types.ts'

/** What every policy must keep, ours and those it is compared with. */
export function describePolicy(name: string, create: (config: PolicyConfig) => Policy): void {
  describe(`${name}: the contract of a policy`, () => {
    it('keeps model, residency, realtime, caps, deadlines and its books through any history, and ends with nothing in flight', () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), fc.boolean(), (steps, backwards) => {
          const world = new World(create(CONTRACT_CONFIG), CONTRACT_CONFIG)
          for (const each of steps) world.play(each)
          world.end((ids) => (backwards ? ids.toReversed() : ids))
          expect(world.broken).toEqual([])
        }),
        { numRuns: 300 },
      )
    })

    it('decides the same with the same seed', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, seed) => {
          const config = { ...CONTRACT_CONFIG, seed }
          const logs = [0, 1].map(() => {
            const world = new World(create(config), config)
            for (const each of steps) world.play(each)
            return world.log
          })
          expect(logs[0]).toEqual(logs[1])
        }),
        { numRuns: 50 },
      )
    })

    it('keeps a bounded number of entries over 100,000 calls, though a tenth of them never ends', () => {
      const config = policyConfig({ pools: [pool({ maxInFlight: 500 }), tokens({ maxInFlight: 500 })], queue: { limit: 50, maxWaitMs: 1000 }, reclaimAfterMs: 5000, prefixEntries: 300 })
      const policy = create(config)
      // 1,000 under way, 50 waiting, 50 told to go, 300 blocks, and 3 x 116 keys that were served.
      const bound = 1000 + 50 + 51 + 300 + 3 * 116
      let most = 0
      const sent: string[] = []
      for (let i = 0; i < 100_000; i++) {
        const decision = policy.decide(call({ id: `g${i}`, keyId: `key-${i}`, session: `session-${i}`, prefix: [i, i + 0.5, -i] }), i)
        if (decision.kind === 'dispatch') sent.push(`g${i}`)
        for (const settled of policy.drain(i)) if (settled.decision.kind === 'dispatch') sent.push(settled.callId)
        const ended = sent.length > 200 ? sent.shift() : undefined
        if (ended !== undefined && i % 10 !== 0) policy.observe({ type: 'finished', callId: ended, at: i, outputTokens: 1 })
        if (i % 100 !== 0) continue
        policy.observe({ type: 'tick', at: i })
        most = Math.max(most, policy.snapshot(i).entries ?? 0)
      }
      expect(most).toBeGreaterThan(0)
      expect(most).toBeLessThanOrEqual(bound)
      policy.observe({ type: 'tick', at: 200_000 })
      policy.drain(200_000)
      for (let round = 0; round < 2; round++) policy.observe({ type: 'tick', at: 300_000 })
      expect(policy.snapshot(300_000)).toMatchObject({ waiting: 0, pools: [{ inFlight: 0 }, { inFlight: 0 }] })
    })

    it('ignores events about calls and endpoints that it does not know', () => {
      const policy = create(policyConfig())
      const before = policy.snapshot(0)
      policy.observe({ type: 'first-token', callId: 'nobody', at: 1 })
      policy.observe({ type: 'finished', callId: 'nobody', at: 1, outputTokens: 3 })
      policy.observe({ type: 'failed', callId: 'nobody', at: 1, fault: true, retryAfterMs: 99 })
      policy.observe({ type: 'aborted', callId: 'nobody', at: 1 })
      policy.observe({ type: 'scraped', pool: 'floor', endpoint: '__proto__', at: 1, metrics: { waiting: 1, running: 1, kvUsage: 1 } })
      policy.observe({ type: 'health', pool: 'constructor', endpoint: 'a', at: 1, up: false })
      expect(policy.snapshot(0)).toEqual(before)
    })

    it('frees the place of a call once, however often its end is told', () => {
      const policy = create(policyConfig())
      policy.decide(call({ id: 'x' }), 0)
      policy.decide(call({ id: 'y' }), 0)
      policy.observe({ type: 'failed', callId: 'x', at: 1, fault: true, retryAfterMs: null })
      policy.observe({ type: 'finished', callId: 'x', at: 2, outputTokens: 1 })
      policy.observe({ type: 'aborted', callId: 'x', at: 3 })
      expect(policy.snapshot(3).pools[0]?.inFlight).toBe(1)
    })

    it('holds one place for an id that is decided twice', () => {
      const policy = create(policyConfig())
      policy.decide(call({ id: 'x' }), 0)
      policy.decide(call({ id: 'x' }), 1)
      expect(policy.snapshot(1).pools[0]?.inFlight).toBe(1)
    })

    it('refuses a configuration that makes no sense', () => {
      expect(() => create(policyConfig({ pools: [pool(), pool()] }))).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }))
    })
  })
}
