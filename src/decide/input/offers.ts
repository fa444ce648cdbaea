import type { DedicatedCard, ServerlessCard } from '../../core/billing/rate-card.ts'
import type { Offer } from '../../core/catalog/types.ts'
import { fromUsd, toUsd } from '../../core/money.ts'
import { keepWarmCurve } from '../fleet/keep-warm.ts'
import { keepWarmOverflow } from '../fleet/overflow.ts'
import type { OverflowModel } from '../market.ts'
import { linearOverflow } from '../market.ts'
import type { DedicatedOption, ServerlessOption } from '../plan-input.ts'
import type { Assumption } from '../plan-result.ts'
import { ASSUMED_IDLE_WINDOW_SECONDS, assume, assumedColdStart, IDLE_WINDOW_SOURCE } from './assumed.ts'
import type { PlanRequest } from './plan-request.ts'
import type { ReplicaKind } from './replica-kinds.ts'

export interface OffersFor {
  readonly dedicated: readonly DedicatedOption[]
  readonly serverless: readonly ServerlessOption[]
  readonly assumptions: readonly Assumption[]
}

/** What is rented or billed by the second for this kind of replica: the catalog's offers for its GPU, or the user's own prices. */
export function offersFor(kind: ReplicaKind, offers: readonly Offer[], request: PlanRequest): OffersFor {
  const { prices } = request
  const assumptions: Assumption[] = []
  const dedicated: DedicatedOption[] = prices.dedicatedPerHour === null ? [] : [ownDedicated(prices.dedicatedPerHour, prices.egressPerGb, request.today)]
  const serverless: ServerlessOption[] = prices.serverlessPerSecond === null ? [] : [serverlessOption(ownServerless(prices.serverlessPerSecond, prices.egressPerGb, request.today), kind, request, assumptions)]
  for (const offer of offers) {
    if (kind.gpu === null || offer.gpu !== kind.gpu.id) continue
    const { card } = offer
    if (card.rule === 'dedicated' && prices.dedicatedPerHour === null) dedicated.push(dedicatedOption(offer, card, kind.gpusPerReplica))
    if (card.rule !== 'serverless') continue
    if (card.alwaysOnPerGpuSecond !== null && prices.dedicatedPerHour === null) dedicated.push(alwaysOn(offer, card, kind.gpusPerReplica))
    if (prices.serverlessPerSecond === null) serverless.push(serverlessOption({ ...offer, card }, kind, request, assumptions))
  }
  return { dedicated, serverless, assumptions: unique(assumptions) }
}

function dedicatedOption(offer: Offer, card: DedicatedCard, gpus: number): DedicatedOption {
  return {
    id: offer.id,
    title: titleOf(offer, gpus),
    tier: offer.tier,
    perHour: toUsd(card.perGpuHour * BigInt(gpus)),
    startupSeconds: card.startupSeconds,
    commitmentMonths: card.commitment?.months ?? null,
    spot: card.spot,
    egressPerGb: card.egressPerGb === null ? null : toUsd(card.egressPerGb),
    region: offer.region,
    source: offer.source,
    asOf: offer.asOf,
  }
}

/** A serverless worker that is kept up all the time, which some providers discount: paid like a rented replica. */
function alwaysOn(offer: Offer, card: ServerlessCard, gpus: number): DedicatedOption {
  return {
    id: `${offer.id}:active`,
    title: `${titleOf(offer, gpus)} kept active`,
    tier: 'serverless',
    perHour: toUsd(card.alwaysOnPerGpuSecond! * BigInt(3600 * gpus)),
    startupSeconds: null,
    commitmentMonths: null,
    spot: null,
    egressPerGb: card.egressPerGb === null ? null : toUsd(card.egressPerGb),
    region: offer.region,
    source: offer.source,
    asOf: offer.asOf,
  }
}

function ownDedicated(perHour: number, egressPerGb: number | null, today: string): DedicatedOption {
  return { id: 'own-dedicated', title: 'own dedicated', tier: 'on-demand', perHour, startupSeconds: null, commitmentMonths: null, spot: null, egressPerGb, region: null, source: 'given with --dedicated', asOf: today }
}

type ServerlessOffer = Omit<Offer, 'card'> & { readonly card: ServerlessCard; readonly perReplicaSecond?: number }

function ownServerless(perSecond: number, egressPerGb: number | null, today: string): ServerlessOffer {
  const card: ServerlessCard = { rule: 'serverless', perGpuSecond: 0n, granularitySeconds: 1, minimumSeconds: 0, idleWindowSeconds: null, coldStartBilled: true, coldStart: null, replicaCap: null, atCap: null, egressPerGb: egressPerGb === null ? null : fromUsd(egressPerGb), alwaysOnPerGpuSecond: null }
  return { id: 'own-serverless', provider: 'own', gpu: '', tier: 'serverless', region: null, card, perReplicaSecond: perSecond, source: 'given with --serverless', asOf: today }
}

function serverlessOption(offer: ServerlessOffer, kind: ReplicaKind, request: PlanRequest, assumptions: Assumption[]): ServerlessOption {
  const { serverless: terms } = request
  const card = withTerms(offer.card, kind, request, assumptions)
  return {
    id: offer.id,
    title: offer.perReplicaSecond === undefined ? titleOf(offer, kind.gpusPerReplica) : 'own serverless',
    perSecond: offer.perReplicaSecond ?? toUsd(card.perGpuSecond * BigInt(kind.gpusPerReplica)),
    overflow: overflowOf(card, kind, request),
    replicaCap: card.replicaCap,
    atCap: card.atCap,
    idleWindowSeconds: terms.linear || terms.overheadK !== null ? null : card.idleWindowSeconds,
    coldStart: terms.linear ? null : card.coldStart,
    coldStartBilled: card.coldStartBilled,
    egressPerGb: card.egressPerGb === null ? null : toUsd(card.egressPerGb),
    region: offer.region,
    source: offer.source,
    asOf: offer.asOf,
  }
}

/** The card with what the user knows better, and a named assumption for each term that nobody states. */
function withTerms(card: ServerlessCard, kind: ReplicaKind, { serverless: terms, today }: PlanRequest, assumptions: Assumption[]): ServerlessCard {
  if (terms.linear) return card
  const assumed = assumedColdStart(kind.weightsGb)
  const given = (name: string, value: string | number | boolean, unit: string, option: string): number => assumptions.push({ name, value, unit, source: `given with ${option}`, asOf: today })
  if (terms.coldStart !== null) given('cold start', `p50 ${terms.coldStart.p50} s, p90 ${terms.coldStart.p90} s, p99 ${terms.coldStart.p99} s`, 'seconds', '--cold-start')
  else if (card.coldStart === null) assumptions.push(assumed.assumption)
  if (terms.overheadK === null && terms.idleWindowSeconds === null && card.idleWindowSeconds === null) assumptions.push(assume('idle window, where the provider states none', ASSUMED_IDLE_WINDOW_SECONDS, 'seconds', IDLE_WINDOW_SOURCE))
  if (terms.idleWindowSeconds !== null) given('idle window', terms.idleWindowSeconds, 'seconds', '--idle-window')
  if (terms.overheadK === null && terms.coldStartBilled === null && card.coldStartBilled === null) assumptions.push(assume('cold start billed, where the provider does not say', true, 'yes or no', 'Spillway assumption: the careful guess; change with --cold-start-billed'))
  return {
    ...card,
    coldStart: terms.coldStart ?? card.coldStart ?? assumed.coldStart,
    idleWindowSeconds: terms.idleWindowSeconds ?? card.idleWindowSeconds ?? ASSUMED_IDLE_WINDOW_SECONDS,
    coldStartBilled: terms.coldStartBilled ?? card.coldStartBilled ?? true,
    replicaCap: terms.replicaCap ?? card.replicaCap,
    atCap: card.atCap ?? (terms.replicaCap === null ? null : 'queue'),
  }
}

function overflowOf(card: ServerlessCard, kind: ReplicaKind, { serverless: terms, seed }: PlanRequest): OverflowModel {
  if (terms.linear) return linearOverflow(terms.throughputRatio)
  if (terms.overheadK !== null) return linearOverflow(terms.throughputRatio, terms.overheadK)
  const curve = keepWarmCurve({
    card,
    requestSeconds: kind.requestSeconds,
    concurrency: kind.concurrency,
    ...(kind.stepTime === undefined ? {} : { stepTime: kind.stepTime }),
    rules: terms.rules,
    seed,
  })
  return keepWarmOverflow(curve, terms.throughputRatio)
}

/** `runpod-community-a100-80gb x2`: the offer's id, which names provider and GPU, and the GPUs of a replica. */
function titleOf(offer: Omit<Offer, 'card'>, gpus: number): string {
  return `${offer.id}${gpus === 1 ? '' : ` x${gpus}`}`
}

function unique(assumptions: readonly Assumption[]): Assumption[] {
  return [...new Map(assumptions.map((assumption) => [`${assumption.name} ${String(assumption.value)}`, assumption])).values()]
}
