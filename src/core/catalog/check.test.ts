import { describe, expect, it } from 'vitest'
import { checkCatalog, type Problem } from './check.ts'
import { dedicatedJson, gpuJson, modelJson, offerJson, serverlessJson, serverlessOfferJson, smallCatalog, tokenOfferJson } from './testing.ts'
import type { Catalog, Offer } from './types.ts'

const TODAY = '2026-11-24'

function problems(changes: object): Problem[] {
  return checkCatalog(smallCatalog(changes), TODAY)
}

/** Offers as code may build them, without the parser in front. */
function built(change: (offer: Offer) => Offer): Problem[] {
  const catalog = smallCatalog()
  return checkCatalog({ ...catalog, offers: [change(catalog.offers[0]!)] }, TODAY)
}

const priced = (perGpuHour: bigint) => (offer: Offer) => ({ ...offer, card: { ...offer.card, perGpuHour } as Offer['card'] })

describe('checkCatalog', () => {
  it('finds nothing in a good catalog', () => {
    expect(checkCatalog(smallCatalog(), TODAY)).toEqual([])
  })

  it('names list, entry, trouble and mend', () => {
    expect(problems({ offers: [offerJson({ gpu: 'y100' })] })).toEqual([{ severity: 'error', list: 'offers', id: 'acme-x100', message: 'names the unknown GPU "y100"', mend: 'Use the id of a GPU of the catalog, or add it to "gpus"' }])
  })

  it.each<[string, object, RegExp]>([
    ['a future date', { offers: [offerJson({ asOf: '2026-11-26' })] }, /in the future/u],
    ['a price of a node', { offers: [offerJson({ card: dedicatedJson({ perGpuHour: '500.01' }) })] }, /500.01 USD per GPU-hour/u],
    ['a price by the hour in the field for seconds', { offers: [serverlessOfferJson({ card: serverlessJson({ perGpuSecond: '2.17' }) })] }, /7812 USD/u],
    ['a blank source', { gpus: [gpuJson({ source: ' ' })] }, /has no source/u],
    ['a serverless tier with a dedicated card', { offers: [offerJson({ tier: 'serverless' })] }, /tier serverless but billed by the rule dedicated/u],
    ['an hourly tier with a serverless card', { offers: [serverlessOfferJson({ tier: 'on-demand' })] }, /billed by the rule serverless/u],
    ['a commitment without its term', { offers: [offerJson({ tier: 'committed-1y' })] }, /commits for no months/u],
    ['a commitment of the wrong term', { offers: [offerJson({ tier: 'committed-3y', card: dedicatedJson({ commitment: { months: 12, upfrontShare: 0 } }) })] }, /commits for 12 months/u],
    ['spot without terms', { offers: [offerJson({ tier: 'spot' })] }, /without spot terms/u],
    ['spot terms on demand', { offers: [offerJson({ card: dedicatedJson({ spot: {} }) })] }, /has spot terms/u],
    ['cold starts that fall', { offers: [serverlessOfferJson({ card: serverlessJson({ coldStart: { p50: 9, p90: 8, p99: 10 } }) })] }, /do not rise/u],
    ['an alias of two', { gpus: [gpuJson({ aliases: ['x'] }), gpuJson({ id: 'y100', aliases: ['X'] })] }, /the alias "X" belongs to "x100-80gb" too/u],
    ['an alias that is an id', { gpus: [gpuJson(), gpuJson({ id: 'y100', aliases: ['X100 80GB'] })] }, /belongs to "x100-80gb" too/u],
    ['an unknown model', { tokenOffers: [tokenOfferJson({ openModel: 'nobody' })] }, /unknown model "nobody"/u],
    ['token prices per token', { tokenOffers: [tokenOfferJson({ card: { rule: 'tokens', perMillion: { output: '15000' }, perCall: '0' } })] }, /10,000 USD per million/u],
    ['token prices of nothing', { tokenOffers: [tokenOfferJson({ card: { rule: 'tokens', perMillion: { inputUncached: '0' }, perCall: '0' } })] }, /no price above zero/u],
  ])('calls %s an error', (_, changes, message) => {
    const found = problems(changes)
    expect(found.map(({ severity }) => severity)).toContain('error')
    expect(found.find(({ severity }) => severity === 'error')!.message).toMatch(message)
  })

  it('finds what only code can build: no price, a negative one, the wrong card, an id twice', () => {
    expect(built(priced(0n))[0]!.message).toBe('has the price 0 USD per GPU-hour')
    expect(built(priced(-1_000_000_000n))[0]!.message).toBe('has the price -1 USD per GPU-hour')
    expect(built((offer) => ({ ...offer, card: { ...offer.card, egressPerGb: -1n } as Offer['card'] }))[0]!.message).toMatch(/negative price of egress/u)
    expect(built((offer) => ({ ...offer, card: smallCatalog().tokenOffers[0]!.card }))[0]!.message).toBe('has a card for tokens')
    expect(built((offer) => ({ ...offer, asOf: '' }))[0]!.message).toMatch(/has no date/u)
    const catalog: Catalog = smallCatalog()
    expect(checkCatalog({ ...catalog, models: [...catalog.models, ...catalog.models] }, TODAY)[0]!.message).toBe('the id is there twice')
  })

  it('warns from the 181st day', () => {
    expect(problems({ gpus: [gpuJson({ asOf: '2026-05-28' })] })).toEqual([])
    expect(problems({ gpus: [gpuJson({ asOf: '2026-05-27' })] })).toMatchObject([{ severity: 'warning', message: 'is 181 days old (2026-05-27)' }])
  })

  it('takes the date of tomorrow, which some have already', () => {
    expect(problems({ models: [modelJson({ asOf: '2026-11-25' })] })).toEqual([])
  })

  it.each<[string, string, string[]]>([
    ['half the price by the hour', '0.000301389', []],
    ['less than half', '0.0003', ['less than half']],
    ['ten times', '0.006027', []],
    ['more than ten times', '0.0061', ['more than ten times']],
  ])('serverless at %s of renting', (_, perGpuSecond, warnings) => {
    const offers = [offerJson({ card: dedicatedJson({ perGpuHour: '2.17' }) }), offerJson({ id: 'dear', card: dedicatedJson({ perGpuHour: '9' }) }), serverlessOfferJson({ card: serverlessJson({ perGpuSecond }) })]
    expect(problems({ offers }).map(({ severity, message }) => [severity, message.split(': ')[1]])).toEqual(warnings.map((warning) => ['warning', warning]))
  })

  it('compares with on-demand offers only', () => {
    const spot = offerJson({ tier: 'spot', card: dedicatedJson({ perGpuHour: '0.1', spot: {} }) })
    expect(problems({ offers: [spot, serverlessOfferJson()] })).toEqual([])
  })

  it('puts errors first', () => {
    expect(problems({ gpus: [gpuJson({ asOf: '2020-01-01' })], offers: [offerJson({ gpu: 'nobody' })] }).map(({ severity }) => severity)).toEqual(['error', 'warning'])
  })

  it('checks 100,000 offers without comparing each with each', () => {
    const catalog = smallCatalog()
    const offers = Array.from({ length: 50_000 }, (_, index) => catalog.offers.map((offer) => ({ ...offer, id: `${offer.id}-${index}` }))).flat()
    expect(checkCatalog({ ...catalog, offers }, TODAY)).toEqual([])
  })
})
