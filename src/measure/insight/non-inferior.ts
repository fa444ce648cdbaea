/** Successes among so many that were judged. */
export interface Tally {
  judged: number
  succeeded: number
}

/** One-sided 95 %. */
const Z = 1.6449
/** How much worse still counts as no worse: five points of the success rate. */
export const MARGIN = 0.05
/** Fewer judged calls prove nothing. */
export const LEAST_JUDGED = 50

/**
 * Whether `candidate` succeeds no less often than `reference`, but for `MARGIN`: the lower 95 % limit of the difference of the two
 * rates lies above -MARGIN. The limit is Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, 873-890, method 10),
 * which holds for rates near 0 and 1 too. False where either has fewer than `LEAST_JUDGED`.
 */
export function isNonInferior(candidate: Tally, reference: Tally): boolean {
  if (candidate.judged < LEAST_JUDGED || reference.judged < LEAST_JUDGED) return false
  return differenceAtLeast(candidate, reference) > -MARGIN
}

/** Whether `candidate` was shown to succeed less often: even the upper 95 % limit of the difference lies below 0. */
export function isWorse(candidate: Tally, reference: Tally): boolean {
  return candidate.judged > 0 && reference.judged > 0 && differenceAtLeast(reference, candidate) > 0
}

/** Lower 95 % limit of the rate of `a` minus that of `b`. */
function differenceAtLeast(a: Tally, b: Tally): number {
  const [pa, pb] = [a.succeeded / a.judged, b.succeeded / b.judged]
  const [lowerA, upperB] = [wilson(a)[0], wilson(b)[1]]
  return pa - pb - Math.sqrt((pa - lowerA) ** 2 + (upperB - pb) ** 2)
}

/** Wilson's score interval (Journal of the American Statistical Association 22, 1927, 209-212). */
function wilson({ judged: n, succeeded }: Tally): readonly [low: number, high: number] {
  const p = succeeded / n
  const middle = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))) / (1 + Z ** 2 / n)
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
