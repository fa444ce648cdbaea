import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumBills } from './bill.ts'
import { meterCall } from './meter-call.ts'
import { TOKEN_BUCKETS } from './rate-card.ts'
import type { TokensCard } from './rate-card.ts'

const DOLLAR = 1_000_000_000n
const PRICES = { inputUncached: 3n * DOLLAR, cacheRead: DOLLAR / 4n, cacheWrite: 4n * DOLLAR, output: 15n * DOLLAR, reasoning: 15n * DOLLAR, audioInput: null, audioOutput: null, imageInput: null }

function card(over: Partial<TokensCard> = {}): TokensCard {
  return { rule: 'tokens', perMillion: PRICES, tiers: [], perCall: 0n, ...over }
}

describe('meterCall', () => {
  it('prices each disjoint bucket once', () => {
    const bill = meterCall(card(), { inputUncached: 1000, cacheRead: 10_000, output: 200, reasoning: 300 })
    expect(bill.lines.map((line) => [line.bucket, line.amount, line.quantity])).toEqual([
      ['inputUncached', 3_000_000n, 1000],
      ['cacheRead', 2_500_000n, 10_000],
      ['output', 3_000_000n, 200],
      ['reasoning', 4_500_000n, 300],
    ])
    expect(bill).toMatchObject({ total: 13_000_000n, status: 'complete' })
  })

  it('rounds a fraction of a nano-dollar half up, once a bucket', () => {
    const cheap = card({ perMillion: { ...PRICES, inputUncached: 12_500_000n } })
    expect(meterCall(cheap, { inputUncached: 1 }).total).toBe(13n)
    expect(meterCall(cheap, { inputUncached: 2 }).total).toBe(25n)
  })

  it('is partial where a bucket with tokens has no price, and names it', () => {
    expect(meterCall(card(), { inputUncached: 1000, audioInput: 5, imageInput: 7, audioOutput: 0 })).toMatchObject({ total: 3_000_000n, status: 'partial', missing: ['audioInput', 'imageInput'] })
  })

  it('charges the fee per call, even for no tokens', () => {
    expect(meterCall(card({ perCall: 500n }), {})).toMatchObject({ total: 500n, lines: [{ kind: 'call-fee', unit: 'call', quantity: 1 }] })
    expect(meterCall(card(), {})).toMatchObject({ total: 0n, lines: [], status: 'complete' })
  })

  describe('tiers', () => {
    const tiered = card({ tiers: [{ promptTokensAbove: 200_000, perMillion: { inputUncached: 6n * DOLLAR, audioInput: 9n * DOLLAR } }, { promptTokensAbove: 128_000, perMillion: { inputUncached: 5n * DOLLAR, output: 20n * DOLLAR } }] })

    it.each([
      ['at the threshold', { inputUncached: 128_000 }, 384_000_000n],
      ['above it', { inputUncached: 128_001 }, 640_005_000n],
      ['above the higher one', { inputUncached: 200_001 }, 1_200_006_000n],
      ['by cached tokens too', { inputUncached: 1000, cacheRead: 127_001 }, 5_000_000n + 31_750_250n],
    ])('apply %s', (_, usage, total) => {
      expect(meterCall(tiered, usage).total).toBe(total)
    })

    it('replace only the prices that they name, and may give one where the base has none', () => {
      expect(meterCall(tiered, { inputUncached: 200_001, output: 1000 }).total).toBe(1_200_006_000n + 15_000_000n)
      expect(meterCall(tiered, { audioInput: 200_001 })).toMatchObject({ status: 'complete', total: 1_800_009_000n })
    })

    it('do not look at the output', () => {
      expect(meterCall(tiered, { inputUncached: 1000, output: 500_000 }).total).toBe(3_000_000n + 7_500_000_000n)
    })
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %s tokens', (output) => {
    expect(() => meterCall(card(), { output })).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', message: expect.stringContaining('output') }))
  })

  it('sums exactly, over lines and over calls', () => {
    const usage = fc.record(Object.fromEntries(TOKEN_BUCKETS.map((bucket) => [bucket, fc.integer({ min: 0, max: 10 ** 7 })])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 20 }), (calls) => {
        const bills = calls.map((call) => meterCall(card({ perCall: 7n }), call))
        for (const bill of bills) expect(bill.lines.reduce((sum, line) => sum + line.amount, 0n)).toBe(bill.total)
        const sum = sumBills(bills)
        expect(sum.total).toBe(bills.reduce((total, bill) => total + bill.total, 0n))
        expect(sum.status).toBe(bills.some((bill) => bill.status === 'partial') ? 'partial' : 'complete')
        expect(new Set(sum.lines.map((line) => `${line.kind}${line.bucket}`)).size).toBe(sum.lines.length)
      }),
    )
  })
})
