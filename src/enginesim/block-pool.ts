const NONE = -1

/**
 * The KV cache as vLLM keeps it: blocks of a few tokens, shared between requests by reference count. A block that nobody
 * holds keeps its content, and can be found by its hash, until it is needed for something else; the one unused for the
 * longest time goes first.
 */
export class BlockPool {
  readonly total: number
  #free: number
  readonly #references: Int32Array
  /** Chained hash of the content; NaN = cannot be found. */
  readonly #hashes: Float64Array
  readonly #byHash = new Map<number, number>()
  /** Doubly linked list of the blocks that nobody holds, in the order in which they will be used again. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  #first = 0
  #last: number

  constructor(total: number) {
    this.total = total
    this.#free = total
    this.#references = new Int32Array(total)
    this.#hashes = new Float64Array(total).fill(Number.NaN)
    this.#next = Int32Array.from({ length: total }, (_, block) => (block + 1 < total ? block + 1 : NONE))
    this.#previous = Int32Array.from({ length: total }, (_, block) => block - 1)
    this.#last = total - 1
  }

  /** Blocks that nobody holds, cached content or not. */
  get free(): number {
    return this.#free
  }

  /** Share of the blocks that requests hold, 0..1. */
  get usage(): number {
    return this.total === 0 ? 0 : 1 - this.#free / this.total
  }

  /** How many of these chained hashes, from the first on, are in the cache. */
  matching(hashes: readonly number[], most: number): number {
    let found = 0
    while (found < most && found < hashes.length && this.#byHash.has(hashes[found]!)) found++
    return found
  }

  /** Holds the cached blocks of the first `count` hashes, all of which match. */
  hold(hashes: readonly number[], count: number, into: number[]): void {
    for (let index = 0; index < count; index++) {
      const block = this.#byHash.get(hashes[index]!)!
      if (this.#references[block]!++ === 0) this.#unlink(block)
      into.push(block)
    }
  }

  /** Holds `count` empty blocks. False, with nothing changed, where there are not so many. */
  allocate(count: number, into: number[]): boolean {
    if (count > this.#free) return false
    for (let index = 0; index < count; index++) {
      const block = this.#first
      this.#unlink(block)
      this.#forget(block)
      this.#references[block] = 1
      into.push(block)
    }
    return true
  }

  /** Lets go of all of them; the end of a prompt is used again before its beginning, which others more likely share. */
  release(blocks: readonly number[]): void {
    for (let index = blocks.length - 1; index >= 0; index--) {
      const block = blocks[index]!
      if (--this.#references[block]! === 0) this.#append(block)
    }
  }

  /** The block is full, and from now on is found by the hash; the first block with a content is kept for it. */
  publish(block: number, hash: number): void {
    if (this.#byHash.has(hash)) return
    this.#byHash.set(hash, block)
    this.#hashes[block] = hash
  }

  #forget(block: number): void {
    const hash = this.#hashes[block]!
    if (Number.isNaN(hash)) return
    this.#byHash.delete(hash)
    this.#hashes[block] = Number.NaN
  }

  #unlink(block: number): void {
    const next = this.#next[block]!
    const previous = this.#previous[block]!
    if (previous === NONE) this.#first = next
    else this.#next[previous] = next
    if (next === NONE) this.#last = previous
    else this.#previous[next] = previous
    this.#free--
  }

  #append(block: number): void {
    this.#previous[block] = this.#last
    this.#next[block] = NONE
    if (this.#last === NONE) this.#first = block
    else this.#next[this.#last] = block
    this.#last = block
    this.#free++
  }
}
