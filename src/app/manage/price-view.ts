import { STALE_DAYS } from '../../core/catalog/check.ts'
import type { Catalog } from '../../core/catalog/types.ts'
import { usdText } from '../../core/catalog/usd-text.ts'
import { TOKEN_BUCKETS, type RateCard } from '../../core/billing/rate-card.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { PoolConfig } from '../../route/config-types.ts'

export interface PriceView {
  readonly pool: string
  /** Such as `GPU-hour` or `million tokens, output`. */
  readonly what: string
  readonly usd: string
  /** The id of the offer; null = the configuration says it itself. */
  readonly offer: string | null
  /** A document that others can open; null = the user's own catalog or configuration. */
  readonly source: string | null
  /** YYYY-MM-DD. */
  readonly asOf: string | null
  readonly ageDays: number | null
  readonly stale: boolean
}

const DAY_MS = 86_400_000

/** What a pool costs, figure by figure, each with where it was read and how long ago. `now`: Unix ms. */
export function poolPrices({ id, card, priceVersion }: PoolConfig, catalog: Catalog, now: number): PriceView[] {
  const { offer, asOf } = /^(?<offer>.+)@(?<asOf>\d{4}-\d{2}-\d{2})$/u.exec(priceVersion)?.groups ?? {}
  const known = [...catalog.offers, ...catalog.tokenOffers].find((one) => one.id === offer && one.asOf === asOf)
  const ageDays = asOf === undefined ? null : Math.floor((now - Date.parse(asOf)) / DAY_MS)
  const from = { offer: offer ?? null, source: known?.source ?? null, asOf: asOf ?? null, ageDays, stale: ageDays !== null && ageDays > STALE_DAYS }
  return figures(card).map(([what, price]) => Object.assign({ pool: id, what, usd: usdText(price) }, from))
}

function figures(card: RateCard): [string, NanoUsd][] {
  if (card.rule === 'dedicated') return [['GPU-hour', card.perGpuHour]]
  if (card.rule === 'serverless') return [['GPU-second', card.perGpuSecond], ...(card.alwaysOnPerGpuSecond === null ? [] : [['GPU-second, always on', card.alwaysOnPerGpuSecond] as [string, NanoUsd]])]
  const tokens = TOKEN_BUCKETS.flatMap((bucket): [string, NanoUsd][] => {
    const price = card.perMillion[bucket]
    return price === null ? [] : [[`million tokens, ${WORDS[bucket]}`, price]]
  })
  return card.perCall === 0n ? tokens : [...tokens, ['call', card.perCall]]
}

const WORDS: Readonly<Record<(typeof TOKEN_BUCKETS)[number], string>> = {
  inputUncached: 'input',
  cacheRead: 'input read from a cache',
  cacheWrite: 'input written to a cache',
  output: 'output',
  reasoning: 'reasoning',
  audioInput: 'audio input',
  audioOutput: 'audio output',
  imageInput: 'image input',
}
