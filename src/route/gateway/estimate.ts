import type { PoolConfig } from '../config-types.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { TokensCard } from '../../core/billing/rate-card.ts'
import type { ParsedCall } from '../seams.ts'
import { nanoUsdPerMs } from './meter.ts'

/** Nano-USD: a fixed part, and per token of prompt and of output. */
interface Rate {
  readonly call: number
  readonly input: number
  readonly output: number
}

/**
 * A token's time where a replica serves one call alone: 50 ms, 20 tokens a second. An assumption, on the slow side of the
 * latency targets that are usual (MLPerf's Llama 2 70B server scenario allows 200 ms, its interactive one 40 ms), so that
 * a reservation for a pool paid by time is rarely too low.
 */
const SLOW_TOKEN_MS = 50

/**
 * The reservation that admission makes before it is known which pool will serve: the dearest of those that may, at the
 * dearest of their tiers, for the whole prompt uncached and all the output that the call allows.
 */
export function upperEstimate(pools: readonly PoolConfig[]): (call: ParsedCall) => NanoUsd {
  const rates = pools.map(upperRate)
  return (call) => {
    let most = 0
    for (const rate of rates) most = Math.max(most, rate.call + rate.input * call.promptTokens + rate.output * call.maxOutputTokens)
    return BigInt(Math.ceil(most))
  }
}

/** The dearest that the pool can be. */
export function upperRate({ card, gpusPerReplica }: PoolConfig): Rate {
  if (card.rule !== 'tokens') return { call: 0, input: 0, output: nanoUsdPerMs(card, gpusPerReplica) * SLOW_TOKEN_MS }
  return { call: Number(card.perCall), input: dearest(card, ['inputUncached', 'cacheWrite']), output: dearest(card, ['output', 'reasoning']) }
}

/** Nano-USD a token. A bucket without a price counts as 0: what it cost is not known later either, and the record says so. */
function dearest(card: TokensCard, buckets: readonly ('inputUncached' | 'cacheWrite' | 'output' | 'reasoning')[]): number {
  let most = 0
  for (const prices of [card.perMillion, ...card.tiers.map((tier) => tier.perMillion)]) {
    for (const bucket of buckets) most = Math.max(most, Number(prices[bucket] ?? 0n) / 1e6)
  }
  return most
}
