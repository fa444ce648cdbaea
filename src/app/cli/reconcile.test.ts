import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { seededRandom } from '../../core/random.ts'
import { anObservation } from '../../store/telemetry/testing.ts'
import { startApi, type TestApi } from '../api/testing.ts'
import { run } from './testing.ts'

const [OCTOBER, NOVEMBER] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)]
const NOW = Date.UTC(2026, 10, 2, 12)
const HOURS = 31 * 24
/** Two replicas at 2.49 dollars an hour: 3,705.12 in October. */
const FLOOR = { id: 'floor', nanoUsdPerHour: '2490000000', replicas: 2 }
const MONTH_CENTS = 249 * 2 * HOURS

const call = (id: string, startedAt: number, nanoUsd: number): Observation => anObservation({ tenant: 'acme', id, startedAt, pool: 'floor', keyId: `key-${Number(id) % 7}`, cost: { nanoUsd: String(nanoUsd), status: 'estimated' } })

/** A month of calls whose shares of the replicas' time end in odd nano-dollars, and one call on each side of the month. */
function monthOfCalls(): Observation[] {
  const random = seededRandom(7)
  const inside = Array.from({ length: 500 }, (_, n) => call(String(n), OCTOBER + Math.floor(random() * (NOVEMBER - OCTOBER)), Math.floor(random() * 5e9)))
  return [...inside, call('500', OCTOBER - 1, 1e9), call('501', NOVEMBER, 1e9)]
}

const calls = monthOfCalls()
let api: TestApi
beforeAll(async () => void (api = await startApi(calls, [], NOW, [FLOOR])))
afterAll(() => api.close())

const io = { now: () => new Date(NOW) }
const reconcile = (...argv: string[]) => run(['reconcile', '--url', api.base, '--key', 'sw_acme', ...argv], { io })
/** The cents of each line of the table, by its name. */
const lines = (stdout: string): Map<string, number> => new Map([...stdout.matchAll(/^(\S.*?) +([\d,]+\.\d\d)(?: +[\d.]+ %)?\s*$/gmu)].map(([, name, usd]) => [name!, Math.round(Number(usd!.replaceAll(',', '')) * 100)]))

describe('spillway reconcile', () => {
  it.each([
    ['the configuration', [], MONTH_CENTS],
    ['a bill that was less', ['--pool', 'floor', '--bill', '3511.37'], 351_137],
    ['a bill that was more', ['--pool', 'floor', '--bill', '4000.01'], 400_001],
  ])('a month by %s: the lines are the bill to the cent', async (_, argv, cents) => {
    const { stdout, stderr, exit } = await reconcile('--month', '2026-10', ...argv)
    expect([stderr, exit]).toEqual(['', 0])
    expect(stdout).toMatch(/^2026-10-01 00:00 to 2026-11-01 00:00 UTC$/mu)
    const found = lines(stdout)
    expect([...found.keys()].sort()).toEqual(['(bill)', '(idle)', ...Array.from({ length: 7 }, (__, n) => `key-${n}`)])
    expect(found.get('(bill)')).toBe(cents)
    expect([...found].reduce((sum, [name, one]) => (name === '(bill)' ? sum : sum + one), 0)).toBe(cents)
    // Each key bears what its calls of the month came to, and no call beside the month counts.
    for (let n = 0; n < 7; n++) {
      const used = calls.filter(({ keyId, startedAt }) => keyId === `key-${n}` && startedAt >= OCTOBER && startedAt < NOVEMBER).reduce((sum, { cost }) => sum + Number(cost.nanoUsd), 0)
      expect(Math.abs(found.get(`key-${n}`)! - used / 1e7)).toBeLessThanOrEqual(1)
    }
  })

  it('fewer lines, the rest in one, and still the bill', async () => {
    const found = lines((await reconcile('--month', '2026-10', '-n', '2')).stdout)
    expect(found.has('(others)')).toBe(true)
    expect([...found].reduce((sum, [name, one]) => (name === '(bill)' ? sum : sum + one), 0)).toBe(MONTH_CENTS)
  })

  it('says where the bill comes from: what is configured now, or what was given', async () => {
    expect((await reconcile('--month', '2026-10')).stdout).toMatch(/2 replicas as configured now, all the time, at the price now: where that changed meanwhile, give --bill/u)
    expect((await reconcile('--month', '2026-10', '--pool', 'floor', '--bill', '5')).stdout).toMatch(/5\.00 USD, as given\.[\s\S]*more than the bill/u)
  })

  it('a month that runs is billed up to now', async () => {
    expect(lines((await reconcile('--month', '2026-11')).stdout).get('(bill)')).toBe(249 * 2 * 36)
  })

  it.each<[string, readonly string[], RegExp]>([
    ['no month', ['--month', 'october'], /CLI_USAGE.*such as 2026-10/u],
    ['a month that has not begun', ['--month', '2026-12'], /CLI_USAGE.*not begun/u],
    ['a pool that there is not', ['--pool', 'nowhere'], /API_REFUSED.*not_found/u],
    ['a bill of no pool', ['--bill', '5'], /API_REFUSED.*name it as pool/u],
  ])('%s is refused', async (_, argv, words) => {
    const { exit, stderr } = await reconcile(...argv)
    expect([exit, stderr]).toEqual([2, expect.stringMatching(words)])
  })

  it('without a key there is nobody to ask', async () => {
    const { exit, stderr } = await run(['reconcile', '--month', '2026-10'], { io })
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/CLI_USAGE.*--key/u)])
  })
})
