import type { Catalog } from './types.ts'

/**
 * The catalog with the user's own entries on top: an entry of the same id replaces the one below and keeps its place,
 * others are appended; all of them are marked `own`. Where `own` holds an id twice, the last counts.
 */
export function mergeCatalogs(base: Catalog, own: Catalog): Catalog {
  return {
    gpus: mergeLists(base.gpus, own.gpus),
    models: mergeLists(base.models, own.models),
    offers: mergeLists(base.offers, own.offers),
    tokenOffers: mergeLists(base.tokenOffers, own.tokenOffers),
  }
}

function mergeLists<T extends { readonly id: string }>(base: readonly T[], own: readonly T[]): T[] {
  const merged = new Map(base.map((entry) => [entry.id, entry]))
  for (const entry of own) merged.set(entry.id, { ...entry, own: true })
  return [...merged.values()]
}
