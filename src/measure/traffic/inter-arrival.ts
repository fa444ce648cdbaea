/** Share of rows that may step back in time before intervals say nothing. */
const DISORDER_LIMIT = 0.001

/** Mean and variation of the times between requests, in one pass (Welford). */
export class InterArrival {
  rows = 0
  /** Rows earlier than a row before them. */
  backward = 0
  #latestMs = 0
  #intervals = 0
  #mean = 0
  #squares = 0

  add(ms: number): void {
    this.rows++
    if (this.rows === 1) {
      this.#latestMs = ms
      return
    }
    let gap = ms - this.#latestMs
    if (gap < 0) {
      this.backward++
      gap = 0
    } else this.#latestMs = ms
    this.#intervals++
    const delta = gap - this.#mean
    this.#mean += delta / this.#intervals
    this.#squares += delta * (gap - this.#mean)
  }

  /**
   * Mean in seconds and coefficient of variation (population); null below two intervals, where all rows are at one
   * time, or where over 0.1 % of the rows step back in time. Rows that step back within that limit count as arriving
   * with the row before.
   */
  finish(): { readonly meanSeconds: number; readonly cv: number } | null {
    if (this.#intervals < 2 || this.#mean === 0 || this.backward > DISORDER_LIMIT * this.rows) return null
    return { meanSeconds: this.#mean / 1000, cv: Math.sqrt(this.#squares / this.#intervals) / this.#mean }
  }
}
