import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../errors.ts'
import { findEntry, findGpu, findModel, findOffer, findTokenOffer } from './find.ts'
import { parseCatalog } from './parse.ts'
import { codedError, gpuJson, modelJson, offerJson, tokenOfferJson } from './testing.ts'

const CATALOG = parseCatalog(
  {
    gpus: [gpuJson({ id: 'h100-80gb', aliases: ['h100', 'h100_sxm'] }), gpuJson({ id: 'h100-pcie-80gb' }), gpuJson({ id: 'a100-80gb', aliases: ['a100'] })],
    models: [modelJson({ id: 'llama-3.1-70b', aliases: ['meta-llama/Llama-3.1-70B-Instruct'] }), modelJson({ id: 'llama-3.1-8b' }), modelJson({ id: 'bge-m3' })],
    offers: [offerJson({ id: 'acme-h100' })],
    tokenOffers: [tokenOfferJson({ id: 'acme/llama' })],
  },
  'x',
)

function mendOf(find: () => unknown): string | undefined {
  const error = codedError(find)
  expect(error?.code).toBe('CATALOG_UNKNOWN_ID')
  return error?.mend
}

describe('find', () => {
  it.each(['h100-80gb', 'H100-80GB', 'h100', ' H100 ', 'h100 80gb', 'H100_SXM', 'h100-sxm'])('finds the GPU %j', (name) => {
    expect(findGpu(CATALOG, name).id).toBe('h100-80gb')
  })

  it.each(['llama-3.1-70b', 'Llama 3.1 70B', 'META-LLAMA/llama-3.1-70b-instruct'])('finds the model %j', (name) => {
    expect(findModel(CATALOG, name).id).toBe('llama-3.1-70b')
  })

  it('finds offers, and entries of any kind', () => {
    expect([findOffer(CATALOG, 'ACME-h100').id, findTokenOffer(CATALOG, 'acme/llama').id]).toEqual(['acme-h100', 'acme/llama'])
    expect(['h100', 'bge-m3', 'acme-h100', 'acme/llama'].map((name) => findEntry(CATALOG, name).kind)).toEqual(['gpus', 'models', 'offers', 'tokenOffers'])
  })

  it.each<[string, string]>([
    ['lama-3.1-70b', 'Did you mean llama-3.1-70b, llama-3.1-8b?'],
    ['llama-3.1-70', 'Did you mean llama-3.1-70b, llama-3.1-8b?'],
    ['70b', 'Did you mean llama-3.1-70b?'],
    ['bge_m4', 'Did you mean bge-m3?'],
    ['something-else-entirely', 'See `spillway catalog list`, or give your own with --offers'],
    ['', 'See `spillway catalog list`, or give your own with --offers'],
  ])('for the model %j it says: %s', (name, mend) => {
    expect(mendOf(() => findModel(CATALOG, name))).toBe(mend)
  })

  it('suggests the nearest GPU first', () => {
    expect(mendOf(() => findGpu(CATALOG, 'h100-80g'))).toMatch(/^Did you mean h100-80gb,/u)
    expect(mendOf(() => findEntry(CATALOG, 'acme-h200'))).toMatch(/^Did you mean acme-h100/u)
  })

  it('a prefix of an id is no match', () => {
    expect(() => findGpu(CATALOG, 'h10')).toThrow(SpillwayError)
  })

  it('finds every id in any case, and answers any other name with the code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (name) => {
        const error = codedError(() => findGpu(CATALOG, name))
        expect(['CATALOG_UNKNOWN_ID', undefined]).toContain(error?.code)
        expect(error?.toLine() ?? '').not.toContain('\n')
      }),
    )
  })
})
