import type { ColdStart } from './rate-card.ts'
import { SpillwayError } from '../errors.ts'

/** Seconds of one cold start for a uniform number in [0, 1). */
export type ColdStartSampler = (uniform: number) => number

/**
 * Fills in the distribution between its known quantiles: the logarithm of the time is linear in the probability
 * between p50, p90 and p99. Below p50 the next segment's mirror image is used (down to p50^2 / p90) and above p99 the
 * last segment goes on, both assumptions. A segment that begins below a millisecond is linear in the time
 * itself. Throws
 * CATALOG_INVALID unless 0 <= p50 <= p90 <= p99.
 */
export function coldStartSampler({ p50, p90, p99 }: ColdStart): ColdStartSampler {
  if (!(p50 >= 0 && p90 >= p50 && p99 >= p90 && Number.isFinite(p99))) {
    throw new SpillwayError('CATALOG_INVALID', `the cold start quantiles p50 ${p50}, p90 ${p90}, p99 ${p99} s do not rise`, 'Give seconds with 0 <= p50 <= p90 <= p99')
  }
  if (p50 === p99) return () => p50
  const least = shortest({ p50, p90, p99 })
  return (uniform) => {
    if (uniform < 0.5) return between(least, p50, uniform / 0.5)
    if (uniform < 0.9) return between(p50, p90, (uniform - 0.5) / 0.4)
    return between(p90, p99, (uniform - 0.9) / 0.09)
  }
}

/** Mean seconds of the same distribution, in closed form. */
export function meanColdStart(coldStart: ColdStart): number {
  const { p50, p90, p99 } = coldStart
  coldStartSampler(coldStart)
  return 0.5 * meanBetween(shortest(coldStart), p50, 1) + 0.4 * meanBetween(p50, p90, 1) + 0.1 * meanBetween(p90, p99, TAIL / 0.09)
}

/** The probability above p90. */
const TAIL = 0.1
const MILLISECOND = 0.001

function shortest({ p50, p90 }: ColdStart): number {
  return p90 === 0 ? 0 : (p50 * p50) / p90
}

function between(low: number, high: number, share: number): number {
  return low >= MILLISECOND ? low * (high / low) ** share : low + (high - low) * share
}

/** The mean of `between` over shares from 0 to `upTo`. */
function meanBetween(low: number, high: number, upTo: number): number {
  if (low === high) return low
  if (low < MILLISECOND) return low + ((high - low) * upTo) / 2
  const rate = Math.log(high / low)
  return rate * upTo < 1e-9 ? low : (low * Math.expm1(rate * upTo)) / (rate * upTo)
}
