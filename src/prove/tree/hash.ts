import { hash } from 'node:crypto'

/** SHA-256, 32 bytes. */
export type Hash = Uint8Array

export const HASH_BYTES = 32
/** Root of a tree without leaves: SHA-256 of nothing (RFC 6962, 2.1). */
export const EMPTY_ROOT: Hash = hash('sha256', '', 'buffer')

/**
 * SHA-256. Node makes a buffer outside of its heap for each hash that it gives as one; as a string of bytes it takes a sixth of the
 * time for a node of the tree, a third for a leaf.
 */
export function sha256(bytes: Uint8Array): Buffer {
  const digest = Buffer.allocUnsafe(HASH_BYTES)
  digest.write(hash('sha256', bytes, 'binary'), 'latin1')
  return digest
}

/** RFC 6962, 2.1: SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Hash {
  const bytes = Buffer.allocUnsafe(entry.length + 1)
  bytes[0] = 0
  bytes.set(entry, 1)
  return sha256(bytes)
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** RFC 6962, 2.1: SHA-256(0x01 || left || right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  pair.set(left, 1)
  pair.set(right, 1 + HASH_BYTES)
  return sha256(pair)
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Root of a perfect tree over 2^k hashes that lie one after the other. */
export function perfectRoot(hashes: Uint8Array): Hash {
  const row = Array.from({ length: hashes.length / HASH_BYTES }, (_, n) => hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES))
  for (let width = row.length; width > 1; width /= 2) {
    for (let n = 0; n < width / 2; n++) row[n] = nodeHash(row[2 * n]!, row[2 * n + 1]!)
  }
  return row[0]!
}
