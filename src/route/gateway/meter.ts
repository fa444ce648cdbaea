import { meterCall } from '../../core/billing/meter-call.ts'
import type { RateCard, TokenUsage } from '../../core/billing/rate-card.ts'
import type { CallRecord } from '../../core/call.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { ParsedCall, ResponseFacts } from '../seams.ts'

/** What a call used and cost. */
export interface Metered {
  readonly usage: TokenUsage
  readonly usageSource: CallRecord['usageSource']
  readonly cost: NanoUsd
  readonly status: CallRecord['cost']['status']
  readonly missing: readonly string[]
}

/** A call that reached no upstream, or that its upstream failed: nobody bills it. */
export const NOTHING_USED: Metered = { usage: {}, usageSource: 'none', cost: 0n, status: 'complete', missing: [] }

const MS_PER_HOUR = 3_600_000
/** As in the estimate of the prompt: about four characters a token. */
const CHARACTERS_PER_TOKEN = 4

/**
 * Meters a call that an upstream has worked on. Usage is the upstream's own where it came; else the chunks that passed are
 * counted and the cost is an estimate. A pool that bills by token is metered exactly; of one that bills by time the call
 * bears its share of the replica's price, `replicaMs`, which is always an estimate: the bill also has idle time.
 */
export function meter(card: RateCard, gpusPerReplica: number, call: ParsedCall, seen: ResponseFacts | null, replicaMs: number): Metered {
  const reported = seen?.usage ?? null
  const usage = reported ?? counted(call, seen)
  const usageSource = reported === null ? 'counted' : 'upstream'
  if (card.rule !== 'tokens') {
    const cost = BigInt(Math.round(nanoUsdPerMs(card, gpusPerReplica) * Math.max(0, replicaMs)))
    return { usage, usageSource, cost, status: 'estimated', missing: [] }
  }
  const bill = meterCall(card, usage)
  const status = bill.status === 'complete' && reported === null ? 'estimated' : bill.status
  return { usage, usageSource, cost: bill.total, status, missing: bill.missing }
}

/** Price of a replica's millisecond, nano-USD. */
export function nanoUsdPerMs(card: Exclude<RateCard, { rule: 'tokens' }>, gpusPerReplica: number): number {
  return (card.rule === 'dedicated' ? Number(card.perGpuHour) / MS_PER_HOUR : Number(card.perGpuSecond) / 1000) * gpusPerReplica
}

/**
 * The prompt was sent, so it counts, as the upstream has reported it where its protocol does so at the beginning; of the
 * answer what came by, one token a delta or four characters, whichever is more.
 */
function counted(call: ParsedCall, seen: ResponseFacts | null): TokenUsage {
  const soFar = seen?.usageSoFar ?? { inputUncached: call.promptTokens }
  const output = seen === null ? 0 : Math.max(seen.deltas, Math.ceil(seen.characters / CHARACTERS_PER_TOKEN))
  return { ...soFar, output: Math.max(output, soFar.output ?? 0) }
}

/** Nano-USD as a plain decimal of US dollars, exact. */
export function usdText(nano: NanoUsd): string {
  const digits = (nano < 0n ? -nano : nano).toString().padStart(10, '0')
  const point = digits.length - 9
  let end = digits.length
  while (end > point && digits[end - 1] === '0') end--
  return `${nano < 0n ? '-' : ''}${digits.slice(0, point)}${end === point ? '' : `.${digits.slice(point, end)}`}`
}
