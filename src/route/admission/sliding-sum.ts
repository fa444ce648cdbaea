const SLOT_MS = 1000
/** Sixty whole seconds before the running one. */
const SLOTS = 61

/**
 * Sums over the last minute, counted in slots of one second of steady time. They cover between 60 and 61 seconds, so a
 * limit that they keep holds over *any* 60 seconds, and room comes back at most one second late. Several lanes (requests
 * and tokens of one key) share the slots, and so the way through memory.
 */
export class SlidingSum {
  readonly #lanes: number
  /** The sums of all lanes, then their slots, lane by lane in each. */
  readonly #numbers: Float64Array
  #head = 0

  constructor(lanes = 1) {
    this.#lanes = lanes
    this.#numbers = new Float64Array(lanes * (1 + SLOTS))
  }

  /** The sum of the minute before `elapsed`. */
  at(elapsed: number, lane = 0): number {
    const slot = Math.floor(elapsed / SLOT_MS)
    if (slot > this.#head) this.#advance(slot)
    return this.#numbers[lane]!
  }

  /** Adds to the running second and returns it, for `adjust`. */
  add(elapsed: number, amount: number, lane = 0): number {
    this.at(elapsed)
    this.#count(this.#head, amount, lane)
    return this.#head
  }

  /** Corrects what was added in `slot`; nothing where that second has left the minute. */
  adjust(slot: number, amount: number, lane = 0): void {
    if (slot > this.#head - SLOTS) this.#count(slot, amount, lane)
  }

  /** Milliseconds until the sum is at most `most` if nothing is added; null where that never comes (`most` below 0). */
  waitFor(elapsed: number, most: number, lane = 0): number | null {
    let sum = this.at(elapsed, lane)
    if (sum <= most) return 0
    for (let slot = Math.max(0, this.#head - SLOTS + 1); slot <= this.#head; slot++) {
      sum -= this.#numbers[this.#place(slot) + lane]!
      if (sum <= most) return (slot + SLOTS) * SLOT_MS - elapsed
    }
    return null
  }

  #count(slot: number, amount: number, lane: number): void {
    this.#numbers[this.#place(slot) + lane]! += amount
    this.#numbers[lane]! += amount
  }

  #place(slot: number): number {
    return this.#lanes * (1 + (slot % SLOTS))
  }

  #advance(slot: number): void {
    if (slot - this.#head >= SLOTS) this.#numbers.fill(0)
    else {
      for (let one = this.#head + 1; one <= slot; one++) {
        const place = this.#place(one)
        for (let lane = 0; lane < this.#lanes; lane++) {
          this.#numbers[lane]! -= this.#numbers[place + lane]!
          this.#numbers[place + lane] = 0
        }
      }
    }
    this.#head = slot
  }
}
