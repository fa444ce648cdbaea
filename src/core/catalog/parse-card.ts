import type { Static } from 'typebox'
import { TOKEN_BUCKETS, type DedicatedCard, type ServerlessCard, type TokenBucket, type TokensCard } from '../billing/rate-card.ts'
import { parseUsd, type NanoUsd } from '../money.ts'
import type { OFFERS, TOKEN_OFFER } from './schema.ts'
import { invalid, type Position } from './shape.ts'

/** `at` is the place of the card, for the errors. */
export function dedicatedCard(raw: Static<typeof OFFERS.dedicated>['card'], at: Position): DedicatedCard {
  return {
    rule: 'dedicated',
    perGpuHour: price(raw.perGpuHour, at, 'perGpuHour'),
    granularitySeconds: raw.granularitySeconds,
    minimumSeconds: raw.minimumSeconds,
    startupSeconds: raw.startupSeconds ?? null,
    commitment: raw.commitment ?? null,
    spot: raw.spot ? { interruptionsPerHour: raw.spot.interruptionsPerHour ?? null, noticeSeconds: raw.spot.noticeSeconds ?? null } : null,
    egressPerGb: optional(raw.egressPerGb),
  }
}

export function serverlessCard(raw: Static<typeof OFFERS.serverless>['card'], at: Position): ServerlessCard {
  return {
    rule: 'serverless',
    perGpuSecond: price(raw.perGpuSecond, at, 'perGpuSecond'),
    granularitySeconds: raw.granularitySeconds,
    minimumSeconds: raw.minimumSeconds,
    idleWindowSeconds: raw.idleWindowSeconds ?? null,
    coldStartBilled: raw.coldStartBilled ?? null,
    coldStart: raw.coldStart ?? null,
    replicaCap: raw.replicaCap ?? null,
    atCap: raw.atCap ?? null,
    egressPerGb: optional(raw.egressPerGb),
    alwaysOnPerGpuSecond: typeof raw.alwaysOnPerGpuSecond !== 'string' ? null : price(raw.alwaysOnPerGpuSecond, at, 'alwaysOnPerGpuSecond'),
  }
}

export function tokensCard(raw: Static<typeof TOKEN_OFFER>['card']): TokensCard {
  return {
    rule: 'tokens',
    perMillion: Object.fromEntries(TOKEN_BUCKETS.map((bucket) => [bucket, optional(raw.perMillion[bucket])])) as Record<TokenBucket, NanoUsd | null>,
    tiers: (raw.tiers ?? []).map((tier) => ({
      promptTokensAbove: tier.promptTokensAbove,
      perMillion: Object.fromEntries(TOKEN_BUCKETS.flatMap((bucket) => (tier.perMillion[bucket] === undefined ? [] : [[bucket, parseUsd(tier.perMillion[bucket])]]))),
    })),
    perCall: parseUsd(raw.perCall),
  }
}

/** A price of GPU time: one that is zero would make everything else look dear. */
function price(text: string, at: Position, field: string): NanoUsd {
  const nano = parseUsd(text)
  if (nano === 0n) throw invalid({ ...at, path: [...at.path, field] }, 'is zero', 'Give the price; leave the offer out where you do not know it')
  return nano
}

function optional(text: string | null | undefined): NanoUsd | null {
  return typeof text === 'string' ? parseUsd(text) : null
}
