import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../core/errors.ts'
import { allowedBase, chooseOffers, effectivePerHour, marketOf } from './choose-offers.ts'
import { NO_OFFER_PER_HOUR } from './market.ts'
import type { PlanInput, ReplicaOption } from './plan-input.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'

const flat = demandOf(Array.from({ length: 288 }, () => 3))
const input = (over: Partial<ReplicaOption> = {}, more: Partial<PlanInput> = {}): PlanInput => {
  const base = planInput(flat, 0.6, more)
  return { ...base, replicas: [{ ...base.replicas[0]!, ...over }] }
}
const constraints = planInput(flat, 0.6).constraints

describe('chooseOffers', () => {
  it('takes the cheapest base and serverless that make the cheapest plan', () => {
    const { best, all } = chooseOffers(
      input({ dedicated: [dedicatedOption('dear', 0.8), dedicatedOption('cheap', 0.5)], serverless: [serverlessOption('a', 1.2), serverlessOption('b', 0.4)] }),
    )
    expect([best.dedicated?.id, best.serverless?.id, best.count]).toEqual(['cheap', 'b', 0])
    expect(all).toHaveLength(2)
  })

  it('counts egress and operations when it compares', () => {
    const dedicated = [dedicatedOption('cheap, dear egress', 0.5, { egressPerGb: 0.09 }), dedicatedOption('free egress', 0.55, { egressPerGb: 0 })]
    // 3 replicas serve 10,800 requests an hour: at 0.01 GB each, egress costs 9.7 USD an hour.
    expect(chooseOffers(input({ dedicated }, { egressGbPerRequest: 0.01 })).best.dedicated?.id).toBe('free egress')
    expect(chooseOffers(input({ dedicated })).best.dedicated?.id).toBe('cheap, dear egress')
    const ops = { dedicatedMonthly: 5000, serverlessMonthly: 0, source: 'test' }
    expect(chooseOffers(input({}, { ops })).best.count).toBe(0)
  })

  it('commits, takes spot or a network of strangers only where allowed', () => {
    const dedicated = [
      dedicatedOption('year', 0.3, { tier: 'committed-1y', commitmentMonths: 12 }),
      dedicatedOption('spot', 0.2, { tier: 'spot', spot: { interruptionsPerHour: 0.1, noticeSeconds: 30 } }),
      dedicatedOption('crowd', 0.1, { tier: 'decentralized' }),
      dedicatedOption('hourly', 0.6),
    ]
    const baseWith = (over: Partial<PlanInput['constraints']>): [string | undefined, string | undefined] => {
      const { best } = chooseOffers(input({ dedicated }, { constraints: { ...constraints, ...over } }))
      return [best.dedicated?.id, best.onDemand?.id]
    }
    expect(baseWith({})).toEqual(['hourly', 'hourly'])
    expect(baseWith({ commitmentMonths: 12 })).toEqual(['year', 'hourly'])
    expect(baseWith({ commitmentMonths: 6 })).toEqual(['hourly', 'hourly'])
    expect(baseWith({ allowSpot: true })).toEqual(['spot', 'spot'])
    expect(allowedBase(dedicated[2]!, input())).toBe(false)
  })

  it('owns enough to stay below a cap above which serverless rejects', () => {
    const capped = serverlessOption('capped', 0.1, { replicaCap: 1, atCap: 'reject' })
    expect(chooseOffers(input({ serverless: [capped] })).best).toMatchObject({ count: 2, least: 2 })
    // A queue in front of one replica never drains where two replicas of work come: it has to own as many.
    expect(chooseOffers(input({ serverless: [{ ...capped, atCap: 'queue' }] })).best).toMatchObject({ count: 2, least: 2 })
    expect(chooseOffers(input({ serverless: [{ ...capped, atCap: 'queue', replicaCap: 3 }] })).best).toMatchObject({ count: 0, least: 0 })
  })

  it('does not plan on a capped offer that cannot serve while another plan can', () => {
    const capped = serverlessOption('capped', 0.1, { replicaCap: 1, atCap: 'reject' })
    expect(chooseOffers(input({ dedicated: [], serverless: [capped, serverlessOption('open', 1)] })).best.serverless?.id).toBe('open')
    expect(chooseOffers(input({ dedicated: [], serverless: [capped] })).best.serverless?.id).toBe('capped')
  })

  it('in real time leaves serverless out', () => {
    expect(chooseOffers(input({}, { constraints: { ...constraints, realTime: true } })).best).toMatchObject({ serverless: null, count: 3 })
  })

  it('chooses among kinds of replica', () => {
    const base = planInput(flat, 0.6)
    const [kind] = base.replicas
    const half = { ...kind!, gpu: 'other', demand: demandOf(Array.from({ length: 288 }, () => 1)), dedicated: [dedicatedOption('other', 1)] }
    expect(chooseOffers({ ...base, replicas: [kind!, half] }).best.replica.gpu).toBe('other')
  })

  it('makes do with an API alone, and refuses where nothing is left', () => {
    const tokens = [{ id: 'api', title: 'api', usdByDay: Float64Array.of(1, 1), missing: [], source: 'test', asOf: '2026-11-24' }]
    expect(chooseOffers(input({ dedicated: [], serverless: [] }, { tokens })).best).toMatchObject({ dedicated: null, serverless: null, count: 0 })
    expect(() => chooseOffers(input({ dedicated: [], serverless: [] }))).toThrow(SpillwayError)
  })
})

describe('effectivePerHour', () => {
  it('adds the time that interruptions waste', () => {
    expect(effectivePerHour(dedicatedOption('x', 2, { startupSeconds: 360, spot: { interruptionsPerHour: 0.5, noticeSeconds: 30 } }))).toBeCloseTo(2.1, 12)
    expect(effectivePerHour(dedicatedOption('x', 2, { startupSeconds: 360, spot: { interruptionsPerHour: null, noticeSeconds: 30 } }))).toBe(2)
  })
})

describe('marketOf', () => {
  it('prices a missing offer out of the market', () => {
    expect(marketOf(input(), null, null, null)).toMatchObject({ basePerHour: NO_OFFER_PER_HOUR, elasticPerHour: NO_OFFER_PER_HOUR, serverless: null })
  })

  it('counts egress only where it was asked for', () => {
    const offers = [dedicatedOption('d', 1, { egressPerGb: 0.1 }), dedicatedOption('d', 1), serverlessOption('s', 1, { egressPerGb: null })] as const
    expect(marketOf(input(), ...offers).egressPerRequest).toBeUndefined()
    expect(marketOf(input({}, { egressGbPerRequest: 0.5 }), ...offers).egressPerRequest).toEqual({ dedicated: 0.05, serverless: 0 })
  })
})
