import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Breaker } from './breaker.ts'
import { policyConfig } from './testing.ts'
import type { BreakerSpec } from './types.ts'

const spec: BreakerSpec = { ...policyConfig().breaker, consecutive: 3, minimum: 10, failureShare: 0.5, windowMs: 8000, openMs: 1000, maxOpenMs: 4000, probes: 2 }

function opened(at = 0): Breaker {
  const breaker = new Breaker(spec)
  for (let i = 0; i < 3; i++) breaker.failure(at, null, null)
  return breaker
}

describe('Breaker', () => {
  it('opens after failures in a row (peer defect 6: 25 consecutive 500s left an endpoint in rotation)', () => {
    const breaker = new Breaker(spec)
    const states = Array.from({ length: 25 }, (_, i) => {
      breaker.failure(i, null, null)
      return breaker.state(i)
    })
    expect(states.slice(0, 4)).toEqual(['closed', 'closed', 'open', 'open'])
    expect(new Set(states.slice(2))).toEqual(new Set(['open']))
  })

  it('a success in between starts the row again', () => {
    const breaker = new Breaker(spec)
    for (let i = 0; i < 4; i++) {
      breaker.failure(i, null, null)
      breaker.success(i, null)
    }
    expect(breaker.state(9)).toBe('closed')
  })

  it('opens at the share of failures, from the minimum of calls on', () => {
    const breaker = new Breaker(spec)
    const outcome = (i: number): void => (i % 2 === 0 ? breaker.success(i, null) : breaker.failure(i, null, null))
    for (let i = 0; i < 9; i++) outcome(i)
    expect(breaker.state(9)).toBe('closed')
    outcome(9)
    expect(breaker.state(9)).toBe('open')
  })

  it('forgets outcomes that have left the window', () => {
    const breaker = new Breaker({ ...spec, consecutive: 100 })
    for (let i = 0; i < 9; i++) breaker.failure(0, null, null)
    breaker.failure(8001, null, null)
    expect(breaker.state(8001)).toBe('closed')
  })

  it('lets a limited number of probes through once the time is over (peer defect 10: breakers without a half-open state)', () => {
    const breaker = opened()
    expect([breaker.state(999), breaker.mayProbe(999)]).toEqual(['open', false])
    expect([breaker.state(1000), breaker.mayProbe(1000)]).toEqual(['half-open', true])
    breaker.startProbe()
    breaker.startProbe()
    expect(breaker.mayProbe(1000)).toBe(false)
  })

  it('closes on the success of a probe, with a clean record', () => {
    const breaker = opened()
    breaker.success(1100, breaker.startProbe())
    expect(breaker.state(1100)).toBe('closed')
    breaker.failure(1200, null, null)
    breaker.failure(1200, null, null)
    expect(breaker.state(1200)).toBe('closed')
  })

  it('stays open twice as long after each failed probe, up to the most (peer defect 6: a second cool-down kept the first deadline)', () => {
    const breaker = opened()
    const times: number[] = []
    for (let at = 1000; times.length < 4; at = breaker.openUntil!) {
      breaker.failure(at, breaker.startProbe(), null)
      times.push(breaker.openUntil! - at)
    }
    expect(times).toEqual([2000, 4000, 4000, 4000])
  })

  it('is not moved by calls that were under way when it opened', () => {
    const breaker = opened()
    for (let i = 0; i < 50; i++) breaker.failure(10 + i, null, null)
    breaker.success(100, null)
    expect([breaker.state(999), breaker.openUntil]).toEqual(['open', 1000])
    breaker.success(1500, null)
    expect(breaker.state(1500)).toBe('half-open')
  })

  it('knows a probe of an earlier half-open phase from one of this', () => {
    const breaker = opened()
    const [late, bad] = [breaker.startProbe(), breaker.startProbe()]
    breaker.failure(1100, bad, null)
    breaker.success(1200, late)
    breaker.release(late)
    expect([breaker.state(1200), breaker.openUntil]).toEqual(['open', 3100])
    expect(breaker.mayProbe(3100)).toBe(true)
  })

  it('gives a probe that tells nothing back', () => {
    const breaker = opened()
    breaker.startProbe()
    const aborted = breaker.startProbe()
    breaker.release(aborted)
    expect(breaker.mayProbe(1000)).toBe(true)
  })

  it('keeps away for as long as the upstream asks, at the first failure, and takes the longer of two', () => {
    const breaker = new Breaker(spec)
    breaker.failure(0, null, 700)
    expect([breaker.state(699), breaker.state(700)]).toEqual(['open', 'half-open'])
    breaker.failure(100, null, 5000)
    breaker.failure(200, null, 10)
    expect(breaker.openUntil).toBe(5100)
    const longer = opened()
    longer.failure(1000, longer.startProbe(), 60_000)
    expect(longer.openUntil).toBe(61_000)
  })

  it.each([
    ['nonsense', Number.NaN, null],
    ['the past', -5, null],
    ['a year', 365 * 86_400_000, 3_600_000],
    ['for ever', Number.POSITIVE_INFINITY, 3_600_000],
  ])('a Retry-After of %s does not lose the endpoint for good', (_, retryAfterMs, until) => {
    const breaker = new Breaker(spec)
    breaker.failure(0, null, retryAfterMs)
    expect(breaker.openUntil).toBe(until)
  })

  it('always gets back to closed through good probes, whatever came before', () => {
    const event = fc.record({ wait: fc.integer({ min: 0, max: 5000 }), good: fc.boolean(), isProbe: fc.boolean(), retryAfter: fc.option(fc.integer({ min: 0, max: 9000 })) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const breaker = new Breaker(spec)
        let now = 0
        for (const { wait, good, isProbe, retryAfter } of events) {
          now += wait
          const probe = isProbe && breaker.mayProbe(now) ? breaker.startProbe() : null
          if (good) breaker.success(now, probe)
          else breaker.failure(now, probe, retryAfter)
          expect((breaker.openUntil ?? now) - now).toBeLessThanOrEqual(9000)
        }
        now = breaker.openUntil ?? now
        while (breaker.mayProbe(now)) breaker.success(now, breaker.startProbe())
        expect(breaker.state(now + 20_000)).not.toBe('open')
      }),
    )
  })
})
