import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeHash, sameHash } from './hash.ts'
import { verifyConsistency, verifyInclusion, verifySubtreeConsistency, verifySubtreeInclusion } from './verify-proof.ts'

/** Vectors of transparency-dev/merkle (fixtures/LICENSE); numbers as decimal strings, since they go up to 2^64 - 1. */
type Vector = Readonly<Record<'file' | 'desc' | 'root' | 'root1' | 'root2' | 'leafHash' | 'leafIdx' | 'treeSize' | 'size' | 'size1' | 'size2' | 'start' | 'end', string>> & { readonly proof: readonly string[] | null; readonly wantErr: boolean }

const vectors = JSON.parse(readFileSync(new URL('fixtures/merkle-vectors.json', import.meta.url), 'utf8')) as Readonly<Record<'inclusion' | 'consistency' | 'subtreeinclusion' | 'subtreeconsistency', readonly Vector[]>>
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
const proofOf = ({ proof }: Vector): Buffer[] => (proof ?? []).map(bytes)

const inclusion = (vector: Vector) => ({ index: BigInt(vector.leafIdx), leafHash: bytes(vector.leafHash), root: bytes(vector.root), proof: proofOf(vector) })
const roots = (vector: Vector) => ({ root1: bytes(vector.root1), root2: bytes(vector.root2), proof: proofOf(vector) })

const right: Readonly<Record<keyof typeof vectors, (vector: Vector) => boolean>> = {
  inclusion: (vector) => verifyInclusion({ ...inclusion(vector), size: BigInt(vector.treeSize) }),
  consistency: (vector) => verifyConsistency({ ...roots(vector), size1: BigInt(vector.size1), size2: BigInt(vector.size2) }),
  subtreeinclusion: (vector) => verifySubtreeInclusion({ ...inclusion(vector), start: BigInt(vector.start), end: BigInt(vector.end) }),
  subtreeconsistency: (vector) => verifySubtreeConsistency({ ...roots(vector), start: BigInt(vector.start), end: BigInt(vector.end), size: BigInt(vector.size) }),
}

describe.each([
  ['inclusion', 98, 6],
  ['consistency', 98, 6],
  ['subtreeinclusion', 204, 12],
  ['subtreeconsistency', 118, 12],
] as const)('public vectors: %s', (kind, count, good) => {
  it(`are ${count}, of which ${good} are to be accepted`, () => {
    expect(vectors[kind]).toHaveLength(count)
    expect(vectors[kind].filter(({ wantErr }) => !wantErr)).toHaveLength(good)
  })

  it.each(vectors[kind].map((vector) => [`${vector.file}: ${vector.desc}`, vector] as const))('%s', (_, vector) => {
    expect(right[kind](vector)).toBe(!vector.wantErr)
  })
})

describe('the two that a verifier by the letter of RFC 9162 accepts', () => {
  it('a leaf hash of no bytes, said to be the root of a tree of one', () => {
    const fooled = vectors.inclusion.filter((vector) => naiveInclusion(vector) && vector.wantErr)
    expect(fooled.map(({ file, leafHash }) => [file, leafHash])).toEqual([['single-entry/empty-root-and-leaf.json', '']])
    expect(fooled.some(right.inclusion)).toBe(false)
  })

  it('two equal roots of trees of size zero', () => {
    const fooled = vectors.consistency.filter(({ size1, size2, root1, root2, proof, wantErr }) => wantErr && size1 === size2 && root1 === root2 && (proof ?? []).length === 0)
    expect(fooled.map(({ file, size1 }) => [file, size1])).toEqual([['additional/sizes-are-equal-zero-and-proof-is-empty.json', '0']])
    expect(fooled.some(right.consistency)).toBe(false)
  })
})

/** RFC 9162, 2.1.3.2, step by step and without a look at lengths. */
function naiveInclusion(vector: Vector): boolean {
  let [fn, sn] = [BigInt(vector.leafIdx), BigInt(vector.treeSize) - 1n]
  if (fn > sn) return false
  let r: Uint8Array = bytes(vector.leafHash)
  for (const p of proofOf(vector)) {
    if (sn === 0n || p.length !== 32 || r.length !== 32) return false
    if (fn % 2n === 1n || fn === sn) {
      r = nodeHash(p, r)
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n]
    } else r = nodeHash(r, p)
    ;[fn, sn] = [fn / 2n, sn / 2n]
  }
  return sn === 0n && sameHash(r, bytes(vector.root))
}
