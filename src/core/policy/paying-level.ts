/** Looks back over the last `ticks` ticks of demand. */
export interface PayingLevel {
  /** Notes the demand (replicas) of the tick that has just passed. */
  readonly see: (demand: number) => void
  /** The highest level, 0 to `limit`, whose mean fill over the window reaches `breakEven`; 0 before anything was seen. */
  readonly level: () => number
}

/** Which levels of the demand would have paid for a rental over the recent past. A question costs O(ticks x log limit). */
export function payingLevel(ticks: number, breakEven: number, limit: number): PayingLevel {
  const recent = new Float64Array(ticks)
  let seen = 0
  let highest = 0

  const pays = (level: number, length: number): boolean => {
    let sum = 0
    for (let i = 0; i < length; i++) {
      const fill = recent[i]! - (level - 1)
      sum += fill <= 0 ? 0 : fill >= 1 ? 1 : fill
    }
    return sum >= breakEven * length
  }

  return {
    see(demand) {
      recent[seen % ticks] = demand
      seen++
    },
    level() {
      const length = Math.min(seen, ticks)
      if (length === 0) return 0
      // A higher level is never filled more, so the levels that pay are 1 to the answer: find it from the last one.
      let low = highest
      let step = 1
      while (low > 0 && !pays(low, length)) {
        low = Math.max(0, low - step)
        step *= 2
      }
      let high = Math.min(limit + 1, Math.max(low, highest) + 1)
      step = 1
      while (high <= limit && pays(high, length)) {
        low = high
        high = Math.min(limit + 1, high + step)
        step *= 2
      }
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (pays(middle, length)) low = middle
        else high = middle
      }
      highest = low
      return low
    },
  }
}
