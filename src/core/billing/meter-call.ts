import { SpillwayError } from '../errors.ts'
import { scale } from '../money.ts'
import type { NanoUsd } from '../money.ts'
import { billOf } from './bill.ts'
import { TOKEN_BUCKETS } from './rate-card.ts'
import type { Bill, LineItem, TokenBucket, TokensCard, TokenUsage } from './rate-card.ts'

/** Together they are the prompt, whose length chooses the price tier. */
const PROMPT_BUCKETS: ReadonlySet<TokenBucket> = new Set(['inputUncached', 'cacheRead', 'cacheWrite', 'audioInput', 'imageInput'])

/**
 * The bill for one call that is priced by token: a line a bucket, each rounded once to a nano-dollar, and the fee per
 * call. A bucket with tokens and no price makes the bill partial and is named in `missing`. Throws USAGE_INVALID for a
 * count that is negative, fractional or beyond 2^53.
 */
export function meterCall(card: TokensCard, usage: TokenUsage): Bill {
  const counts = TOKEN_BUCKETS.map((bucket) => [bucket, requireCount(bucket, usage[bucket] ?? 0)] as const)
  const prompt = counts.reduce((sum, [bucket, count]) => sum + (PROMPT_BUCKETS.has(bucket) ? count : 0), 0)
  const prices = tierFor(card, prompt)
  const missing: string[] = []
  const lines: LineItem[] = []
  for (const [bucket, count] of counts) {
    if (count === 0) continue
    const price = prices[bucket]
    if (price === null) missing.push(bucket)
    else lines.push({ kind: 'tokens', amount: scale(price, BigInt(count), 1_000_000n), quantity: count, unit: 'token', bucket })
  }
  if (card.perCall !== 0n) lines.push({ kind: 'call-fee', amount: card.perCall, quantity: 1, unit: 'call' })
  return billOf(lines, missing)
}

/** Prices for a prompt of so many tokens: the highest tier whose threshold it exceeds replaces the base prices that it names. */
export function tierFor(card: TokensCard, prompt: number): Readonly<Record<TokenBucket, NanoUsd | null>> {
  const reached = card.tiers.filter((tier) => prompt > tier.promptTokensAbove).sort((a, b) => b.promptTokensAbove - a.promptTokensAbove)
  return { ...card.perMillion, ...reached[0]?.perMillion }
}

function requireCount(bucket: TokenBucket, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new SpillwayError('USAGE_INVALID', `the count of ${bucket} tokens is ${count}`, 'Report a whole number of tokens, 0 or more')
}
