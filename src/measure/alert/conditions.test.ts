import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { budgetConditions, type BudgetState } from './budget-burn.ts'
import { leakConditions } from './leak-found.ts'
import { poolConditions } from './pool-health.ts'
import { spendConditions, type HourlySpend } from './spend-anomaly.ts'

type Endpoint = PolicySnapshot['pools'][number]['endpoints'][number]
const endpoint = (id: string, parts: Partial<Endpoint> = {}): Endpoint => ({ id, inFlight: 0, up: true, breaker: 'closed', scrapedAt: null, metrics: null, ...parts })
const pool = (id: string, ...endpoints: Endpoint[]): PolicySnapshot => ({ waiting: 0, pools: [{ id, inFlight: 0, saturation: 0, saturated: false, endpoints }] })
const NONE: ReadonlySet<string> = new Set()

describe('a pool', () => {
  it('with all endpoints up and closed is well, and one that is probed again is on its way', () => {
    expect(poolConditions(pool('floor', endpoint('a'), endpoint('b', { breaker: 'half-open' })), NONE)).toEqual([])
  })

  it('with some out of service is a warning that names them', () => {
    expect(poolConditions(pool('floor', endpoint('a', { up: false }), endpoint('b', { breaker: 'open' }), endpoint('c')), NONE)).toMatchObject([{ id: 'pool-unhealthy:floor', severity: 'warning', text: 'Pool floor has 2 of 3 endpoints out of service: a (down), b (breaker open).' }])
  })

  it('with none left is critical', () => {
    expect(poolConditions(pool('floor', endpoint('a', { up: false })), NONE)).toMatchObject([{ severity: 'critical', text: 'Pool floor has its only endpoint out of service: a (down).' }])
    expect(poolConditions(pool('floor', endpoint('a', { up: false }), endpoint('b', { up: false })), NONE)[0]!.text).toContain('all 2 endpoints')
  })

  it('that sleeps is well, unless calls to it fail', () => {
    const sleepers = new Set(['spill'])
    expect(poolConditions(pool('spill', endpoint('a', { up: false })), sleepers)).toEqual([])
    expect(poolConditions(pool('spill', endpoint('a', { up: false, breaker: 'open' })), sleepers)).toHaveLength(1)
  })

  it('of many endpoints names five', () => {
    expect(poolConditions(pool('floor', ...Array.from({ length: 40 }, (_, n) => endpoint(`e${n}`, { up: false }))), NONE)[0]!.text).toContain('e4 (down) and 35 more.')
  })
})

const judgeBudget = (state: BudgetState, at: number): string[] => budgetConditions([state], at).map(({ severity, text }) => `${severity}: ${text}`)

describe('a budget', () => {
  const start = Date.UTC(2026, 10, 1)
  const end = Date.UTC(2026, 11, 1)
  const day = 86_400_000
  const budget = (usd: number, parts: Partial<BudgetState> = {}): BudgetState => ({ id: 'b1', tenant: 'default', about: 'feature search', subject: '', limit: 100_000_000_000n, spent: BigInt(Math.round(usd * 1e9)), start, end, ...parts })

  it('that is used up is critical', () => {
    expect(judgeBudget(budget(100), start + day)).toEqual(['critical: The budget of feature search is used up: $100.00 of $100.00. Calls under it are refused.'])
  })

  it('that is nearly used up is a warning, whenever', () => {
    expect(judgeBudget(budget(80), end - 1)).toEqual(['warning: The budget of feature search is nearly used up: $80.00 of $100.00.'])
    expect(judgeBudget(budget(79.99), end - 1)).toEqual([])
  })

  it('that will be used up before its window ends says when', () => {
    expect(judgeBudget(budget(40), start + 6 * day)).toEqual(['warning: The budget of feature search will be used up at 2026-11-16 00:00 UTC if spending goes on like this: $40.00 of $100.00, its window ends at 2026-12-01 00:00 UTC.'])
    expect(judgeBudget(budget(40), start + 12 * day)).toEqual([])
  })

  it('makes no forecast of the first tenth of its time or its money, nor where it has no end', () => {
    expect(judgeBudget(budget(40), start + 2 * day)).toEqual([])
    expect(judgeBudget(budget(9.9, { limit: 100_000_000_000n }), start + 2.9 * day)).toEqual([])
    expect(judgeBudget(budget(79, { start: 0, end: null }), start)).toEqual([])
  })

  it('for each is told by whom', () => {
    expect(budgetConditions([budget(200, { about: 'each user', subject: 'ann' })], start + day)).toMatchObject([{ id: 'budget-burn:b1:ann', text: expect.stringContaining('The budget of each user for ann is used up') as string }])
  })

  it('is never forecast to end in the past or after its window', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), fc.integer({ min: start, max: end - 1 }), (usd, now) => {
        for (const text of judgeBudget(budget(usd), now)) {
          const [, at] = /used up at ([\d-]+ [\d:]+) UTC/u.exec(text) ?? []
          if (at === undefined) continue
          const ms = Date.parse(`${at.replace(' ', 'T')}Z`)
          expect(ms).toBeGreaterThan(now - 60_000)
          expect(ms).toBeLessThan(end)
        }
      }),
    )
  })
})

const flat = (hours: number, usd = 2): number[] => Array.from({ length: hours }, (_, n) => usd * (1 + 0.05 * Math.sin(n)))
/** Office hours: $10 from 9 to 17, else $0.50; two weeks up to the hour before `last`, which costs `usd`. */
const office = (last: number, usd: number): number[] => [...Array.from({ length: 14 * 24 }, (_, n) => (last + n) % 24).map((hour) => (hour >= 9 && hour < 17 ? 10 : 0.5)), usd]

describe('spend', () => {
  const lastHour = Date.UTC(2026, 10, 20, 12)
  const series = (usd: readonly number[]): HourlySpend => ({ tenant: 'default', about: 'Feature search', lastHour, usd })
  const judge = (usd: readonly number[], least = 1): number => spendConditions([series(usd)], least).length

  it('many times the usual is told, with both figures', () => {
    const [condition] = spendConditions([series([...flat(48), 30])], 1)
    expect(condition).toMatchObject({ id: 'spend-anomaly:default:Feature search', text: expect.stringMatching(/^Feature search cost \$30\.00 in the hour from 2026-11-20 12:00 UTC, where \$(1\.9|2\.0)\d is usual\.$/u) as string })
    expect(Number(condition!.nanoUsd) / 1e9).toBeCloseTo(28, 0)
  })

  it('as usual, less than usual, or a little more, is not', () => {
    expect([judge([...flat(48), 2.1]), judge([...flat(48), 0]), judge([...flat(48), 3.5])]).toEqual([0, 0, 0])
  })

  it('that is dear only in proportion is not: cents', () => {
    expect(judge([...flat(48, 0.001), 0.5])).toBe(0)
    expect(judge([...flat(48, 0.001), 0.5], 0.1)).toBe(1)
  })

  it('that peaks every day is no anomaly at its peak, once a week is known', () => {
    expect(judge(office(12, 10))).toBe(0)
    expect(judge(office(12, 60))).toBe(1)
  })

  it('at night like at noon is one', () => {
    expect(judge(office(3, 10))).toBe(1)
  })

  it('of less than a day before says nothing', () => {
    expect([judge([...flat(23), 100]), judge([100]), judge([])]).toEqual([0, 0, 0])
  })

  it('is still told where a tenth of the past was as bad', () => {
    const past = flat(200).map((usd, n) => (n % 10 === 0 ? 40 : usd))
    expect(judge([...past, 40])).toBe(1)
  })
})

it('a leak is told from a loss a month on', () => {
  const leak = { id: 'bloat:search', tenant: 't', text: 'Prompts of search are five times as long as needed.', mend: 'Cut them.', nanoUsdPerMonth: 30_000_000_000n }
  expect(leakConditions([leak], 30)).toMatchObject([{ id: 'leak:t:bloat:search', kind: 'leak', nanoUsd: 30_000_000_000n }])
  expect(leakConditions([leak], 30.01)).toEqual([])
})
