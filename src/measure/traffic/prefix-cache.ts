/** Blocks remembered at most; about 60 MB. */
const MAX_BLOCKS = 500_000

export interface PrefixCacheReport {
  readonly blocks: number
  readonly hitBlocks: number
  /** Blocks dropped because the memory of blocks was full; 0 = the estimate is that of an infinite cache. */
  readonly evictedBlocks: number
  readonly blockTokens: number
}

/**
 * Estimates which prompt tokens a prefix cache holds, from the block hashes of a trace: one cache that all requests
 * share, least recently used blocks dropped at a hard cap far above what a GPU holds. An upper limit: real replicas
 * hold less, and each its own.
 */
export class PrefixCache {
  #blocks = 0
  #hits = 0
  #evicted = 0
  readonly #seen = new Map<number | string, true>()
  readonly #blockTokens: number
  readonly #capacity: number

  constructor(blockTokens: number, capacity = MAX_BLOCKS) {
    this.#blockTokens = blockTokens
    this.#capacity = capacity
  }

  /** Tokens of a prompt of `input` tokens that are cached: the blocks from its start on that were seen before. */
  cached(input: number, hashes: readonly (number | string)[]): number {
    let hits = 0
    while (hits < hashes.length && this.#seen.has(hashes[hits]!)) hits++
    this.#blocks += hashes.length
    this.#hits += hits
    for (const hash of hashes) {
      this.#seen.delete(hash)
      this.#seen.set(hash, true)
    }
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= this.#capacity) break
      this.#seen.delete(oldest)
      this.#evicted++
    }
    return Math.min(input, hits * this.#blockTokens)
  }

  report(): PrefixCacheReport {
    return { blocks: this.#blocks, hitBlocks: this.#hits, evictedBlocks: this.#evicted, blockTokens: this.#blockTokens }
  }
}
