import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** A perfect subtree of 2^level leaves that begins at leaf index * 2^level. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The perfect subtrees whose roots make the root of a tree of `size` (up to 2^53 - 1) leaves, widest (leftmost) first. */
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
