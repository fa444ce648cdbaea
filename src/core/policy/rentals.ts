/** Rentals by the term: what is wanted goes in, what serves comes out. */
export interface Rentals {
  /** Advances one tick in which `target` rented replicas are wanted; returns how many serve. */
  readonly step: (target: number) => number
}

/**
 * A ledger of rentals. What is missing is ordered and serves `noticeTicks` later, billed from then on; each rental lasts
 * `termTicks` (1 or more), and at its end it is renewed for another term, without notice, while the target needs it.
 */
export function rentals(termTicks: number, noticeTicks: number): Rentals {
  // ending[i] = rentals whose term ends at tick i, a ring over the longest time that a rental can be ahead.
  const span = termTicks + noticeTicks + 1
  const ending = new Int32Array(span)
  const starting = new Int32Array(span)
  let slot = 0
  let serving = 0
  let ordered = 0
  const after = (ticks: number): number => {
    const at = slot + ticks
    return at >= span ? at - span : at
  }

  return {
    step(target) {
      const ended = ending[slot]!
      ending[slot] = 0
      serving -= ended
      const started = starting[slot]!
      starting[slot] = 0
      serving += started
      ordered -= started
      const renew = Math.max(0, Math.min(ended, target - serving - ordered))
      serving += renew
      ending[after(termTicks)]! += renew
      const missing = target - serving - ordered
      if (missing > 0) {
        if (noticeTicks === 0) serving += missing
        else {
          ordered += missing
          starting[after(noticeTicks)]! += missing
        }
        ending[after(noticeTicks + termTicks)]! += missing
      }
      slot = after(1)
      return serving
    },
  }
}
