import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, resetMs, retryAfterMs } from './retry-after.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('retryAfterMs', () => {
  it.each([
    ['seconds', 503, { 'retry-after': '3' }, 3000],
    ['a date', 503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5000],
    ['a date that has passed', 503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT', now: '1' }, 5000],
    ['milliseconds, which are more exact', 429, { 'retry-after': '3', 'retry-after-ms': '2500' }, 2500],
    ['nothing', 503, {}, null],
    ['nonsense', 503, { 'retry-after': 'soon' }, null],
    ['a negative', 503, { 'retry-after': '-1' }, null],
    ['more than a day', 503, { 'retry-after': '999999999' }, 86_400_000],
    ['what ran out', 429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s', 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '6h' }, 90_000],
    ['the later of two that ran out', 429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 1000],
    ['limits that did not run out', 429, { 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1s' }, null],
    ['limits beside another failure', 500, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' }, null],
  ])('reads %s', (_, status, headers, expected) => {
    expect(retryAfterMs(status, headers, NOW)).toBe(expected)
  })
})

describe('resetMs', () => {
  it.each([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['20ms', 20],
    ['1h2m3.5s', 3_723_500],
    ['0s', 0],
    ['1m', 60_000],
    ['', null],
    ['ms', null],
    ['5', null],
    ['1s2h', null],
    [undefined, null],
  ])('%s', (text, expected) => {
    expect(resetMs(text)).toBe(expected)
  })
})

describe('backoffMs', () => {
  const config = { attempts: 5, baseMs: 100, maxMs: 2000, budgetShare: 0.2 }

  it('doubles its ceiling with every retry, and is jittered over all of it', () => {
    expect([0, 1, 2, 10].map((retry) => backoffMs(retry, config, null, () => 0.5))).toEqual([50, 100, 200, 1000])
    expect(backoffMs(3, config, null, () => 0)).toBe(0)
  })

  it('is never earlier than the upstream asked for', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (retry, asked, random) => {
        expect(backoffMs(retry, config, asked, () => random)).toBeGreaterThanOrEqual(asked)
      }),
    )
  })
})
