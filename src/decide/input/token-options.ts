import { meterCall, tierFor } from '../../core/billing/meter-call.ts'
import { findTokenOffer } from '../../core/catalog/find.ts'
import type { Catalog, Model, TokenOffer } from '../../core/catalog/types.ts'
import { times, toUsd } from '../../core/money.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { wholeDays } from '../demand.ts'
import type { TokensOption } from '../plan-input.ts'
import { total } from './replica-kinds.ts'

/** Token APIs to compare with: those that serve the same open model, and the ones named. Needs token sums; none without. */
export function tokenOptions(bins: TrafficBins, catalog: Catalog, model: Model | null, named: readonly string[]): TokensOption[] {
  if (bins.tokens === null) return []
  const same = model === null ? [] : catalog.tokenOffers.filter(({ openModel }) => openModel === model.id)
  const offers = new Map([...same, ...named.map((name) => findTokenOffer(catalog, name))].map((offer) => [offer.id, offer]))
  return Array.from(offers.values(), (offer) => tokensOption(bins, offer))
}

/**
 * The bill of an API by day of the trace, out of the meter that bills calls: a day's tokens as one call, at the price
 * tier of the mean prompt, plus the fee of each call. Cached tokens cost the cache's price; where it has none they
 * cost the full one.
 */
function tokensOption(bins: TrafficBins, offer: TokenOffer): TokensOption {
  const { requests, binSeconds } = bins
  const tokens = bins.tokens!
  const meanPrompt = total(tokens.input) / Math.max(1e-12, total(requests))
  const card = { ...offer.card, perMillion: tierFor(offer.card, meanPrompt), tiers: [], perCall: 0n }
  const days = wholeDays(requests.length, binSeconds)
  const usdByDay = new Float64Array(days)
  const missing = new Set<string>()
  for (let day = 0; day < days; day++) {
    const [from, to] = [Math.ceil((day * 86_400) / binSeconds), day === days - 1 ? requests.length : Math.ceil(((day + 1) * 86_400) / binSeconds)]
    const sum = (values: Float64Array): number => Math.round(total(values.subarray(from, to)))
    const cached = card.perMillion.cacheRead === null ? 0 : sum(tokens.cached)
    const bill = meterCall(card, { inputUncached: sum(tokens.input) - cached, cacheRead: cached, output: sum(tokens.output) })
    for (const bucket of bill.missing) missing.add(bucket)
    usdByDay[day] = toUsd(bill.total + times(offer.card.perCall, total(requests.subarray(from, to))))
  }
  return { id: offer.id, title: offer.id, usdByDay, missing: [...missing], source: offer.source, asOf: offer.asOf }
}
