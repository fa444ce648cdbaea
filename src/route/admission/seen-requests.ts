import { type Hash64, NumberTable } from './number-table.ts'

/** When each request of each session was let through: its last `depth` times, in steady ms. An entry is a count, then times. */
export class SeenRequests {
  readonly depth: number
  readonly #table: NumberTable

  constructor(most: number, depth: number) {
    this.depth = depth
    this.#table = new NumberTable(most, depth + 1)
  }

  get size(): number {
    return this.#table.size
  }

  /** How many of the kept times are later than `from`. */
  countSince(request: Hash64, from: number): number {
    const at = this.#table.find(request)
    if (at < 0) return 0
    const { numbers } = this.#table
    const end = at + numbers[at]!
    let count = 0
    while (count < numbers[at]! && numbers[end - count]! > from) count++
    return count
  }

  /** The `nth` latest time, from 1; null where there are not so many. */
  latest(request: Hash64, nth: number): number | null {
    const at = this.#table.find(request)
    const { numbers } = this.#table
    return at < 0 || numbers[at]! < nth ? null : numbers[at + numbers[at]! - nth + 1]!
  }

  /** Times never go back. */
  add(request: Hash64, elapsed: number): void {
    const at = this.#table.claim(request, elapsed)
    const { numbers } = this.#table
    if (numbers[at]! < this.depth) numbers[at]! += 1
    else numbers.copyWithin(at + 1, at + 2, at + 1 + this.depth)
    numbers[at + numbers[at]!] = elapsed
  }

  /** Takes one time back. */
  remove(request: Hash64, elapsed: number): void {
    const at = this.#table.find(request)
    if (at < 0) return
    const { numbers } = this.#table
    const end = at + 1 + numbers[at]!
    const index = numbers.subarray(at + 1, end).lastIndexOf(elapsed)
    if (index < 0) return
    numbers.copyWithin(at + 1 + index, at + 2 + index, end)
    numbers[at]! -= 1
  }
}
