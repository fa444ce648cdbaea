import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edgeOf } from './edge.ts'
import { EMPTY_ROOT, type Hash, leafHash, perfectRoot } from './hash.ts'
import { consistencyProof, inclusionProof, rootAt } from './make-proof.ts'
import { leavesOf, nodesOf, rootByDefinition } from './testing.ts'
import { verifyConsistency, verifyInclusion } from './verify-proof.ts'

const leaves = leavesOf(300)
const hex = (hash: Hash): string => Buffer.from(hash).toString('hex')

describe('the tree', () => {
  it('has the roots of the reference trees of RFC 6962 (its eight test leaves)', async () => {
    const eight = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((entry) => leafHash(Buffer.from(entry, 'hex')))
    expect(hex(await rootAt(8, nodesOf(eight)))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
    expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('edges of large sizes are exact', () => {
    expect(edgeOf(2 ** 53 - 1)).toHaveLength(53)
    expect(edgeOf(2 ** 52 + 1)).toEqual([{ level: 52, index: 0 }, { level: 0, index: 2 ** 52 }])
  })

  it('has the root by definition at every size, and as many nodes at its edge as bits in the size', async () => {
    for (let size = 0; size <= 130; size++) {
      expect(hex(await rootAt(size, nodesOf(leaves)))).toBe(hex(rootByDefinition(leaves.slice(0, size))))
      expect(edgeOf(size)).toHaveLength(size.toString(2).replaceAll('0', '').length)
    }
  })

  it('a perfect tree over hashes in a row', () => {
    expect(hex(perfectRoot(Buffer.concat(leaves.slice(0, 64))))).toBe(hex(rootByDefinition(leaves.slice(0, 64))))
  })
})

describe('proofs', () => {
  const nodes = nodesOf(leaves)
  const sizes = fc.integer({ min: 1, max: 130 })

  it('of inclusion verify for every leaf of every tree up to 40, and for no other leaf', async () => {
    for (let size = 1; size <= 40; size++) {
      const root = await rootAt(size, nodes)
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, nodes)
        expect(verifyInclusion({ index: BigInt(index), size: BigInt(size), leafHash: leaves[index]!, root, proof })).toBe(true)
        expect(verifyInclusion({ index: BigInt(index), size: BigInt(size), leafHash: leaves[(index + 1) % leaves.length]!, root, proof })).toBe(false)
      }
    }
  })

  it('of consistency verify for all pairs of sizes up to 40', async () => {
    for (let size2 = 1; size2 <= 40; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1: await rootAt(size1, nodes), root2: await rootAt(size2, nodes), proof: await consistencyProof(size1, size2, nodes) }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, root1: leaves[299]! })).toBe(false)
      }
    }
  })

  it('fail with any bit flipped, any hash dropped, doubled or added, any other index', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), fc.nat(255), async (size, at, which, bit) => {
        const index = at % size
        const [root, proof] = [await rootAt(size, nodes), await inclusionProof(index, size, nodes)]
        const claim = { index: BigInt(index), size: BigInt(size), leafHash: leaves[index]!, root, proof }
        const n = proof.length === 0 ? 0 : which % proof.length
        const wrong = [
          { ...claim, root: flipped(root, bit) },
          { ...claim, leafHash: flipped(leaves[index]!, bit) },
          { ...claim, proof: [...proof, root] },
          { ...claim, proof: [root, ...proof] },
          { ...claim, index: BigInt(index) + 1n },
          { ...claim, index: -1n },
          { ...claim, size: 2n ** 64n },
          ...(proof.length === 0 ? [] : [{ ...claim, proof: proof.with(n, flipped(proof[n]!, bit)) }, { ...claim, proof: proof.toSpliced(n, 1) }, { ...claim, proof: proof.toSpliced(n, 0, proof[n]!) }]),
        ]
        expect(verifyInclusion(claim)).toBe(true)
        expect(wrong.filter(verifyInclusion)).toEqual([])
      }),
    )
  })

  it('of consistency fail when bent in the same ways', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.nat(), fc.nat(255), async (a, b, which, bit) => {
        const [size1, size2] = [Math.min(a, b), Math.max(a, b) + 1]
        const [root1, root2, proof] = [await rootAt(size1, nodes), await rootAt(size2, nodes), await consistencyProof(size1, size2, nodes)]
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1, root2, proof }
        const n = which % proof.length
        const wrong = [
          { ...claim, root1: flipped(root1, bit) },
          { ...claim, root2: flipped(root2, bit) },
          { ...claim, root1: root2, root2: root1 },
          { ...claim, proof: [...proof, root1] },
          { ...claim, proof: proof.with(n, flipped(proof[n]!, bit)) },
          { ...claim, proof: proof.toSpliced(n, 1) },
          { ...claim, size1: 0n },
          { ...claim, size2: claim.size1 },
        ]
        expect(verifyConsistency(claim)).toBe(true)
        expect(wrong.filter(verifyConsistency)).toEqual([])
      }),
    )
  })
})

function flipped(hash: Hash, bit: number): Hash {
  const copy = Buffer.from(hash)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}
