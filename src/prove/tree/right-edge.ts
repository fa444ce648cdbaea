import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** A perfect subtree of 2^level leaves that begins at leaf index * 2^level. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The perfect subtrees whose roots make the root of a tree of `size` leaves, widest (leftmost) first. */
export function edgeOf(size: number): Subtree[] {
  const edge: Subtree[] = []
  let start = 0
  for (let level = 52; level >= 0; level--) {
    const width = 2 ** level
    if (size - start >= width) {
      edge.push({ level, index: start / width })
      start += width
    }
  }
  return edge
}

/** The root over the hashes of `edgeOf(size)`. */
export function rootOfEdge(hashes: readonly Hash[]): Hash {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** All of a tree that appending needs: one hash for each bit set in the size. Sizes up to 2^53 - 1. */
export class RightEdge {
  #size: number
  /** By level; what stands at a level whose bit in the size is 0 is stale. */
  readonly #hashes: Hash[]

  /** `hashes`: those of `edgeOf(size)`. */
  constructor(size = 0, hashes: readonly Hash[] = []) {
    this.#size = size
    this.#hashes = []
    for (const [n, { level }] of edgeOf(size).entries()) this.#hashes[level] = hashes[n]!
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Hash): void {
    let level = 0
    let hash = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(this.#hashes[level++]!, hash)
    this.#hashes[level] = hash
    this.#size++
  }

  root(): Hash {
    return rootOfEdge(edgeOf(this.#size).map(({ level }) => this.#hashes[level]!))
  }
}
