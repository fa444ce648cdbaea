import { MOST_BLOCKS } from './prefix-hash.ts'
import { SlotTable } from './slot-table.ts'

const NONE = -1
/** Fields of a node. A node is a stretch of one array, so that touching it touches one cache line or two. */
const HASH = 0
const PARENT = 1
const DEPTH = 2
const NEWER = 3
const OLDER = 4
const HOLDERS = 5

/**
 * Which endpoints probably hold which prompt prefixes in their KV cache: chained block hashes -> set of endpoints, least
 * recently used out first, never more than `entries` of them (all memory is taken at the start). Approximate: it
 * knows what was sent, not what an engine has evicted.
 *
 * A block stands before its children in the order of use, because a prompt is always touched as a whole. So the
 * last in the order is always a leaf, the tree stays closed under prefixes, and the longest known prefix is found by halving.
 */
export class PrefixIndex {
  readonly #limit: number
  /** Words of 32 endpoints in one block's set. */
  readonly #words: number
  readonly #nodes: Int32Array
  /** Length of a node. */
  readonly #stride: number
  readonly #table: SlotTable
  readonly #seen: Int32Array
  #size = 0
  #newest = NONE
  #oldest = NONE

  constructor(entries: number, endpoints: number) {
    this.#limit = entries
    this.#words = Math.max(1, Math.ceil(endpoints / 32))
    this.#stride = HOLDERS + this.#words
    this.#nodes = new Int32Array(entries * this.#stride)
    this.#table = new SlotTable(this.#nodes, this.#stride)
    this.#seen = new Int32Array(this.#words)
  }

  get size(): number {
    return this.#size
  }

  /** Fills `depths` with the number of leading blocks that each endpoint holds. Changes nothing else. */
  match(prefix: readonly number[], depths: Uint16Array): void {
    const nodes = this.#nodes
    depths.fill(0)
    this.#seen.fill(0)
    for (let node = this.#deepest(prefix); node !== NONE; node = nodes[node + PARENT]!) {
      for (let word = 0; word < this.#words; word++) {
        const fresh = nodes[node + HOLDERS + word]! & ~this.#seen[word]!
        if (fresh === 0) continue
        this.#seen[word]! |= fresh
        for (let rest = fresh; rest !== 0; rest &= rest - 1) {
          const endpoint = word * 32 + 31 - Math.clz32(rest & -rest)
          if (endpoint < depths.length) depths[endpoint] = nodes[node + DEPTH]!
        }
      }
    }
  }

  /** Notes that the endpoint now holds this prefix, and that the prefix is in use. */
  insert(prefix: readonly number[], endpoint: number): void {
    const nodes = this.#nodes
    const holder = HOLDERS + (endpoint >> 5)
    const bit = 1 << (endpoint & 31)
    const deepest = this.#deepest(prefix)
    for (let node = deepest; node !== NONE; node = nodes[node + PARENT]!) {
      nodes[node + holder]! |= bit
      this.#unlink(node)
      this.#linkBehind(node, NONE)
    }
    let parent = deepest
    const blocks = Math.min(prefix.length, MOST_BLOCKS)
    for (let n = deepest === NONE ? 0 : nodes[deepest + DEPTH]!; n < blocks; n++) {
      const hash = prefix[n]! | 0
      // A hash that already stands elsewhere in the tree is a collision (or a repeated block): the chain ends here.
      if (this.#table.find(hash) !== NONE) return
      const node = this.#free(parent)
      if (node === NONE) return
      nodes[node + HASH] = hash
      nodes[node + PARENT] = parent
      nodes[node + DEPTH] = n + 1
      for (let field = HOLDERS; field < this.#stride; field++) nodes[node + field] = 0
      nodes[node + holder] = bit
      this.#table.add(node)
      this.#linkBehind(node, parent)
      parent = node
    }
  }

  /** The endpoint has lost its cache: it went down or restarted. */
  forget(endpoint: number): void {
    const keep = ~(1 << (endpoint & 31))
    const end = this.#size * this.#stride
    for (let at = HOLDERS + (endpoint >> 5); at < end; at += this.#stride) this.#nodes[at]! &= keep
  }

  /** The node of the longest prefix that stands in the tree. */
  #deepest(prefix: readonly number[]): number {
    let found = NONE
    let [low, high] = [0, Math.min(prefix.length, MOST_BLOCKS)]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const node = this.#table.find(prefix[middle - 1]! | 0)
      if (node !== NONE && this.#nodes[node + DEPTH] === middle) {
        found = node
        low = middle
      } else high = middle - 1
    }
    return found
  }

  /** A node for a new block: an unused one, or that of the block out of use for longest, unless that is `parent` itself. */
  #free(parent: number): number {
    if (this.#size < this.#limit) return this.#size++ * this.#stride
    const node = this.#oldest
    if (node === NONE || node === parent) return NONE
    this.#unlink(node)
    this.#table.remove(node)
    return node
  }

  #unlink(node: number): void {
    const newer = this.#nodes[node + NEWER]!
    const older = this.#nodes[node + OLDER]!
    if (newer === NONE) this.#newest = older
    else this.#nodes[newer + OLDER] = older
    if (older === NONE) this.#oldest = newer
    else this.#nodes[older + NEWER] = newer
  }

  /** Puts the node right behind another in the order of use; NONE = to the front. */
  #linkBehind(node: number, ahead: number): void {
    const older = ahead === NONE ? this.#newest : this.#nodes[ahead + OLDER]!
    this.#nodes[node + NEWER] = ahead
    this.#nodes[node + OLDER] = older
    if (ahead === NONE) this.#newest = node
    else this.#nodes[ahead + OLDER] = node
    if (older === NONE) this.#oldest = node
    else this.#nodes[older + NEWER] = node
  }
}
