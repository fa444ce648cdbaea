export interface Jump {
  /** The first day of the new level. */
  readonly day: number
  /** Means a day. */
  readonly before: number
  readonly after: number
  /** What was spent above the old level, after what the others grew by. */
  readonly excess: number
}

const LEAST_BEFORE = 5
const LEAST_AFTER = 2
/** The least of the new days is at least so many times the most of the old ones. */
const RATIO = 2

/**
 * A lasting jump of one spender, by day: a day from which on *every* day lies above twice *every* day before, and to the end. By
 * chance alone the order would be so with 1 in C(n, k) for k of n days (five before and two after: 1 in 21), by twice far less; and
 * its share beside all others must lie above that of every day before too, so that a busy week or a launch is nobody's jump. Five days hold at
 * least three working days, so that no Monday is a jump. Who spent nothing before has no past to jump from. Null = there is none.
 */
export function findJump(own: Float64Array, total: Float64Array): Jump | null {
  const others = total.map((all, day) => all - own[day]!)
  const beside = own.map((one, day) => (others[day]! > 0 ? one / others[day]! : Infinity))
  for (let day = LEAST_BEFORE; day <= own.length - LEAST_AFTER; day++) {
    if (!separates(own, day, RATIO) || !separates(beside, day, 1)) continue
    const [before, after, rest] = [mean(own.subarray(0, day)), mean(own.subarray(day)), mean(others.subarray(0, day))]
    // Who was most of it already has nobody to be compared with: its growth is everybody's.
    if (before <= 0 || before > rest) return null
    const growth = Math.max(1, mean(others.subarray(day)) / rest)
    const excess = (after - before * growth) * (own.length - day)
    return excess > 0 ? { day, before, after, excess } : null
  }
  return null
}

function separates(values: Float64Array, day: number, ratio: number): boolean {
  return Math.min(...values.subarray(day)) > ratio * Math.max(...values.subarray(0, day))
}

function mean(values: Float64Array): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}
