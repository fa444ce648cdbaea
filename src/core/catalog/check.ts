import { NANO_PER_USD, type NanoUsd } from '../money.ts'
import { folded } from './find.ts'
import type { Catalog, Offer, Sourced, TokenOffer } from './types.ts'
import { usdText } from './usd-text.ts'

/** What is wrong with one entry. Errors make a catalog unfit for planning; warnings say what to look at again. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** `gpus`, `models`, `offers` or `tokenOffers`. */
  readonly list: keyof Catalog
  readonly id: string
  readonly message: string
  readonly mend: string
}

/** After so many days a figure is worth reading again. */
export const STALE_DAYS = 180
const DAY_MS = 86_400_000
/** Dearer than any GPU rented today by an order of magnitude: a price of a node, or of a month. */
const ABSURD_PER_HOUR = 500n * NANO_PER_USD
const ABSURD_PER_MILLION = 10_000n * NANO_PER_USD

/** Checks every entry of a catalog on `today` (YYYY-MM-DD), errors first. */
export function checkCatalog(catalog: Catalog, today: string): Problem[] {
  const gpus = new Set(catalog.gpus.map(({ id }) => id))
  const models = new Set(catalog.models.map(({ id }) => id))
  const rented = cheapestOnDemand(catalog)
  const problems = [
    ...checkIds(catalog),
    ...lists(catalog).flatMap(([list, entries]) => entries.flatMap((entry) => checkOrigin(list, entry, today))),
    ...catalog.offers.flatMap((offer) => [...checkOffer(offer, gpus), ...compareWithOnDemand(offer, rented)]),
    ...catalog.tokenOffers.flatMap((offer) => checkTokenOffer(offer, models)),
  ]
  return [...problems.filter(({ severity }) => severity === 'error'), ...problems.filter(({ severity }) => severity === 'warning')]
}

type Entry = Sourced & { readonly id: string; readonly aliases?: readonly string[] }

function lists(catalog: Catalog): [keyof Catalog, readonly Entry[]][] {
  return [
    ['gpus', catalog.gpus],
    ['models', catalog.models],
    ['offers', catalog.offers],
    ['tokenOffers', catalog.tokenOffers],
  ]
}

/** A name must mean one thing in its list, whether id or alias. */
function checkIds(catalog: Catalog): Problem[] {
  return lists(catalog).flatMap(([list, entries]) => {
    const owners = new Map<string, string>()
    const problems: Problem[] = []
    for (const { id } of entries) {
      if (owners.has(folded(id))) problems.push(error(list, id, 'the id is there twice', 'Rename or remove one'))
      owners.set(folded(id), id)
    }
    for (const { id, aliases = [] } of entries) {
      for (const alias of aliases) {
        const owner = owners.get(folded(alias))
        if (owner !== undefined && owner !== id) problems.push(error(list, id, `the alias "${alias}" belongs to "${owner}" too`, 'Remove it from one'))
        owners.set(folded(alias), id)
      }
    }
    return problems
  })
}

function checkOrigin(list: keyof Catalog, entry: Entry, today: string): Problem[] {
  const problems: Problem[] = []
  if (entry.source.trim() === '') problems.push(error(list, entry.id, 'has no source', 'Name the document that the figure comes from'))
  const time = Date.parse(entry.asOf)
  const age = (Date.parse(today) - time) / DAY_MS
  if (!Number.isFinite(time)) problems.push(error(list, entry.id, 'has no date (asOf)', 'Give the date of the figure as YYYY-MM-DD'))
  // Somewhere it is tomorrow already.
  else if (age < -1) problems.push(error(list, entry.id, `is dated ${entry.asOf}, in the future`, 'Give the date of the figure'))
  else if (age > STALE_DAYS) problems.push(warning(list, entry.id, `is ${Math.floor(age)} days old (${entry.asOf})`, 'Read the source again'))
  return problems
}

function checkOffer(offer: Offer, gpus: ReadonlySet<string>): Problem[] {
  const { id, card, tier } = offer
  const problems: Problem[] = []
  const bad = (message: string, mend: string): number => problems.push(error('offers', id, message, mend))
  if (!gpus.has(offer.gpu)) bad(`names the unknown GPU "${offer.gpu}"`, 'Use the id of a GPU of the catalog, or add it to "gpus"')
  if (card.rule === 'tokens') {
    bad('has a card for tokens', 'Move it to "tokenOffers"')
    return problems
  }
  if ((tier === 'serverless') !== (card.rule === 'serverless')) bad(`is of tier ${tier} but billed by the rule ${card.rule}`, 'Make tier and rule agree')
  const perHour = hourly(card)
  if (perHour <= 0n) bad(`has the price ${usdText(perHour)} USD per GPU-hour`, 'Give a price above zero')
  if (perHour > ABSURD_PER_HOUR) bad(`costs ${usdText(perHour)} USD per GPU-hour`, 'Give the price of one GPU for an hour (dedicated) or a second (serverless)')
  if (card.egressPerGb !== null && card.egressPerGb < 0n) bad('has a negative price of egress', 'Give a price, or null where it is unknown')
  if (card.rule === 'serverless') {
    const { coldStart, alwaysOnPerGpuSecond } = card
    if (coldStart !== null && !(coldStart.p50 <= coldStart.p90 && coldStart.p90 <= coldStart.p99)) bad('has cold starts that do not rise from p50 to p99', 'Give seconds with p50 <= p90 <= p99')
    if (alwaysOnPerGpuSecond !== null && alwaysOnPerGpuSecond <= 0n) bad('has an always-on price of zero or less', 'Give the price, or null where it is unknown')
    return problems
  }
  const months = tier === 'committed-1y' ? 12 : tier === 'committed-3y' ? 36 : null
  if (months !== null && card.commitment?.months !== months) bad(`is of tier ${tier} but commits for ${card.commitment?.months ?? 'no'} months`, 'Make tier and commitment agree')
  if ((tier === 'spot') !== (card.spot !== null)) bad(tier === 'spot' ? 'is of tier spot without spot terms' : `has spot terms but is of tier ${tier}`, 'Make tier and spot agree; terms may be null inside {"interruptionsPerHour", "noticeSeconds"}')
  return problems
}

function checkTokenOffer(offer: TokenOffer, models: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = []
  const { card, openModel, id } = offer
  if (openModel !== null && !models.has(openModel)) problems.push(error('tokenOffers', id, `names the unknown model "${openModel}"`, 'Use the id of a model of the catalog, or null'))
  const prices = [card, ...card.tiers].flatMap(({ perMillion }) => Object.values(perMillion)).filter((price) => price !== null)
  if ([...prices, card.perCall].some((price) => price < 0n)) problems.push(error('tokenOffers', id, 'has a negative price', 'Give a price, or null where it is unknown'))
  if (prices.some((price) => price > ABSURD_PER_MILLION)) problems.push(error('tokenOffers', id, 'has a price above 10,000 USD per million tokens', 'Give the price per million tokens'))
  if ([card, ...card.tiers].every(({ perMillion }) => Object.values(perMillion).every((price) => price === null || price === 0n))) {
    problems.push(error('tokenOffers', id, 'has no price above zero', 'Give the prices, or leave the offer out'))
  }
  return problems
}

/** Cheapest price of an hour by GPU, rented without commitment. */
function cheapestOnDemand(catalog: Catalog): Map<string, NanoUsd> {
  const least = new Map<string, NanoUsd>()
  for (const { card, gpu, tier } of catalog.offers) {
    if (tier !== 'on-demand' || card.rule !== 'dedicated') continue
    const known = least.get(gpu)
    if (known === undefined || card.perGpuHour < known) least.set(gpu, card.perGpuHour)
  }
  return least
}

/** Serverless is dearer than renting by the hour, but not ten times: otherwise a unit is wrong, or one price is old. */
function compareWithOnDemand(offer: Offer, rented: ReadonlyMap<string, NanoUsd>): Problem[] {
  const cheapest = rented.get(offer.gpu)
  if (offer.card.rule !== 'serverless' || cheapest === undefined) return []
  const perHour = hourly(offer.card)
  const says = `costs ${usdText(perHour)} USD per GPU-hour, while ${offer.gpu} is rented from ${usdText(cheapest)}`
  if (perHour * 2n < cheapest) return [warning('offers', offer.id, `${says}: less than half`, 'Check the price and its unit')]
  return perHour > cheapest * 10n ? [warning('offers', offer.id, `${says}: more than ten times`, 'Check the price and its unit')] : []
}

function hourly(card: Exclude<Offer['card'], { rule: 'tokens' }>): NanoUsd {
  return card.rule === 'serverless' ? card.perGpuSecond * 3600n : card.perGpuHour
}

function error(list: keyof Catalog, id: string, message: string, mend: string): Problem {
  return { severity: 'error', list, id, message, mend }
}

function warning(list: keyof Catalog, id: string, message: string, mend: string): Problem {
  return { severity: 'warning', list, id, message, mend }
}
