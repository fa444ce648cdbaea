import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpillwayError } from '../errors.ts'
import { parseCatalog, parseCatalogText } from './parse.ts'
import { MAX_ENTRIES } from './schema.ts'
import { codedError, dedicatedJson, gpuJson, modelJson, offerJson, serverlessJson, serverlessOfferJson, tokenOfferJson } from './testing.ts'

function failure(read: () => unknown): SpillwayError {
  const error = codedError(read)
  if (error === null) throw new Error('it was accepted')
  return error
}

const refusal = (value: unknown): SpillwayError => failure(() => parseCatalog(value, 'mine.json'))

describe('parseCatalog', () => {
  it('reads a dedicated offer, and what is left out becomes unknown', () => {
    const [offer] = parseCatalog({ offers: [offerJson()] }, 'mine.json').offers
    expect(offer).toEqual({
      id: 'acme-x100',
      provider: 'acme',
      gpu: 'x100-80gb',
      tier: 'on-demand',
      region: null,
      card: { rule: 'dedicated', perGpuHour: 2_170_000_000n, granularitySeconds: 1, minimumSeconds: 0, startupSeconds: null, commitment: null, spot: null, egressPerGb: null },
      source: 'contract',
      asOf: '2026-11-01',
    })
  })

  it('reads spot terms and a commitment', () => {
    const card = dedicatedJson({ spot: { noticeSeconds: 120 }, commitment: { months: 12, upfrontShare: 0.5 }, egressPerGb: '0.09' })
    expect(parseCatalog({ offers: [offerJson({ card })] }, 'x').offers[0]!.card).toMatchObject({ spot: { interruptionsPerHour: null, noticeSeconds: 120 }, commitment: { months: 12, upfrontShare: 0.5 }, egressPerGb: 90_000_000n })
  })

  it('reads a serverless offer with all its rules', () => {
    const card = serverlessJson({ idleWindowSeconds: 5, coldStartBilled: true, coldStart: { p50: 8, p90: 20, p99: 60 }, replicaCap: 10, atCap: 'queue', egressPerGb: '0', alwaysOnPerGpuSecond: '0.0006' })
    expect(parseCatalog({ offers: [serverlessOfferJson({ card })] }, 'x').offers[0]!.card).toEqual({
      rule: 'serverless',
      perGpuSecond: 1_040_000n,
      granularitySeconds: 1,
      minimumSeconds: 0,
      idleWindowSeconds: 5,
      coldStartBilled: true,
      coldStart: { p50: 8, p90: 20, p99: 60 },
      replicaCap: 10,
      atCap: 'queue',
      egressPerGb: 0n,
      alwaysOnPerGpuSecond: 600_000n,
    })
  })

  it('reads token prices with tiers; a kind of token without a price stays unknown', () => {
    const card = { rule: 'tokens', perMillion: { inputUncached: '1.25', cacheRead: '0.0125', output: '10' }, tiers: [{ promptTokensAbove: 200_000, perMillion: { inputUncached: '2.5' } }], perCall: '0.01' }
    const read = parseCatalog({ tokenOffers: [tokenOfferJson({ card })] }, 'x').tokenOffers[0]!.card
    expect(read.perMillion).toEqual({ inputUncached: 1_250_000_000n, cacheRead: 12_500_000n, cacheWrite: null, output: 10_000_000_000n, reasoning: null, audioInput: null, audioOutput: null, imageInput: null })
    expect([read.tiers, read.perCall]).toEqual([[{ promptTokensAbove: 200_000, perMillion: { inputUncached: 2_500_000_000n } }], 10_000_000n])
  })

  it('reads GPUs and models', () => {
    const { gpus, models } = parseCatalog({ gpus: [gpuJson({ aliases: ['x'] })], models: [modelJson({ kvBytesPerToken: 70_272 })] }, 'x')
    expect([gpus[0]!.aliases, gpus[0]!.fp8Tflops, models[0]!.kvBytesPerToken, models[0]!.layers]).toEqual([['x'], null, 70_272, null])
  })

  it('an empty object is an empty catalog', () => {
    expect(parseCatalog({}, 'x')).toEqual({ gpus: [], models: [], offers: [], tokenOffers: [] })
  })

  it.each<[string, object, string, RegExp]>([
    ['no source', offerJson({ source: undefined }), 'offers[0].source', /Add it: give the document/u],
    ['no date', offerJson({ asOf: undefined }), 'offers[0].asOf', /YYYY-MM-DD/u],
    ['a date in other order', offerJson({ asOf: '01.11.2026' }), 'offers[0].asOf', /YYYY-MM-DD/u],
    ['a day that does not exist', offerJson({ asOf: '2026-02-30' }), 'offers[0].asOf', /YYYY-MM-DD/u],
    ['a NaN price', offerJson({ card: dedicatedJson({ perGpuHour: 'NaN' }) }), 'offers[0].card.perGpuHour', /decimal string/u],
    ['a number for a price', offerJson({ card: dedicatedJson({ perGpuHour: 2.17 }) }), 'offers[0].card.perGpuHour', /decimal string/u],
    ['a negative price', offerJson({ card: dedicatedJson({ perGpuHour: '-2.17' }) }), 'offers[0].card.perGpuHour', /decimal string/u],
    ['a price with a currency', offerJson({ card: dedicatedJson({ perGpuHour: '$2.17' }) }), 'offers[0].card.perGpuHour', /decimal string/u],
    ['a zero price by the hour', offerJson({ card: dedicatedJson({ perGpuHour: '0.00' }) }), 'offers[0].card.perGpuHour', /Give the price/u],
    ['a zero price by the second', serverlessOfferJson({ card: serverlessJson({ perGpuSecond: '0.0000000001' }) }), 'offers[0].card.perGpuSecond', /Give the price/u],
    ['an unknown rule', offerJson({ card: dedicatedJson({ rule: 'monthly' }) }), 'offers[0].card.rule', /"dedicated" \(by the hour\)/u],
    ['a card for tokens', offerJson({ card: { rule: 'tokens' } }), 'offers[0].card', /"tokenOffers"/u],
    ['no card', offerJson({ card: undefined }), 'offers[0].card', /perGpuHour/u],
    ['an unknown tier', offerJson({ tier: 'cheap' }), 'offers[0].tier', /on-demand, committed-1y/u],
    ['a misspelled field', offerJson({ card: dedicatedJson({ perGPUHour: '1' }) }), 'offers[0].card.perGPUHour', /spelling/u],
    ['half a cold start', serverlessOfferJson({ card: serverlessJson({ coldStart: { p50: 1 } }) }), 'offers[0].card.coldStart.p90', /90th percentile/u],
    ['an endless granularity', offerJson({ card: dedicatedJson({ granularitySeconds: Number.POSITIVE_INFINITY }) }), 'offers[0].card.granularitySeconds', /seconds/u],
    ['an id with blanks', offerJson({ id: 'My Offer' }), 'offers[0].id', /small letters/u],
    ['a note of a megabyte', offerJson({ note: 'x'.repeat(1_000_000) }), 'offers[0].note', /note/u],
    ['a prototype', JSON.parse('{"__proto__": {"polluted": 1}, "id": "a"}'), 'offers[0].provider', /provider/u],
    ['a list for an entry', [], 'offers[0]', /Give/u],
  ])('refuses an offer with %s', (_, offer, column, mend) => {
    const error = refusal({ offers: [offer] })
    expect([error.code, error.place]).toEqual(['CATALOG_INVALID', { file: 'mine.json', column }])
    expect(error.mend).toMatch(mend)
    expect(error.toLine().split('\n')).toHaveLength(1)
  })

  it.each<[string, unknown, string | undefined]>([
    ['null', null, undefined],
    ['a list', [], undefined],
    ['an unknown list', { offer: [] }, 'offer'],
    ['an object for a list', { offers: {} }, 'offers'],
    ['a polluted prototype', JSON.parse('{"__proto__": {"offers": []}}'), '__proto__'],
    ['more active than all parameters', { models: [modelJson({ activeB: 8 })] }, 'models[0].activeB'],
    ['an id twice', { gpus: [gpuJson(), gpuJson()] }, 'gpus[1].id'],
    ['a token offer without prices', { tokenOffers: [tokenOfferJson({ card: { rule: 'tokens', perCall: '0' } })] }, 'tokenOffers[0].card.perMillion'],
  ])('refuses %s', (_, value, column) => {
    const error = refusal(value)
    expect([error.code, error.place.column]).toEqual(['CATALOG_INVALID', column])
  })

  it('leaves the prototype of objects alone', () => {
    refusal(JSON.parse('{"offers": [{"__proto__": {"polluted": true}, "card": {"rule": "dedicated", "__proto__": {"polluted": true}}}]}'))
    expect('polluted' in {}).toBe(false)
  })

  it('refuses more entries than it keeps in memory', () => {
    const error = refusal({ offers: Array.from({ length: MAX_ENTRIES }, () => offerJson()), gpus: [gpuJson()] })
    expect(error.message).toContain(`${MAX_ENTRIES + 1} entries`)
  })
})

describe('parseCatalogText', () => {
  it('reads text, with or without a byte order mark', () => {
    const text = JSON.stringify({ offers: [offerJson()] })
    expect(parseCatalogText(`\ufeff${text}`, 'x')).toEqual(parseCatalogText(text, 'x'))
  })

  it.each([
    ['nothing', ''],
    ['half of it', '{"offers": ['],
    ['YAML', 'offers:\n  - id: a'],
    ['a comment', '{ // prices\n }'],
    ['a bare NaN', '{"offers": [{"card": {"perGpuHour": NaN}}]}'],
    ['UTF-16 read as UTF-8', '\ufffd\ufffd{\u0000"\u0000'],
    ['deep nesting', '['.repeat(200_000)],
    ['deep nesting that ends', `{"offers": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['deep nesting in a field', `{"offers": [{"id": "a", "card": ${'{"card":'.repeat(50_000)}1${'}'.repeat(50_000)}}]}`],
    ['control characters', '{"offers": "\u0007"}'],
  ])('refuses %s with one line', (_, text) => {
    const error = failure(() => parseCatalogText(text, 'mine.json'))
    expect(error.code).toBe('CATALOG_INVALID')
    expect(error.toLine()).toMatch(/^error CATALOG_INVALID: mine\.json[^\n]{0,480}$/u)
  })

  it('whatever JSON comes, it is read or refused with a code', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(['CATALOG_INVALID', undefined]).toContain(codedError(() => parseCatalogText(text, 'x'))?.code)
      }),
      { numRuns: 500 },
    )
  })

  it('a valid offer with any one field replaced by any value is read or refused with its place', () => {
    const fields = Object.keys(offerJson())
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 }), (field, value) => {
        const place = `offers[0].${field}`
        const error = codedError(() => parseCatalog({ offers: [offerJson({ [field]: value })] }, 'x'))
        expect(error?.place.column ?? place).toContain(place)
      }),
      { numRuns: 500 },
    )
  })
})
