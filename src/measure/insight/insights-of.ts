import type { TokensCard } from '../../core/billing/rate-card.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { MOST_SCAN, type ScanQuery, type TelemetryStore } from '../../store/telemetry.ts'
import { analyse, type Analysis } from './analyse.ts'
import type { Weights } from './load.ts'

export interface Window {
  /** Unix ms. */
  readonly from: number
  readonly until: number
}

/** A token price as the catalog lists it. */
export interface ListedPrice {
  readonly id: string
  readonly card: TokensCard
}

/** Longer after a window its scores are not looked for. */
const SCORES_LATE_MS = 7 * 86_400_000

/**
 * The leaks of a tenant in a window, from the telemetry store: it is read twice, oldest first, page by page. `prices` are those that
 * calls were priced with; a call says which by its price version.
 */
export function insightsOf(store: Pick<TelemetryStore, 'scan' | 'scores'>, tenant: string, { from, until }: Window, prices: readonly ListedPrice[] = []): Promise<Analysis> {
  return analyse(
    {
      from,
      until,
      scores: () => pages((query) => store.scores(tenant, query), { from, until: until + SCORES_LATE_MS }, ({ at }: Score) => at),
      observations: () => pages((query) => store.scan(tenant, query), { from, until }, ({ startedAt }: Observation) => startedAt),
    },
    { weightsOf: weightsBy(prices) },
  )
}

async function* pages<T extends { readonly id: string }>(ask: (query: ScanQuery) => Promise<readonly T[]>, window: Window, timeOf: (row: T) => number): AsyncGenerator<T, void, undefined> {
  let page = await ask({ ...window, limit: MOST_SCAN })
  while (page.length > 0) {
    yield* page
    if (page.length < MOST_SCAN) return
    const last = page.at(-1)!
    page = await ask({ ...window, limit: MOST_SCAN, after: { at: timeOf(last), id: last.id } })
  }
}

function weightsBy(prices: readonly ListedPrice[]): (observation: Observation) => Weights | null {
  const byId = new Map(prices.map(({ id, card }) => [id, weightsOfCard(card)]))
  return ({ cost: { priceVersion } }) => byId.get(priceVersion.slice(0, priceVersion.lastIndexOf('@'))) ?? null
}

/** Null where input has no price to compare with. A bucket without a price weighs as its plain one does: it is not known to cost less. */
function weightsOfCard({ perMillion }: TokensCard): Weights | null {
  const { inputUncached, cacheRead, cacheWrite, output } = perMillion
  if (inputUncached === null || inputUncached <= 0n) return null
  const input = Number(inputUncached)
  return { input, cacheRead: Number(cacheRead ?? inputUncached), cacheWrite: Number(cacheWrite ?? inputUncached), output: Number(output ?? 0n), cacheable: cacheRead !== null && cacheRead < inputUncached }
}
