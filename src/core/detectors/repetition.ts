/** The end of a sequence says the same `times` times, in cycles of `period` steps. */
export interface Repetition {
  readonly period: number
  readonly times: number
}

/** A-B-C-D-A-B-C-D is still found; longer cycles are rare and cost more to look for. */
const LONGEST_PERIOD = 4

/**
 * How the end of a sequence of `length` steps repeats: the cycle that covers the most of it, the shortest of equals. Told by what is
 * equal only, so that steps may be compared in place. Looks at no more than it must: once for each period where nothing repeats.
 */
export function repetitionAtEnd(length: number, same: (a: number, b: number) => boolean): Repetition {
  let best: Repetition = { period: 1, times: 1 }
  let covered = 0
  for (let period = 1; period <= LONGEST_PERIOD && 2 * period <= length; period++) {
    let matched = 0
    while (length - 1 - matched - period >= 0 && same(length - 1 - matched, length - 1 - matched - period)) matched++
    if (matched < period || matched + period <= covered) continue
    covered = matched + period
    best = { period, times: Math.floor(covered / period) }
  }
  return best
}
