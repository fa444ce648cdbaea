import type { Offer } from '../../core/catalog/types.ts'

export interface OfferFilter {
  /** Null = all. */
  readonly providers: readonly string[] | null
  /** A region, or the beginning of one: `eu`, `us-east-1`. Null = anywhere. */
  readonly residency: string | null
}

/** Offers that may be used, and a sentence for each reason that others may not. */
export function filterOffers(offers: readonly Offer[], { providers, residency }: OfferFilter): { readonly kept: readonly Offer[]; readonly warnings: readonly string[] } {
  const named = providers === null ? offers : offers.filter(({ provider }) => providers.includes(provider))
  if (residency === null) return { kept: named, warnings: [] }
  // The user's own offer without a region counts as meeting the user's own rule.
  const kept = named.filter(({ region, own }) => (region === null ? own === true : liesIn(region, residency)))
  const silent = named.filter(({ region, own }) => region === null && own !== true).length
  const warnings = silent === 0 ? [] : [`Residency ${residency}: ${silent} offers state no region and are left out. Add the ones that you may use to a file for --offers, with their region.`]
  return { kept, warnings }
}

/** Called European by their provider and not in the European Union: London and Zurich. */
const NOT_EU = new Set(['eu-west-2', 'eu-central-2', 'europe-west2', 'europe-west6'])

/** Whether a provider's region lies in the one asked for: the same, or below it (`eu-central-1` and `europe-west4` in `eu`, `us-central1` in `us`). */
export function liesIn(region: string, wanted: string): boolean {
  const [have, want] = [region.toLowerCase(), wanted.toLowerCase()]
  if (have === want) return true
  // Azure writes the country first and no dash: eastus, westeurope.
  if (want === 'eu' && NOT_EU.has(have)) return false
  const areas: Readonly<Record<string, RegExp>> = { eu: /^(?:eu|europe)(?:-|$)|europe$|^(?:france|germany|italy|poland|spain|sweden)/u, us: /^us(?:-|$)|us\d?$/u }
  return areas[want]?.test(have) ?? have.startsWith(`${want}-`)
}
