import { EMPTY_ROOT, type Hash, HASH_BYTES, nodeHash, sameHash } from './hash.ts'

/** Sizes and indexes are 64-bit: what a stranger's proof says may exceed 2^53. */
const MAX_SIZE = 2n ** 64n - 1n

export interface Inclusion {
  readonly index: bigint
  readonly size: bigint
  readonly leafHash: Hash
  readonly root: Hash
  readonly proof: readonly Hash[]
}

export interface Consistency {
  readonly size1: bigint
  readonly size2: bigint
  readonly root1: Hash
  readonly root2: Hash
  readonly proof: readonly Hash[]
}

/** The leaves start to end - 1; `root` is theirs alone. */
export interface SubtreeInclusion extends Omit<Inclusion, 'size'> {
  readonly start: bigint
  readonly end: bigint
}

export interface SubtreeConsistency extends Omit<Consistency, 'size1' | 'size2'> {
  readonly start: bigint
  readonly end: bigint
  readonly size: bigint
}

/** RFC 9162, 2.1.3.2, and the length of the proof must be the only right one. */
export function verifyInclusion({ size, ...rest }: Inclusion): boolean {
  return verifySubtreeInclusion({ ...rest, start: 0n, end: size })
}

/** RFC 9162, 2.1.4.2. A tree of no leaves is consistent with anything, so a claim about one is refused: it proves nothing. */
export function verifyConsistency({ size1, size2, ...rest }: Consistency): boolean {
  return size1 > 0n && verifySubtreeConsistency({ ...rest, start: 0n, end: size1, size: size2 })
}

/** That a leaf is in a subtree (draft-ietf-plants-merkle-tree-certs, "Subtree Inclusion Proofs"). */
export function verifySubtreeInclusion({ index, start, end, leafHash, root, proof }: SubtreeInclusion): boolean {
  if (!isSubtree(start, end) || start === end || index < start || index >= end) return false
  if (!areHashes([leafHash, ...proof])) return false
  let at = index - start
  let last = end - start - 1n
  let hash = leafHash
  for (const sibling of proof) {
    if (last === 0n) return false
    if (at % 2n === 1n) hash = nodeHash(sibling, hash)
    else if (at < last) hash = nodeHash(hash, sibling)
    else {
      // The right edge: levels at which it has no sibling are passed over.
      while (at % 2n === 0n) [at, last] = [at / 2n, last / 2n]
      hash = nodeHash(sibling, hash)
    }
    ;[at, last] = [at / 2n, last / 2n]
  }
  return last === 0n && sameHash(hash, root)
}

/** That a subtree is part of a tree (the same draft, "Subtree Consistency Proofs"). An empty one is, whatever the tree. */
export function verifySubtreeConsistency({ start, end, size, root1, root2, proof }: SubtreeConsistency): boolean {
  if (!isSubtree(start, end) || end > size || size > MAX_SIZE || !areHashes(proof)) return false
  if (start === end) return proof.length === 0 && sameHash(root1, EMPTY_ROOT)
  let [first, last, lastOfTree] = [start, end - 1n, size - 1n]
  while (first !== last && (last === lastOfTree || last % 2n === 1n)) [first, last, lastOfTree] = halves(first, last, lastOfTree)
  // Where the subtree is one node of the tree, its own root is what the proof builds on.
  const whole = first === last
  const seed = whole ? root1 : proof[0]
  if (seed === undefined) return false
  let [ofSubtree, ofTree] = [seed, seed]
  for (const sibling of whole ? proof : proof.slice(1)) {
    if (lastOfTree === 0n) return false
    if (last % 2n === 1n || last === lastOfTree) {
      if (first < last) ofSubtree = nodeHash(sibling, ofSubtree)
      ofTree = nodeHash(sibling, ofTree)
      while (last % 2n === 0n && last > 0n) [first, last, lastOfTree] = halves(first, last, lastOfTree)
    } else ofTree = nodeHash(ofTree, sibling)
    ;[first, last, lastOfTree] = halves(first, last, lastOfTree)
  }
  return lastOfTree === 0n && sameHash(ofSubtree, root1) && sameHash(ofTree, root2)
}

/** Positions of the same nodes one level up. */
function halves(first: bigint, last: bigint, lastOfTree: bigint): [bigint, bigint, bigint] {
  return [first / 2n, last / 2n, lastOfTree / 2n]
}

/** Whether start to end - 1 can be a subtree: it begins at a multiple of the power of two that holds it. */
function isSubtree(start: bigint, end: bigint): boolean {
  if (start < 0n || end < start || end > MAX_SIZE) return false
  let width = 1n
  while (width < end - start) width *= 2n
  return start % width === 0n
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES)
}
