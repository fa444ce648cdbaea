import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import { fromUsd } from '../../../core/money.ts'
import { type CallCost, NO_COST, type PriceCall, UNKNOWN_COST } from '../price/price-call.ts'
import type { Ending } from './outcome.ts'

export interface Billed {
  readonly provider: string | null
  readonly modelServed: string | null
  readonly modelAsked: string | null
  readonly at: number
  /** Null = none was reported. */
  readonly usage: TokenUsage | null
  /** Counts that were reported and are none. */
  readonly invalid: readonly string[]
  /** Embeddings have no output. */
  readonly hasOutput: boolean
  readonly ending: Ending
  /** US dollars that the client reckoned; null = none. */
  readonly reported: number | null
}

/**
 * What a call costs, by our prices; where they do not know the model, what the client reckoned, marked as an estimate. A failed call
 * costs only what the provider says that it used: refused with a 4xx, nothing; otherwise unknown.
 */
export function costOf(call: Billed, price: PriceCall): CallCost {
  const { usage, ending, reported } = call
  if (usage === null) {
    const refused = ending.outcome === 'error' && ending.status !== null && ending.status >= 400 && ending.status < 500
    if (refused) return NO_COST
    return reported === null ? UNKNOWN_COST : byClient(reported)
  }
  const cost = priced(call, usage, price)
  if (cost.status === 'unknown') return reported === null ? cost : byClient(reported)
  const unsaid = [...call.invalid, ...(usage.inputUncached === undefined ? ['inputUncached'] : []), ...(usage.output === undefined && call.hasOutput ? ['output'] : [])]
  return unsaid.length === 0 ? cost : { ...cost, status: 'partial', missing: [...new Set([...cost.missing, ...unsaid])] }
}

/** The served name is the true one; where the catalog does not know it, the asked one. */
function priced({ provider, modelServed, modelAsked, at }: Billed, usage: TokenUsage, price: PriceCall): CallCost {
  const cost = price({ provider, model: modelServed ?? modelAsked, usage, at })
  return cost.status === 'unknown' && modelServed !== null && modelAsked !== null && modelAsked !== modelServed ? price({ provider, model: modelAsked, usage, at }) : cost
}

function byClient(usd: number): CallCost {
  return { nanoUsd: String(fromUsd(usd)), status: 'estimated', missing: [], priceVersion: 'reported' }
}
