import { EMPTY_ROOT, type Hash, leafHash, nodeHash } from './hash.ts'
import type { NodeReader } from './make-proof.ts'

/** MTH as RFC 6962, 2.1 defines it: by recursion, from the leaf hashes. The oracle. */
export function rootByDefinition(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)))
}

export const leavesOf = (count: number): Hash[] => Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`entry ${n}`)))

/** Reads nodes from all leaves; refuses those that a tree of this size has not. */
export function nodesOf(leaves: readonly Hash[]): NodeReader {
  return (level, index) => {
    const [start, end] = [index * 2 ** level, (index + 1) * 2 ** level]
    if (end > leaves.length) throw new Error(`no perfect subtree at level ${level}, index ${index}`)
    return Promise.resolve(rootByDefinition(leaves.slice(start, end)))
  }
}
