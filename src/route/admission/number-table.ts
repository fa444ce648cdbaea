/** 64 bits as two signed integers of 32. */
export interface Hash64 {
  readonly high: number
  readonly low: number
}

/** Entries that share a place; the one used longest ago makes room. */
const WAYS = 4
/** A place: the high halves of its entries' hashes, the low halves, the times of use: mostly one line of the cache. */
const LOW = WAYS
const USED = 2 * WAYS
const PLACE = 3 * WAYS
/** Time of use in tenths of a second, from 1, so that 32 bits last for six years; 0 = empty. */
const TICK_MS = 100
/** Numbers in all, whatever is asked for: 4 Mi of them are 32 MiB. */
const MOST_NUMBERS = 4_194_304

/**
 * A table of at most `most` entries of `width` numbers each, found by a hash of 64 bits. For counters of which there is
 * one a request: nothing is an object, so nothing is collected, and memory is what it is from the start. A full place
 * forgets its oldest entry. Two of a million keys share an entry with a chance of 3 in 10^8.
 */
export class NumberTable {
  /** `width` numbers from the offset that `find` and `claim` return. */
  readonly numbers: Float64Array
  readonly #width: number
  readonly #places: number
  readonly #index: Int32Array
  #size = 0

  constructor(most: number, width: number) {
    this.#width = width
    this.#places = Math.max(1, Math.floor(Math.min(most, MOST_NUMBERS / width) / WAYS))
    this.numbers = new Float64Array(width * WAYS * this.#places)
    this.#index = new Int32Array(PLACE * this.#places)
  }

  get size(): number {
    return this.#size
  }

  /** The entry's offset; -1 where there is none. */
  find({ high, low }: Hash64): number {
    const place = (high >>> 0) % this.#places
    const way = this.#way(place * PLACE, high, low)
    return way < 0 ? -1 : (place * WAYS + way) * this.#width
  }

  /** The same, marked as used at `elapsed`; made, all zeros, where there is none. */
  claim({ high, low }: Hash64, elapsed: number): number {
    const place = (high >>> 0) % this.#places
    const known = this.#way(place * PLACE, high, low)
    const way = known < 0 ? this.#oldest(place * PLACE) : known
    const offset = (place * WAYS + way) * this.#width
    if (known < 0) this.#fill(place * PLACE + way, high, low, offset)
    this.#index[place * PLACE + USED + way] = Math.floor(elapsed / TICK_MS) + 1
    return offset
  }

  #way(at: number, high: number, low: number): number {
    for (let way = 0; way < WAYS; way++) {
      if (this.#index[at + way] === high && this.#index[at + LOW + way] === low && this.#index[at + USED + way] !== 0) return way
    }
    return -1
  }

  #oldest(at: number): number {
    let oldest = 0
    for (let way = 1; way < WAYS; way++) if (this.#index[at + USED + way]! < this.#index[at + USED + oldest]!) oldest = way
    return oldest
  }

  #fill(at: number, high: number, low: number, offset: number): void {
    if (this.#index[at + USED] === 0) this.#size++
    this.#index[at] = high
    this.#index[at + LOW] = low
    this.numbers.fill(0, offset, offset + this.#width)
  }
}

export const HASH_SEED: Hash64 = { high: 0x811c9dc5 | 0, low: 0x2545f491 }

/** Goes on from `hash` over `text`: FNV-1a in one half, a rotating multiplicative hash in the other. Not for adversaries. */
export function hash64({ high, low }: Hash64, text: string): Hash64 {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(((low << 5) | (low >>> 27)) ^ code, 0x9e3779b1)
  }
  return { high, low }
}
