import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUsd } from '../money.ts'
import { catalogJson } from './catalog-json.ts'
import { parseCatalogText } from './parse.ts'
import { smallCatalog } from './testing.ts'
import { usdText } from './usd-text.ts'

describe('usdText', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000001'],
    [164_000n, '0.000164'],
    [1_390_000_000n, '1.39'],
    [98_320_000_000n, '98.32'],
    [-2_500_000_000n, '-2.5'],
    [500_000_000_000n, '500'],
  ])('writes %s nano-dollars as %s', (nano, text) => {
    expect(usdText(nano)).toBe(text)
  })

  it('is read back exactly', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 24n) + 1n, max: 10n ** 24n - 1n }), (nano) => void expect(parseUsd(usdText(nano))).toBe(nano)))
  })
})

describe('catalogJson', () => {
  it('prints what the parser reads: prices survive to the nano-dollar', () => {
    const price = fc.bigInt({ min: 1n, max: 999_999n * 10n ** 9n })
    fc.assert(
      fc.property(price, price, price, (hour, second, tokens) => {
        const catalog = smallCatalog()
        const [rented, metered] = catalog.offers
        const [byToken] = catalog.tokenOffers
        const priced = {
          ...catalog,
          offers: [
            { ...rented!, card: { ...rented!.card, perGpuHour: hour } },
            { ...metered!, card: { ...metered!.card, perGpuSecond: second, alwaysOnPerGpuSecond: second } },
          ] as typeof catalog.offers,
          tokenOffers: [{ ...byToken!, card: { ...byToken!.card, perMillion: { ...byToken!.card.perMillion, cacheRead: tokens }, tiers: [{ promptTokensAbove: 200_000, perMillion: { output: tokens } }] } }],
        }
        expect(parseCatalogText(JSON.stringify(catalogJson(priced)), 'x')).toEqual(priced)
      }),
    )
  })

  it('keeps unknown as null', () => {
    expect(catalogJson({ offers: smallCatalog().offers })).toMatchObject({ offers: [{ region: null, card: { perGpuHour: '2.17', egressPerGb: null } }, { card: { coldStart: null } }] })
  })
})
