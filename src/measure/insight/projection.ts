import type { Projection } from './finding.ts'

const MONTH_DAYS = 30
/** 80 %, two-sided. */
const TAIL_Z = 1.2816
const LEAST_DAYS = 3

/**
 * What days to come lose if they are like these, summed over 30 of them, with the 80 % prediction interval for a sum of m further
 * draws: m * mean +- t * s * sqrt(m + m^2 / n) (Hahn and Meeker, Statistical Intervals, 1991, 4.7). Days are taken as independent,
 * so a trend or a leak that was mended shows only as a wide interval. Null for fewer than three days.
 */
export function monthlyProjection(days: readonly number[]): Projection | null {
  const n = days.length
  if (n < LEAST_DAYS) return null
  const mean = days.reduce((sum, one) => sum + one, 0) / n
  const deviation = Math.sqrt(days.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1))
  const half = tQuantile(n - 1) * deviation * Math.sqrt(MONTH_DAYS + MONTH_DAYS ** 2 / n)
  return { nanoUsd: text(MONTH_DAYS * mean), low: text(MONTH_DAYS * mean - half), high: text(MONTH_DAYS * mean + half) }
}

function text(nanoUsd: number): string {
  return String(BigInt(Math.round(Math.max(0, nanoUsd))))
}

/** The 90 % quantile of Student's t, by Cornish and Fisher (Abramowitz and Stegun 26.7.5): within 1 % from 2 degrees on. */
function tQuantile(degrees: number): number {
  const z = TAIL_Z
  const [g1, g2, g3] = [(z ** 3 + z) / 4, (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96, (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384]
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3
}
