import { describe, expect, it } from 'vitest'
import { meterCall } from '../../core/billing/meter-call.ts'
import type { TokensCard } from '../../core/billing/rate-card.ts'
import type { Catalog, TokenOffer } from '../../core/catalog/types.ts'
import { toUsd } from '../../core/money.ts'
import { withTokensEach } from './build-plan-input.ts'
import { catalogOf, flatBins } from './testing.ts'
import { tokenOptions } from './token-options.ts'

const none = { inputUncached: null, cacheRead: null, cacheWrite: null, output: null, reasoning: null, audioInput: null, audioOutput: null, imageInput: null }
const card = (over: Partial<TokensCard> = {}): TokensCard => ({ rule: 'tokens', perMillion: { ...none, inputUncached: 200_000_000n, cacheRead: 20_000_000n, output: 600_000_000n }, tiers: [], perCall: 0n, ...over })
const api = (over: Partial<TokenOffer> = {}): TokenOffer => ({ id: 'api/llama', provider: 'api', model: 'llama', openModel: 'llama-3.1-70b', card: card(), source: 'test', asOf: '2026-11-01', ...over })
const catalog = (...tokenOffers: TokenOffer[]): Catalog => ({ ...catalogOf([]), tokenOffers })
const bins = withTokensEach(flatBins(10), { input: 1000, cached: 250, output: 100 })

describe('tokenOptions', () => {
  it('bills a day as the calls of it, one by one, would be billed', () => {
    const [option] = tokenOptions(bins, catalog(api()), null, ['api/llama'])
    const call = meterCall(card(), { inputUncached: 750, cacheRead: 250, output: 100 })
    expect(Array.from(option!.usdByDay)).toEqual([expect.closeTo(toUsd(call.total) * 1440, 6)])
  })

  it('finds the APIs of the same open model, and adds the ones named, once', () => {
    const offers = catalog(api(), api({ id: 'api/other', openModel: 'llama-3.1-8b' }))
    const model = { id: 'llama-3.1-70b' } as Parameters<typeof tokenOptions>[2]
    expect(tokenOptions(bins, offers, model, ['api/other', 'api/llama']).map(({ id }) => id)).toEqual(['api/llama', 'api/other'])
    expect(() => tokenOptions(bins, offers, null, ['api/nothing'])).toThrow(expect.objectContaining({ code: 'CATALOG_UNKNOWN_ID' }))
  })

  it('takes the price tier of the mean prompt, not of the day', () => {
    const tiers = [{ promptTokensAbove: 200_000, perMillion: { inputUncached: 9_000_000_000n } }]
    const price = (input: number): number => tokenOptions(withTokensEach(flatBins(10), { input, cached: 0, output: 0 }), catalog(api({ card: card({ tiers }) })), null, ['api/llama'])[0]!.usdByDay[0]! / (1440 * input)
    expect(price(1000) * 1e6).toBeCloseTo(0.2, 6)
    expect(price(300_000) * 1e6).toBeCloseTo(9, 6)
  })

  it('cached tokens cost the full price where the API has none for them; a bucket without price is named', () => {
    const uncached = card({ perMillion: { ...none, inputUncached: 200_000_000n, output: null } })
    const [option] = tokenOptions(bins, catalog(api({ card: uncached })), null, ['api/llama'])
    expect(option!.missing).toEqual(['output'])
    expect(option!.usdByDay[0]!).toBeCloseTo(1440 * 1000 * 0.2e-6, 6)
  })

  it('counts the fee of each call', () => {
    const [option] = tokenOptions(bins, catalog(api({ card: card({ perMillion: { ...none, inputUncached: 0n, cacheRead: 0n, output: 0n }, perCall: 1_000_000n }) })), null, ['api/llama'])
    expect(option!.usdByDay[0]!).toBeCloseTo(1.44, 9)
  })

  it('needs token counts', () => {
    expect(tokenOptions(flatBins(10), catalog(api()), null, ['api/llama'])).toEqual([])
  })
})
