import { beforeAll, describe, expect, it } from 'vitest'
import { demoTraffic } from '../traffic.ts'
import { compareOptions, demoWorld, playOption, type Comparison } from './compare.ts'
import { allDedicated, HYBRID, PEAK_SHARE } from './option.ts'
import type { Outcome } from './outcome.ts'
import { comparisonText } from './report.ts'

/** Into the peak. */
const SECONDS = 1200

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

type Figures = (name: string) => { readonly withinSlo: number; readonly perHour: number }

/** The comparison as it would be told with these figures. */
function textWith(comparison: Comparison, of: Figures): string {
  const options = comparison.options.map((option) => ({ ...option, outcome: { ...option.outcome, withinSlo: of(option.name).withinSlo, bill: { ...option.outcome.bill, perHour: of(option.name).perHour } } }))
  return comparisonText({ ...comparison, options }, false).join(' ')
}

describe('the comparison', () => {
  let comparison: Comparison
  const names: string[] = []
  beforeAll(async () => {
    comparison = await compareOptions({ seconds: SECONDS, load: 1, seed: 3, onOption: (name) => names.push(name) })
  }, 120_000)

  const outcome = (name: string): Outcome => comparison.options.find((option) => option.name === name)!.outcome

  it('plays the same calls through every option', () => {
    expect(names).toEqual(expect.arrayContaining(comparison.options.map(({ name }) => name)))
    expect(comparison.options.map(({ name }) => name)).toEqual(expect.arrayContaining(['hybrid', 'all-dedicated x 2', 'all-serverless', 'round-robin', 'error-only']))
    expect(new Set(comparison.options.map((option) => option.outcome.calls))).toEqual(new Set([demoTraffic(SECONDS, 3).length]))
  })

  it('gives the same for the same seed, and something else for another', async () => {
    const world = await demoWorld(3)
    expect(playOption(HYBRID, world, demoTraffic(SECONDS, 3), SECONDS)).toEqual(outcome('hybrid'))
    expect(playOption(HYBRID, { ...world, seed: 4 }, demoTraffic(SECONDS, 3), SECONDS)).not.toEqual(outcome('hybrid'))
  })

  it('counts every call once: by pool, by reason, over time', () => {
    for (const { outcome: each } of comparison.options) {
      expect([sum(Object.values(each.byPool)), sum(Object.values(each.byReason))]).toEqual([each.calls, each.calls])
      expect(sum(each.split.map(({ dedicated, serverless }) => dedicated + serverless))).toBe(each.calls - (each.byPool['none'] ?? 0))
      expect(sum(each.split.map(({ serverless }) => serverless))).toBe(each.byPool['overflow'] ?? 0)
      expect(each.serverlessShare).toBeCloseTo((each.byPool['overflow'] ?? 0) / each.calls, 12)
      expect(each.withinSlo).toBeLessThanOrEqual(1 - each.failed / each.calls)
    }
  })

  it('bills what the meters say: the lines make the total, and dedicated is the clock', () => {
    for (const { dedicated, serverless, outcome: { bill, byPool } } of comparison.options) {
      expect(sum(Object.values(bill.lines))).toBeCloseTo(bill.dedicated + bill.serverless, 8)
      // $0.99 an hour, each replica's time rounded up to a second.
      const second = 0.99 / 3600
      expect(Math.abs(bill.dedicated - dedicated * second * (3600 * bill.hours + 0.5))).toBeLessThanOrEqual(dedicated * second * 0.5 + 1e-8)
      expect(bill.hours).toBeGreaterThanOrEqual(SECONDS / 3600)
      expect(bill.perHour).toBeCloseTo((bill.dedicated + bill.serverless) / bill.hours, 9)
      expect(bill.serverless > 0).toBe(serverless && (byPool['overflow'] ?? 0) > 0)
    }
  })

  it('sizes all-dedicated for the peak: the first count that keeps the SLO, beside one fewer, which does not', () => {
    const sized = comparison.options.filter(({ serverless }) => !serverless)
    expect(sized[0]!.dedicated).toBe(2)
    expect(sized.at(-1)!.dedicated - sized.at(-2)!.dedicated).toBe(1)
    expect(sized.at(-1)!.outcome.withinSlo).toBeGreaterThanOrEqual(PEAK_SHARE)
    for (const { outcome: each } of sized.slice(0, -1)) expect(each.withinSlo).toBeLessThan(PEAK_SHARE)
  })

  it('has each option do what it says', () => {
    // By turns over two dedicated endpoints and one serverless one.
    expect(outcome('round-robin').serverlessShare).toBeCloseTo(1 / 3, 2)
    expect(outcome('all-serverless').byPool).not.toHaveProperty('floor')
    expect(outcome('all-dedicated x 2').byPool).not.toHaveProperty('overflow')
    // Into a peak that two replicas cannot carry: who does not spill on load is slow.
    expect(outcome('hybrid').byReason['spill-saturated']).toBeGreaterThan(0)
    expect(outcome('hybrid').withinSlo).toBeGreaterThan(outcome('error-only').withinSlo!)
    expect(outcome('hybrid').bill.perHour).toBeLessThan(outcome('all-serverless').bill.perHour)
  })

  it('knows a floor that is large enough: nothing spills, and the hybrid is all-dedicated', async () => {
    const [with_, without] = await Promise.all([{ ...HYBRID, dedicated: 6 }, allDedicated(6)].map(async (option) => playOption(option, await demoWorld(1), demoTraffic(300, 1), 300)))
    expect(with_!.bill.serverless).toBe(0)
    expect(with_).toEqual(without)
  })

  it('prints within 100 columns, colored or not', () => {
    const lines = comparisonText(comparison, false)
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
    expect(lines.join('\n')).not.toMatch(/\u001B|NaN|undefined|…/u)
    expect(comparisonText(comparison, true).join('\n')).toContain('\u001B[38;5;172m')
  })

  it('has room for what an overload makes of the figures', () => {
    const options = comparison.options.map((option) => ({ ...option, name: 'all-dedicated x 10', dedicated: 10, outcome: { ...option.outcome, failed: 240_000, mostServerless: 8, idle: 1, serverlessShare: 1, withinSlo: 1, ttftMs: { p50: 120_373, p95: 148_780, p99: 150_000 }, bill: { ...option.outcome.bill, dedicatedPerHour: 10.75, serverlessPerHour: 15.24, perHour: 25.99 } } }))
    expect(comparisonText({ ...comparison, calls: 240_000, load: 3, options }, false).join('\n')).not.toContain('…')
  })

  it('names whoever is cheapest, not the hybrid', () => {
    expect(textWith(comparison, (name) => ({ withinSlo: name === 'round-robin' ? 1 : 0.96, perHour: name === 'error-only' ? 0.5 : 2 }))).toMatch(/Cheapest with 95 % of calls in the SLO: error-only, \$0.50 an hour; with 99 %: round-robin, \$2.00\./u)
    // To the cent: then the first of the table.
    expect(textWith(comparison, (name) => ({ withinSlo: 1, perHour: name === 'error-only' ? 1.9799 : name === 'hybrid' ? 3 : 1.98 }))).toContain('SLO: all-dedicated x 2, $1.98 an hour')
    expect(textWith(comparison, () => ({ withinSlo: 0.5, perHour: 1 }))).toContain('with 95 % of calls in the SLO: none of these; with 99 %: none of these.')
  })
})

describe('no traffic at all', () => {
  it('has no shares, costs what is rented, and needs one replica', async () => {
    const { options } = await compareOptions({ seconds: 1, load: 1e-6, seed: 1 })
    expect(options.map(({ name, outcome: { calls, withinSlo, ttftMs } }) => [name, calls, withinSlo, ttftMs.p95])).toEqual(['hybrid', 'all-dedicated x 1', 'all-dedicated x 2', 'all-serverless', 'round-robin', 'error-only'].map((name) => [name, 0, null, null]))
    expect(options[0]!.outcome.bill.perHour).toBeCloseTo(1.98, 6)
    expect(comparisonText({ seconds: 1, load: 1e-6, seed: 1, calls: 0, options }, false).join('\n')).not.toMatch(/NaN|undefined/u)
  })
})
