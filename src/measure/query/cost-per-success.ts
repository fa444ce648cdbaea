import type { OutcomeRow, TaskSums } from '../../store/telemetry.ts'

/** What a success costs: all that was spent on tasks, over those that succeeded. Unknown is null. */
export interface CostPerSuccess {
  /** Tasks that count, and how many of them succeeded. */
  readonly tasks: number
  readonly successes: number
  /** Nano-USD, rounded half up; null without a success. */
  readonly nanoUsd: bigint | null
  /** 95 % confidence interval, US dollars; null where the data cannot tell. */
  readonly interval: readonly [low: number, high: number] | null
}

/** Below it the normal approximation that the interval stands on is no good: none is given. */
export const LEAST_SUCCESSES = 10
/** Quantile of the normal distribution for 95 %, both sides. */
const Z = 1.959964

/**
 * The ratio of two means that vary together, with Fieller's interval (E. C. Fieller, "Some problems in interval estimation", Journal of
 * the Royal Statistical Society B 16, 1954, pp. 175-185): the ratios r for which mean cost - r x success rate lies within Z standard
 * errors of zero. It has no width to speak of where all tasks cost the same and succeed, is not symmetric, and does not exist where the
 * success rate cannot be told from zero. Tasks are taken for independent draws.
 */
export function costPerSuccess({ all, judged, succeeded }: Pick<OutcomeRow, 'all' | 'judged' | 'succeeded'>, unjudged: 'ignore' | 'fail'): CostPerSuccess {
  const counted = unjudged === 'fail' ? all : judged
  const successes = BigInt(succeeded.tasks)
  return {
    tasks: counted.tasks,
    successes: succeeded.tasks,
    nanoUsd: successes === 0n ? null : (2n * BigInt(counted.nanoUsd) + successes) / (2n * successes),
    interval: succeeded.tasks < LEAST_SUCCESSES ? null : fieller(counted, succeeded),
  }
}

function fieller(counted: TaskSums, succeeded: TaskSums): readonly [number, number] | null {
  const n = counted.tasks
  const [cost, rate] = [usd(counted) / n, succeeded.tasks / n]
  // Variances and covariance of the means. A success is 1, so its square and its product with a cost are sums that we have.
  const spread = (product: number, a: number, b: number): number => (product / n - a * b) / (n - 1)
  const costVariance = Math.max(0, spread(counted.squares, cost, cost))
  const rateVariance = spread(succeeded.tasks, rate, rate)
  const covariance = spread(usd(succeeded), cost, rate)
  const a = rate ** 2 - Z ** 2 * rateVariance
  const b = cost * rate - Z ** 2 * covariance
  const c = cost ** 2 - Z ** 2 * costVariance
  const root = b ** 2 - a * c
  if (!(a > 0 && root >= 0)) return null
  // Costs are not below zero, so neither is the ratio.
  return [Math.max(0, (b - Math.sqrt(root)) / a), (b + Math.sqrt(root)) / a]
}

function usd({ nanoUsd }: TaskSums): number {
  return Number(nanoUsd) / 1e9
}
