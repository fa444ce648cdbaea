import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeCatalogs } from './merge.ts'
import { parseCatalog } from './parse.ts'
import { gpuJson, modelJson, offerJson, smallCatalog, tokenOfferJson } from './testing.ts'
import type { Catalog } from './types.ts'

const EMPTY: Catalog = { gpus: [], models: [], offers: [], tokenOffers: [] }

/** Catalogs over few ids, so that they collide. */
const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 })
const catalogs = fc
  .record({ gpus: ids, models: ids, offers: ids, tokenOffers: ids, name: fc.constantFrom('one', 'two', 'three') })
  .map(({ gpus, models, offers, tokenOffers, name }) =>
    parseCatalog({ gpus: gpus.map((id) => gpuJson({ id, name })), models: models.map((id) => modelJson({ id, name })), offers: offers.map((id) => offerJson({ id, provider: name })), tokenOffers: tokenOffers.map((id) => tokenOfferJson({ id, provider: name })) }, 'x'),
  )
const LISTS = ['gpus', 'models', 'offers', 'tokenOffers'] as const

describe('mergeCatalogs', () => {
  it('replaces by id in place, appends the rest, and marks both as own', () => {
    const base = parseCatalog({ offers: [offerJson({ id: 'a' }), offerJson({ id: 'b' })] }, 'x')
    const own = parseCatalog({ offers: [offerJson({ id: 'c', provider: 'me' }), offerJson({ id: 'a', provider: 'me' })] }, 'y')
    expect(mergeCatalogs(base, own).offers.map(({ id, provider, own: mine }) => [id, provider, mine])).toEqual([
      ['a', 'me', true],
      ['b', 'acme', undefined],
      ['c', 'me', true],
    ])
  })

  it('does not touch its arguments', () => {
    const base = smallCatalog()
    const own = smallCatalog()
    mergeCatalogs(base, own)
    expect([base, own]).toEqual([smallCatalog(), smallCatalog()])
  })

  it('an empty file changes nothing', () => {
    fc.assert(fc.property(catalogs, (base) => void expect(mergeCatalogs(base, EMPTY)).toEqual(base)))
  })

  it('merging twice is merging once', () => {
    fc.assert(fc.property(catalogs, catalogs, (base, own) => void expect(mergeCatalogs(mergeCatalogs(base, own), own)).toEqual(mergeCatalogs(base, own))))
  })

  it('is associative', () => {
    fc.assert(fc.property(catalogs, catalogs, catalogs, (a, b, c) => void expect(mergeCatalogs(mergeCatalogs(a, b), c)).toEqual(mergeCatalogs(a, mergeCatalogs(b, c)))))
  })

  it('holds each id once: all of both, the own one where both have it', () => {
    fc.assert(
      fc.property(catalogs, catalogs, (base, own) => {
        const merged = mergeCatalogs(base, own)
        for (const list of LISTS) {
          const expected = new Set([...base[list], ...own[list]].map(({ id }) => id))
          expect(merged[list].map(({ id }) => id)).toHaveLength(expected.size)
          expect(new Set(merged[list].map(({ id }) => id))).toEqual(expected)
          for (const entry of own[list]) expect(merged[list].find(({ id }) => id === entry.id)).toEqual({ ...entry, own: true })
        }
      }),
    )
  })
})
