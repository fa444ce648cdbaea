import { meterCall } from '../../../core/billing/meter-call.ts'
import type { TokenOffer } from '../../../core/catalog/types.ts'
import { type PriceCall, UNKNOWN_COST } from './price-call.ts'

/** The catalog's names of providers, by what clients call them (GenAI `gen_ai.provider.name`, AI SDK `openai.chat`, Langfuse). */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure.ai.openai', 'openai'], ['azure', 'openai'], ['azure-openai', 'openai'],
  ['gcp.gemini', 'google'], ['gcp.vertex_ai', 'google'], ['gcp.gen_ai', 'google'], ['gemini', 'google'], ['vertex', 'google'], ['vertexai', 'google'],
  ['x_ai', 'xai'], ['moonshot_ai', 'moonshot'], ['moonshotai', 'moonshot'], ['zai', 'zhipu'], ['z_ai', 'zhipu'],
])
/** `-2025-08-07`, `-20250807`, `-latest`, `@20250807`: a dated name of the same model. */
const DATE = /[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/u
const MOST_REMEMBERED = 4096

/**
 * Prices calls with the token offers of the catalog. A model is found by its provider and name, dated names by the name without
 * the date; where the provider is unknown to the catalog or not said, only if all offers of that name are one provider's.
 * The price's version is the offer's id and day.
 */
export function priceBook(offers: readonly TokenOffer[]): PriceCall {
  const byName = new Map<string, TokenOffer[]>()
  const providers = new Set(offers.map(({ provider }) => provider))
  for (const offer of offers) {
    const name = offer.model.toLowerCase()
    byName.set(name, [...(byName.get(name) ?? []), offer])
  }
  const remembered = new Map<string, TokenOffer | null>()

  function offerFor(provider: string | null, model: string): TokenOffer | null {
    const key = `${provider ?? ''}\n${model}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const found = look(provider === null ? null : providerName(provider, providers), model.toLowerCase())
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(key, found)
    return found
  }

  function look(provider: string | null, model: string): TokenOffer | null {
    const bare = model.includes('/') ? [model, model.slice(model.indexOf('/') + 1)] : [model]
    for (const name of bare.flatMap((one) => [one, one.replace(DATE, '')])) {
      const named = byName.get(name) ?? []
      const own = provider === null ? named : named.filter((offer) => offer.provider === provider)
      if (own.length === 1) return own[0]!
    }
    return null
  }

  return ({ provider, model, usage }) => {
    const offer = model === null ? null : offerFor(provider, model)
    if (offer === null) return UNKNOWN_COST
    const { total, status, missing } = meterCall(offer.card, usage)
    return { nanoUsd: String(total), status, missing, priceVersion: `${offer.id}@${offer.asOf}` }
  }
}

/** The name as it is where the catalog has no such provider: somebody's own endpoint must not get a public price. */
function providerName(said: string, known: ReadonlySet<string>): string {
  const name = said.toLowerCase()
  if (known.has(name)) return name
  const mapped = PROVIDERS.get(name)
  if (mapped !== undefined) return mapped
  // `openai.chat`, `anthropic.messages`: provider and API.
  const first = name.split('.', 1)[0]!
  return known.has(first) ? first : (PROVIDERS.get(first) ?? name)
}
