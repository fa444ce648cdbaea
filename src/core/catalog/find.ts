import { editDistance } from '../edit-distance.ts'
import { SpillwayError } from '../errors.ts'
import type { Catalog, Gpu, Model, Offer, TokenOffer } from './types.ts'

/** The GPU with this id or alias, in any case. Throws CATALOG_UNKNOWN_ID with the nearest names. */
export function findGpu(catalog: Catalog, name: string): Gpu {
  return find(catalog.gpus, name, 'GPU')
}

/** The model with this id or alias, in any case. Throws CATALOG_UNKNOWN_ID with the nearest names. */
export function findModel(catalog: Catalog, name: string): Model {
  return find(catalog.models, name, 'model')
}

/** The offer with this id. Throws CATALOG_UNKNOWN_ID with the nearest names. */
export function findOffer(catalog: Catalog, name: string): Offer {
  return find(catalog.offers, name, 'offer')
}

/** The token offer with this id. Throws CATALOG_UNKNOWN_ID with the nearest names. */
export function findTokenOffer(catalog: Catalog, name: string): TokenOffer {
  return find(catalog.tokenOffers, name, 'token offer')
}

export type Entry = { readonly kind: 'gpus'; readonly entry: Gpu } | { readonly kind: 'models'; readonly entry: Model } | { readonly kind: 'offers'; readonly entry: Offer } | { readonly kind: 'tokenOffers'; readonly entry: TokenOffer }

/** Whatever has this id or alias. Throws CATALOG_UNKNOWN_ID with the nearest names of all kinds. */
export function findEntry(catalog: Catalog, name: string): Entry {
  const entries: readonly Entry[] = [
    ...catalog.gpus.map((entry) => ({ kind: 'gpus' as const, entry })),
    ...catalog.models.map((entry) => ({ kind: 'models' as const, entry })),
    ...catalog.offers.map((entry) => ({ kind: 'offers' as const, entry })),
    ...catalog.tokenOffers.map((entry) => ({ kind: 'tokenOffers' as const, entry })),
  ]
  const id = find(entries.map(({ entry }) => entry), name, 'entry').id
  return entries.find(({ entry }) => entry.id === id)!
}

interface Named {
  readonly id: string
  readonly aliases?: readonly string[]
}

function find<T extends Named>(entries: readonly T[], name: string, what: string): T {
  const wanted = folded(name)
  const found = entries.find((entry) => folded(entry.id) === wanted) ?? entries.find((entry) => entry.aliases?.some((alias) => folded(alias) === wanted))
  if (found !== undefined) return found
  const near = nearest(wanted, entries)
  throw new SpillwayError('CATALOG_UNKNOWN_ID', `the catalog has no ${what} "${name}"`, near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'See `spillway catalog list`, or give your own with --offers')
}

/** What ids and aliases are compared by: no case; spaces and underscores count as dashes. */
export function folded(name: string): string {
  return name.trim().toLowerCase().replace(/[\s_]+/gu, '-')
}

/** Up to three ids: those that contain the name or are contained in it, then those within a third of its length in edits. */
function nearest(wanted: string, entries: readonly Named[]): string[] {
  if (wanted === '' || wanted.length > 60) return []
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  return entries
    .map((entry) => ({ id: entry.id, distance: Math.min(...[entry.id, ...(entry.aliases ?? [])].map((name) => distance(wanted, folded(name)))) }))
    .filter((candidate) => candidate.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
    .slice(0, 3)
    .map((candidate) => candidate.id)
}

/** Edits (Levenshtein) from `a` to `b`; 1 where one is a part of the other, so that "h100-sxm4" or "70b" find their likes. */
function distance(a: string, b: string): number {
  if (a.length >= 3 && b.length >= 3 && (a.includes(b) || b.includes(a))) return 1
  return editDistance(a, b)
}
