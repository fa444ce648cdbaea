import type { NanoUsd } from '../money.ts'
import { scale, times } from '../money.ts'
import { billOf } from './bill.ts'
import { billedTime } from './billed-time.ts'
import type { Bill, DedicatedCard, LineItem, LineKind, ReplicaLife, ServerlessCard } from './rate-card.ts'

const MICROS_PER_SECOND = 1_000_000n
const MICROS_PER_HOUR = 3_600_000_000n

/**
 * The bill for one replica's life; the planner's simulator and the gateway use this same function. Throws USAGE_INVALID
 * for a life that cannot be (see `billedTime`).
 */
export function meterReplica(card: DedicatedCard | ServerlessCard, life: ReplicaLife): Bill {
  const time = billedTime(card, life)
  const missing: string[] = []
  const [price, per] = card.rule === 'dedicated' ? [card.perGpuHour, MICROS_PER_HOUR] : [card.perGpuSecond, MICROS_PER_SECOND]
  const lines = timeLines(price * BigInt(life.gpus), per, life.gpus, [
    ['cold-start', time.coldStart],
    ['busy', time.busy],
    [card.rule === 'dedicated' ? 'idle' : 'keep-warm', time.idle],
    ['rounding', time.rounding],
    ['minimum', time.minimum],
  ])
  if (card.rule === 'serverless' && card.coldStartBilled === null && time.coldStart > 0) missing.push('coldStartBilled')
  if (card.rule === 'dedicated' && card.spot !== null) lines.push(...interruptionLine(card, life.gpus, time.total, missing))
  if (life.egressGb > 0) {
    if (card.egressPerGb === null) missing.push('egressPerGb')
    else lines.push({ kind: 'egress', amount: times(card.egressPerGb, life.egressGb), quantity: life.egressGb, unit: 'GB' })
  }
  return billOf(lines, missing)
}

/** Each line is the difference of two rounded running sums, so that the lines add up to the rounded whole. */
function timeLines(price: NanoUsd, per: bigint, gpus: number, parts: readonly (readonly [LineKind, number])[]): LineItem[] {
  const lines: LineItem[] = []
  let elapsed = 0n
  let before = 0n
  for (const [kind, micros] of parts) {
    elapsed += BigInt(micros)
    const after = scale(price, elapsed, per)
    lines.push({ kind, amount: after - before, quantity: (micros / 1e6) * gpus, unit: 'second' })
    before = after
  }
  return lines
}

/**
 * What interruptions cost on average: each is followed by a replacement that is billed for `startupSeconds` before it
 * serves, so interruptions per hour x billed hours x that time, at the card's price. Requests cut off are run again
 * within the busy time and are not in this line.
 */
function interruptionLine(card: DedicatedCard, gpus: number, micros: number, missing: string[]): LineItem[] {
  const perHour = card.spot?.interruptionsPerHour ?? null
  if (perHour === null) missing.push('interruptionsPerHour')
  if (card.startupSeconds === null) missing.push('startupSeconds')
  if (perHour === null || card.startupSeconds === null) return []
  const lostPerHour = Math.round(perHour * card.startupSeconds * 1e6)
  const amount = scale(card.perGpuHour * BigInt(gpus), BigInt(micros) * BigInt(lostPerHour), MICROS_PER_HOUR * MICROS_PER_HOUR)
  return [{ kind: 'interruption', amount, quantity: (micros / 1e6) * gpus * (lostPerHour / 3.6e9), unit: 'second' }]
}
