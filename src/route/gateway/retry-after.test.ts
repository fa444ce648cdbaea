import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, resetMs, retryAfterMs, usedUpMs } from './retry-after.ts'

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
    ["Anthropic's, where there is no Retry-After", 429, { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:07Z' }, 7000],
    ['limits beside another failure', 500, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' }, null],
  ])('reads %s', (_, status, headers, expected) => {
    expect(retryAfterMs(status, headers, NOW)).toBe(expected)
  })
})

describe('usedUpMs', () => {
  it.each<[string, Record<string, string | string[]>, number | null]>([
    ['nothing', {}, null],
    ['requests that are used up', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '8.64s' }, 8640],
    ['tokens that are used up', { 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1h', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    ['the later of both', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 1000],
    ["Anthropic's requests", { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:05Z' }, 5000],
    ["Anthropic's tokens", { 'anthropic-ratelimit-requests-remaining': '9', 'anthropic-ratelimit-output-tokens-remaining': '0', 'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:00:01.500Z' }, 1500],
    ['a reset that has passed', { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2025-12-31T23:59:59Z' }, null],
    ['limits of which something remains', { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '1s', 'anthropic-ratelimit-requests-remaining': '1', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:05Z' }, null],
    ['a limit without its reset', { 'x-ratelimit-remaining-requests': '0' }, null],
    ['a reset that is none', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'soon' }, null],
    ['a date that is none', { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '1767225605' }, null],
    ['a remainder that is none', { 'x-ratelimit-remaining-requests': '', 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-remaining-tokens': 'none', 'x-ratelimit-reset-tokens': '1s' }, null],
    ['a negative remainder, which nobody means', { 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '1s' }, null],
    ['an absurd reset: a day', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '9999h' }, 86_400_000],
    ['a header that came twice: the first', { 'x-ratelimit-remaining-requests': ['0', '7'], 'x-ratelimit-reset-requests': '1s' }, 1000],
  ])('reads %s', (_, headers, expected) => {
    expect(usedUpMs(headers, NOW)).toBe(expected)
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
