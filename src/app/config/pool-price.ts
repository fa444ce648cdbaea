import { createHash } from 'node:crypto'
import { findOffer, findTokenOffer } from '../../core/catalog/find.ts'
import { dedicatedCard, serverlessCard, tokensCard } from '../../core/catalog/parse-card.ts'
import type { Catalog } from '../../core/catalog/types.ts'
import type { RateCard } from '../../core/billing/rate-card.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { Problems } from './problems.ts'
import type { CardFile, PoolFile } from './schema.ts'
import type { Path } from './yaml-source.ts'

export interface PoolPrice {
  readonly card: RateCard
  /** Which price it is, for records: the offer's id and date, or a hash of the card in the file. */
  readonly version: string
  /** Day that the price was read; null for a card in the file. */
  readonly asOf: string | null
}

/** The price of a pool, from the catalog or from the file itself; null with a problem where there is none, or two. */
export function poolPrice(pool: PoolFile, catalog: Catalog, path: Path, problems: Problems): PoolPrice | null {
  if ((pool.offer === undefined) === (pool.card === undefined)) {
    problems.add([...path, 'offer'], pool.offer === undefined ? 'is missing' : 'and card are both there', 'Give offer (an id of "spillway catalog list") or card, one of the two')
    return null
  }
  try {
    if (pool.card !== undefined) return { card: parseCard(pool.card), version: `own@${createHash('sha256').update(JSON.stringify(pool.card)).digest('hex').slice(0, 8)}`, asOf: null }
    const offer = offerOf(catalog, pool.offer ?? '')
    return { card: offer.card, version: `${offer.id}@${offer.asOf}`, asOf: offer.asOf }
  } catch (error) {
    problems.addError([...path, pool.card === undefined ? 'offer' : 'card'], error)
    return null
  }
}

function parseCard(card: CardFile): RateCard {
  const at = { file: '', path: ['card'] }
  if (card.rule === 'dedicated') return dedicatedCard(card, at)
  return card.rule === 'serverless' ? serverlessCard(card, at) : tokensCard(card)
}

/** GPU offers first; where neither list has the name, the error is that of the GPU offers, which names the nearest. */
function offerOf(catalog: Catalog, id: string): { readonly id: string; readonly asOf: string; readonly card: RateCard } {
  try {
    return findOffer(catalog, id)
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error
    try {
      return findTokenOffer(catalog, id)
    } catch {
      throw error
    }
  }
}
