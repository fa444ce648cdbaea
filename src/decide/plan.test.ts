import { describe, expect, it } from 'vitest'
import { seededRandom } from '../core/random.ts'
import { keepWarmOverflow } from './fleet/overflow.ts'
import type { PlanInput } from './plan-input.ts'
import type { PlanResult } from './plan-result.ts'
import { plan } from './plan.ts'
import { bareMarket, dedicatedOption, demandOf, planInput, realCurve, serverlessOption, sineWeeks } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const planned = (values: readonly number[], ratio: number, over: Partial<PlanInput> = {}, binSeconds = 600): PlanResult =>
  plan(planInput(demandOf(values, binSeconds), ratio, over))
const days = (count: number, day: (d: number, hour: number) => number): number[] => Array.from({ length: count * 24 }, (_, t) => day(Math.floor(t / 24), t % 24))

describe('planted truths', () => {
  it('flat traffic is dedicated', () => {
    expect(
      planned(
        days(14, () => 3),
        0.6,
        { growthSd: 0 },
        3600,
      ),
    ).toMatchObject({ recommended: 'all-dedicated', verdict: 'all-dedicated' })
  })

  it('flat traffic that may grow owns the same replicas; serverless is then only for the growth', () => {
    const result = planned(
      days(14, () => 3),
      0.6,
      {},
      3600,
    )
    expect(result.marginal.map(({ choice }) => choice)).toEqual(['dedicated', 'dedicated', 'dedicated'])
    expect(result.scenarios.find(({ id }) => id === result.recommended)!.replicas).toMatchObject({ base: 3, serverlessMax: 0 })
  })

  it('rare bursts at any hour are serverless', () => {
    expect(
      planned(
        days(14, (day, hour) => (hour === (day * 7) % 24 ? 2 : 0)),
        0.6,
        {},
        3600,
      ),
    ).toMatchObject({ recommended: 'all-serverless', verdict: 'all-serverless' })
  })

  it('a floor with short bursts above it is the floor and serverless', () => {
    const values = Array.from({ length: 14 * 144 }, (_, t) => 3 + ((t * 37) % 144 < 10 ? 4 : 0))
    const result = planned(values, 0.6)
    expect(result.scenarios.find(({ id }) => id === 'hybrid')!.replicas.base).toBe(3)
    expect(result.family).toEqual({ choice: 'hybrid', probability: 1 })
    expect(result.marginal.map(({ choice }) => choice)).toEqual(['dedicated', 'dedicated', 'dedicated', 'serverless', 'serverless', 'serverless', 'serverless'])
  })

  it('a rhythm by the day is rented by the hour', () => {
    const result = planned(sineWeeks(0, 12), 0.6)
    expect(['hybrid-elastic', 'hybrid-hour-of-day']).toContain(result.recommended)
    expect(result.scenarios.find(({ id }) => id === result.recommended)!.replicas.elasticMax).toBeGreaterThan(3)
  })

  it('dedicated that costs more than serverless is never bought', () => {
    expect(planned(sineWeeks(1, 8), 1.3)).toMatchObject({ recommended: 'all-serverless', verdict: 'all-serverless' })
  })

  it('operations that cost more than owning saves make it serverless', () => {
    expect(
      planned(
        days(14, () => 1),
        0.9,
        { ops: { dedicatedMonthly: 500, serverlessMonthly: 0, source: 'test' } },
        3600,
      ).recommended,
    ).toBe('all-serverless')
  })
})

describe('honesty', () => {
  it('is inconclusive under 14 days and on described traffic, and exact at 14', () => {
    expect(
      planned(
        days(13, () => 3),
        0.6,
        {},
        3600,
      ).verdict,
    ).toBe('inconclusive')
    expect(planned(days(14, () => 3).slice(1), 0.6, {}, 3600).verdict).toBe('inconclusive')
    const described = planned(
      days(28, () => 3),
      0.6,
      { traffic: { source: 'described', measured: false, inputTokens: null, outputTokens: null } },
      3600,
    )
    expect(described).toMatchObject({ verdict: 'inconclusive', probabilityCheapest: {}, expected: {}, outOfSample: { available: false } })
  })

  it('is inconclusive between plans that chance decides', () => {
    // A replica that is busy in 60 % of all bins, at random, with a break-even of 60 %.
    const random = seededRandom(11)
    const result = planned(
      Array.from({ length: 14 * 144 }, () => (random() < 0.6 ? 1 : 0)),
      0.6,
    )
    expect(Math.max(...Object.values(result.probabilityCheapest))).toBeLessThan(0.8)
    expect(result.verdict).toBe('inconclusive')
    expect(result.whatToMeasureNext.length).toBeGreaterThan(0)
  })

  it('without days to judge on recommends no schedule, whose 24 counts fit any trace too well', () => {
    const result = planned(sineWeeks(0, 12), 0.6, { resamples: 0 })
    const usd = (id: string): number => result.scenarios.find((scenario) => scenario.id === id)!.monthlyUsd!
    expect(usd('hybrid-hour-of-day')).toBeLessThan(usd('hybrid-elastic'))
    expect(result).toMatchObject({ recommended: 'hybrid-elastic', verdict: 'inconclusive' })
  })

  it('gives the range of the bill beside its mean', () => {
    const { expected, recommended } = planned(sineWeeks(1, 8), 0.6)
    const { p10Usd, meanUsd, p90Usd } = expected[recommended]!
    expect(p10Usd).toBeLessThan(meanUsd)
    expect(meanUsd).toBeLessThan(p90Usd)
  })

  it('names possible recording gaps', () => {
    expect(
      plan(
        planInput(
          demandOf(
            days(3, () => 1),
            3600,
            [3, 4],
          ),
          0.6,
        ),
      ).warnings.join(),
    ).toContain('2 empty or nearly empty bins (2.8 %)')
  })

  it('tells what is saved against the current bill', () => {
    const { savings, scenarios, recommended } = planned(
      days(14, () => 3),
      0.6,
      { current: { monthlyUsd: 2000, source: 'bill' } },
      3600,
    )
    const usd = scenarios.find(({ id }) => id === recommended)!.monthlyUsd!
    expect(savings).toEqual({ currentMonthlyUsd: 2000, monthlyUsd: expect.closeTo(2000 - usd, 9), yearlyUsd: expect.closeTo(12 * (2000 - usd), 9), source: 'bill' })
  })
})

describe('a real keep-warm curve', () => {
  const overflow = keepWarmOverflow(realCurve())
  const demand = demandOf(sineWeeks(0.2, 6, 0.4))
  const input = planInput(demand, 0.8, { bare: false, ops: { dedicatedMonthly: 300, serverlessMonthly: 50, source: 'test' } })
  const result = plan({ ...input, replicas: [{ ...input.replicas[0]!, serverless: [serverlessOption('s', 1, { overflow })] }] })

  const bill = (count: number): number => {
    const { serverlessBusy, coldStart, keepWarm, rounding } = monthlyUsage(
      demand,
      { ...bareMarket(0.8), serverless: { perSecond: 1 / 3600, overflow, replicaCap: null } },
      count,
      null,
    )
    return count * 0.8 * 730 + (serverlessBusy + coldStart + keepWarm + rounding) / 3600 + (count > 0 ? 300 : 50)
  }

  it('the hybrid is the best of all counts, each billed by its parts and operated', () => {
    const bills = [0, 1, 2, 3, 4, 5, 6].map((count) => bill(count))
    const hybrid = result.scenarios.find(({ id }) => id === 'hybrid')!
    expect(hybrid.monthlyUsd).toBeCloseTo(Math.min(...bills), 6)
    expect(hybrid.replicas.base).toBe(bills.indexOf(Math.min(...bills)))
  })

  it('serverless bills more than the work, and every bound still holds', () => {
    expect(result.breakEven.k).toBeGreaterThan(1.05)
    for (const { monthlyUsd, lowerBoundMonthlyUsd } of result.scenarios) expect(lowerBoundMonthlyUsd!).toBeLessThanOrEqual(monthlyUsd!)
  })
})

describe('edges', () => {
  it('one short day', () => {
    const result = planned([1, 2, 1], 0.6, {}, 3600)
    expect(result).toMatchObject({ verdict: 'inconclusive', probabilityCheapest: {} })
    expect(result.scenarios.map(({ id }) => id)).not.toContain('hybrid-hour-of-day')
  })

  it('no demand at all costs nothing', () => {
    expect(planned([0, 0, 0], 0.6, {}, 3600)).toMatchObject({ recommended: 'all-serverless', lowerBoundMonthlyUsd: 0, optimalityGap: 0, marginal: [] })
  })

  it('thousands of replicas', () => {
    const result = planned(
      days(14, (_, hour) => 3000 + 100 * hour),
      0.6,
      { resamples: 50 },
      3600,
    )
    expect(result.scenarios.find(({ id }) => id === 'hybrid')!.replicas.base).toBe(3900)
    expect(result.marginal).toHaveLength(5300)
  })

  it('more than can be scanned is refused', () => {
    expect(() => planned([1e9, 1], 0.6)).toThrow(expect.objectContaining({ code: 'PLAN_TOO_LARGE' }))
  })

  it('no plan that is allowed meets the constraints: the cheapest that breaks one, and a warning', () => {
    const input = planInput(
      demandOf(
        days(14, () => 3),
        3600,
      ),
      0.6,
    )
    const capped = serverlessOption('capped', 1, { replicaCap: 1, atCap: 'reject' })
    const spot = dedicatedOption('spot', 0.2, { tier: 'spot', spot: { interruptionsPerHour: null, noticeSeconds: 30 } })
    const none = plan({ ...input, replicas: [{ ...input.replicas[0]!, dedicated: [], serverless: [capped] }] })
    expect(none).toMatchObject({ recommended: 'all-serverless', verdict: 'inconclusive', sensitivity: [] })
    expect(none.warnings.join()).toContain('of those that break one')
    const only = plan({ ...input, replicas: [{ ...input.replicas[0]!, dedicated: [spot], serverless: [capped] }] })
    expect(only).toMatchObject({ recommended: 'all-dedicated@spot', verdict: 'inconclusive' })
    expect(only.warnings.join()).toContain('No plan that you allow meets every constraint')
  })

  it('names the prices of the plan that are over 180 days old, and no other', () => {
    const input = planInput(demandOf(sineWeeks(1, 4), 600), 0.6)
    const aged = (dedicatedOn: string, serverlessOn: string): string => {
      const replica = { ...input.replicas[0]!, dedicated: [dedicatedOption('d', 0.6, { asOf: dedicatedOn }), dedicatedOption('dear', 2, { asOf: '2020-01-01' })], serverless: [serverlessOption('s', 1, { asOf: serverlessOn })] }
      return plan({ ...input, replicas: [replica] }).warnings.join()
    }
    expect(aged('2026-11-01', '2026-06-01')).not.toContain('older than')
    expect(aged('2026-11-01', '2026-05-01')).toBe('Prices older than 180 days, read them again before you decide: s (2026-05-01).')
    expect(aged('2025-01-01', '2026-11-24')).toContain('decide: d (2025-01-01).')
  })

  it('repeats itself by seed', () => {
    const values = sineWeeks(1, 4, 0.5)
    expect(planned(values, 0.6, { seed: 5 })).toEqual(planned(values, 0.6, { seed: 5 }))
  })
})
