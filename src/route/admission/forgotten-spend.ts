import { HASH_SEED, type Hash64, hash64 } from './number-table.ts'

/** A power of two. 1 MiB in all for a budget that has had to forget somebody, nothing before. */
const CELLS = 65_536

/**
 * What the subjects that no longer fit in memory spent in the running window, without their names: sums by two hashes
 * (a count-min sketch). A subject that returns starts from the smaller of its two sums. It may so inherit what others
 * spent that share *both* cells (stricter; at 10,000 forgotten a chance of 2 %), but never gets back what it has spent
 * itself: bounded memory without overspending.
 */
export class ForgottenSpend {
  #byHigh: BigInt64Array | null = null
  #byLow: BigInt64Array | null = null
  #start = 0

  add(subject: string, start: number, amount: bigint): void {
    if (amount <= 0n || start < this.#start) return
    if (start > this.#start) this.clear()
    this.#start = start
    this.#byHigh ??= new BigInt64Array(CELLS)
    this.#byLow ??= new BigInt64Array(CELLS)
    const hash = hash64(HASH_SEED, subject)
    this.#byHigh[highCell(hash)]! += amount
    this.#byLow[lowCell(hash)]! += amount
  }

  of(subject: string, start: number): bigint {
    if (this.#byHigh === null || this.#byLow === null || start !== this.#start) return 0n
    const hash = hash64(HASH_SEED, subject)
    const [one, other] = [this.#byHigh[highCell(hash)]!, this.#byLow[lowCell(hash)]!]
    return one < other ? one : other
  }

  clear(): void {
    this.#byHigh?.fill(0n)
    this.#byLow?.fill(0n)
  }
}

/** The upper bits: of a product they depend on all characters. */
function highCell({ high }: Hash64): number {
  return high >>> 16
}

function lowCell({ low }: Hash64): number {
  return low >>> 16
}
