/** Retries that a quiet gateway may always make, over a minute: a share of nothing would be none. */
const FEWEST_A_MINUTE = 10
const SLICES = 6
const SLICE_MS = 10_000

/** Keeps retries to a share of the calls of the last minute, so that they cannot turn an outage into a storm. */
export class RetryBudget {
  /** Retries per call, at most. A reload may change it. */
  share: number
  readonly #calls = new Float64Array(SLICES)
  readonly #retries = new Float64Array(SLICES)
  #slice = 0

  constructor(share: number) {
    this.share = share
  }

  call(now: number): void {
    this.#advance(now)
    this.#calls[this.#slice % SLICES]! += 1
  }

  /** Takes a retry from the budget; false = none is left. */
  take(now: number): boolean {
    this.#advance(now)
    if (sum(this.#retries) + 1 > Math.max(FEWEST_A_MINUTE, sum(this.#calls) * this.share)) return false
    this.#retries[this.#slice % SLICES]! += 1
    return true
  }

  #advance(now: number): void {
    const slice = Math.floor(now / SLICE_MS)
    for (let cleared = 0; this.#slice < slice && cleared < SLICES; cleared++) {
      this.#slice++
      this.#calls[this.#slice % SLICES] = 0
      this.#retries[this.#slice % SLICES] = 0
    }
    this.#slice = Math.max(this.#slice, slice)
  }
}

function sum(slices: Float64Array): number {
  let total = 0
  for (const slice of slices) total += slice
  return total
}
