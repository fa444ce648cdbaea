import { type Hash64, NumberTable } from './number-table.ts'

const SLOT_MS = 10_000
/** Six whole slots before the running one: a minute, and up to ten seconds more. */
const SLOTS = 7

/** Nano-USD of each session in the last minute. An entry is the number of its running slot, then the slots. */
export class SessionSpend {
  readonly #table: NumberTable

  constructor(most: number) {
    this.#table = new NumberTable(most, SLOTS + 1)
  }

  get size(): number {
    return this.#table.size
  }

  at(session: Hash64, elapsed: number): number {
    let sum = 0
    this.#slots(session, elapsed, (amount) => {
      sum += amount
    })
    return sum
  }

  add(session: Hash64, elapsed: number, nanoUsd: number): void {
    const at = this.#table.claim(session, elapsed)
    const { numbers } = this.#table
    const slot = Math.floor(elapsed / SLOT_MS)
    for (let passed = Math.max(numbers[at]!, slot - SLOTS) + 1; passed <= slot; passed++) numbers[at + 1 + (passed % SLOTS)] = 0
    numbers[at] = Math.max(numbers[at]!, slot)
    numbers[at + 1 + (slot % SLOTS)]! += nanoUsd
  }

  /** Steady ms until at most `most` is left of it if nothing is added; null where that never comes. */
  waitFor(session: Hash64, elapsed: number, most: number): number | null {
    let left = this.at(session, elapsed)
    let wait: number | null = left <= most ? 0 : null
    this.#slots(session, elapsed, (amount, slot) => {
      left -= amount
      if (wait === null && left <= most) wait = (slot + SLOTS) * SLOT_MS - elapsed
    })
    return wait
  }

  /** The slots of the last minute, the oldest first. */
  #slots(session: Hash64, elapsed: number, visit: (amount: number, slot: number) => void): void {
    const at = this.#table.find(session)
    if (at < 0) return
    const { numbers } = this.#table
    const oldest = Math.max(0, Math.floor(elapsed / SLOT_MS) - SLOTS + 1)
    for (let slot = oldest; slot <= numbers[at]!; slot++) visit(numbers[at + 1 + (slot % SLOTS)]!, slot)
  }
}
