import { describe, expect, it } from 'vitest'
import type { GotchaInput } from './gotchas.ts'
import { gotchasOf, neutralDecline } from './gotchas.ts'
import { curvedMarket, dedicatedOption, demandOf, serverlessOption } from './testing.ts'
import { monthlyUsage } from './usage.ts'

const usage = monthlyUsage(demandOf([1, 3, 0, 2]), curvedMarket(0.6), 1, null)
const traps = (over: Partial<GotchaInput> = {}): string =>
  gotchasOf({ usage, dedicated: null, serverless: null, gpuKinds: 1, rents: false, egressGbPerRequest: null, priceDecline: 0.3, marketPerHour: null, ...over }).join('\n')

describe('gotchasOf', () => {
  it('says nothing where nothing bites', () => {
    expect(traps()).toBe('')
  })

  it.each<[string, Partial<GotchaInput>, RegExp]>([
    [
      'an idle window that is billed',
      { serverless: serverlessOption('s', 1, { idleWindowSeconds: 60 }) },
      /Idle window: 60 s after each burst is billed, \d+\.\d % of the serverless seconds/u,
    ],
    [
      'a cap that rejects',
      { serverless: serverlessOption('s', 1, { replicaCap: 2, atCap: 'reject' }) },
      /Concurrency cap: 2 replicas, the peak needs 3; above the cap requests are rejected/u,
    ],
    ['a cap that queues', { serverless: serverlessOption('s', 1, { replicaCap: 2, atCap: 'queue' }) }, /requests wait/u],
    ['a cap of which nobody says what it does', { serverless: serverlessOption('s', 1, { replicaCap: 2 }) }, /the provider does not say/u],
    ['a cap that is not stated', { serverless: serverlessOption('s', 1) }, /not stated by the provider; the peak needs 3 replicas/u],
    [
      'cold starts',
      { serverless: serverlessOption('s', 1, { coldStart: { p50: 20, p90: 40, p99: 90 } }) },
      /Cold start: \d+\.\d % of requests wait for a starting replica; a whole start takes 20 s \(median\) to 90 s/u,
    ],
    ['two environments', { dedicated: dedicatedOption('d', 1), serverless: serverlessOption('s', 1) }, /Drift/u],
    [
      'a commitment',
      { dedicated: dedicatedOption('d', 0.7, { commitmentMonths: 12 }), marketPerHour: 1 },
      /12 months at 30\.0 % off pays unless market prices fall more than \d+\.\d % a year \(assumed: 30\.0 %\)/u,
    ],
    [
      'spot',
      { dedicated: dedicatedOption('d', 1, { spot: { interruptionsPerHour: 0.1, noticeSeconds: 30 } }) },
      /reclaimed with 30 s notice.*How long a replacement takes is not stated/u,
    ],
    ['rentals', { rents: true }, /sold out at your peak/u],
    ['several kinds', { gpuKinds: 2 }, /GPU diversity: 2 kinds/u],
    [
      'egress without a price',
      { egressGbPerRequest: 0.001, serverless: serverlessOption('s', 1) },
      /Egress: \S+ TB a month leave .*, which states no price for it/u,
    ],
    [
      'egress that only one of two offers prices',
      { egressGbPerRequest: 0.001, dedicated: dedicatedOption('d', 1), serverless: serverlessOption('s', 1, { egressPerGb: 0.1 }) },
      /Egress: \S+ TB a month leave d, which/u,
    ],
    ['a commitment without a discount', { dedicated: dedicatedOption('d', 1, { commitmentMonths: 12 }), marketPerHour: 1 }, /12 months for no less than the hourly price/u],
  ])('names %s', (_, over, trap) => {
    expect(traps(over)).toMatch(trap)
  })
})

describe('neutralDecline', () => {
  it('is the yearly fall at which the falling market price costs the same over the term', () => {
    for (const [discount, years] of [
      [0.3, 1],
      [0.5, 3],
      [0.6, 3],
    ] as const) {
      const rate = -Math.log(1 - neutralDecline(discount, years))
      expect((1 - Math.exp(-rate * years)) / (rate * years)).toBeCloseTo(1 - discount, 9)
    }
  })

  it('60 % off for three years is neutral at a fall of 52 % a year', () => {
    expect(neutralDecline(0.6, 3)).toBeCloseTo(0.525, 2)
  })

  it('without a discount any fall hurts', () => {
    expect(neutralDecline(0, 1)).toBe(0)
    expect(neutralDecline(-0.1, 1)).toBe(0)
  })
})
