import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'
import { edgeOf, rootOfEdge } from './edge.ts'

/** Gives the root of the perfect subtree of 2^level leaves from leaf index * 2^level on. */
export type NodeReader = (level: number, index: number) => Promise<Hash>

/** The root of the first `size` leaves. */
export async function rootAt(size: number, read: NodeReader): Promise<Hash> {
  return rootOfEdge(await edgeHashes(size, read))
}

export async function edgeHashes(size: number, read: NodeReader): Promise<Hash[]> {
  return Promise.all(edgeOf(size).map(({ level, index }) => read(level, index)))
}

/** RFC 6962, 2.1.1: PATH(index, D[size]), from the leaf's sibling up. */
export async function inclusionProof(index: number, size: number, read: NodeReader): Promise<Hash[]> {
  const proof: Promise<Hash>[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      proof.push(rangeRoot(middle, end, read))
      end = middle
    } else {
      proof.push(rangeRoot(start, middle, read))
      start = middle
    }
  }
  return Promise.all(proof.reverse())
}

/** RFC 6962, 2.1.2: PROOF(size1, D[size2]) for 0 < size1 <= size2. */
export async function consistencyProof(size1: number, size2: number, read: NodeReader): Promise<Hash[]> {
  const proof: Promise<Hash>[] = []
  let [start, end] = [0, size2]
  while (end > size1) {
    const middle = start + splitOf(end - start)
    if (size1 <= middle) {
      proof.push(rangeRoot(middle, end, read))
      end = middle
    } else {
      proof.push(rangeRoot(start, middle, read))
      start = middle
    }
  }
  // Whoever verifies knows the root of the first size1 leaves already, if that is the node reached here.
  if (start > 0) proof.push(rangeRoot(start, end, read))
  return Promise.all(proof.reverse())
}

/** MTH(D[start:end]) where start is a multiple of the power of two that holds the range. */
async function rangeRoot(start: number, end: number, read: NodeReader): Promise<Hash> {
  const length = end - start
  const [whole, ...more] = edgeOf(length)
  if (whole === undefined) return EMPTY_ROOT
  if (more.length === 0) return read(whole.level, start / length)
  const middle = start + splitOf(length)
  const [left, right] = await Promise.all([rangeRoot(start, middle, read), rangeRoot(middle, end, read)])
  return nodeHash(left, right)
}

/** The largest power of two below `length` (2 or more). */
function splitOf(length: number): number {
  let width = 1
  while (width * 2 < length) width *= 2
  return width
}
