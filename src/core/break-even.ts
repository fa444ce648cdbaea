import { SpillwayError } from './errors.ts'

export interface BreakEvenInput {
  /** USD per replica-hour. */
  readonly dedicatedPerHour: number
  /** USD per replica-second. */
  readonly serverlessPerSecond: number
  /** h: what dedicated costs on top of its price, as a share of it (operations, not idle time). */
  readonly overheadShare?: number
  /** k: billed / useful serverless seconds (cold start, idle window, rounding, poor batching). */
  readonly k?: number
  /** e: dedicated / serverless throughput of one replica. */
  readonly throughputRatio?: number
}

/**
 * Utilization above which a dedicated replica is cheaper than serverless: u* = (p/s)(1 + h) / (k e), with p per hour
 * and s per second x 3600. Above 1, serverless wins at any load. Throws PLAN_PRICE_INVALID for a price or factor that
 * is not finite and positive (h may be 0).
 */
export function breakEvenUtilization(input: BreakEvenInput): number {
  const { overheadShare = 0, k = 1, throughputRatio = 1 } = input
  requirePositive('dedicated price', input.dedicatedPerHour)
  requirePositive('serverless price', input.serverlessPerSecond)
  requirePositive('k (billed / useful serverless seconds)', k)
  requirePositive('throughput ratio', throughputRatio)
  if (!(overheadShare >= 0 && Number.isFinite(overheadShare))) throw new SpillwayError('PLAN_PRICE_INVALID', `the overhead share is ${overheadShare}`, 'Give a share of 0 or more')
  return ((input.dedicatedPerHour / (input.serverlessPerSecond * 3600)) * (1 + overheadShare)) / (k * throughputRatio)
}

/** Throws PLAN_PRICE_INVALID unless `value` is finite and above zero. */
export function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return
  throw new SpillwayError('PLAN_PRICE_INVALID', `the ${name} is ${value}`, 'Give a finite number above zero')
}
