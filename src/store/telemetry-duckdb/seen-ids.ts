import { hash } from 'node:crypto'

/** Bits a key and positions a key: 2 false alarms in a million. */
const BITS = 32
const POSITIONS = 10
const FIRST_CAPACITY = 65_536

/**
 * Bloom filters over all ids that the store holds, so that a new id, which nearly every one is, costs no look into the database.
 * "Not seen" is certain; "perhaps seen" must be looked up. About 4 to 8 bytes an id: filters of doubling size are added as it fills.
 */
export class SeenIds {
  /** Which sides, gateway or applications, have reported answers with an id: where one side is alone, no second view is looked for. */
  readonly #sides = new Set<string>()
  readonly #filters: { readonly words: Uint32Array; readonly mask: number; left: number }[] = []

  /** `low` and `high` are the two halves of `idDigest`. */
  add(low: number, high: number): void {
    let filter = this.#filters.at(-1)
    if (filter === undefined || filter.left === 0) {
      const capacity = FIRST_CAPACITY * 2 ** this.#filters.length
      filter = { words: new Uint32Array((capacity * BITS) / 32), mask: capacity * BITS - 1, left: capacity }
      this.#filters.push(filter)
    }
    filter.left--
    const { words, mask } = filter
    for (let n = 0, at = low; n < POSITIONS; n++, at = (at + high) | 0) {
      const bit = (at & mask) >>> 0
      words[bit >>> 5]! |= 1 << (bit & 31)
    }
  }

  addSide(tenant: string, gateway: boolean): void {
    this.#sides.add(`${gateway}\n${tenant}`)
  }

  hasSide(tenant: string, gateway: boolean): boolean {
    return this.#sides.has(`${gateway}\n${tenant}`)
  }

  has(low: number, high: number): boolean {
    return this.#filters.some(({ words, mask }) => {
      for (let n = 0, at = low; n < POSITIONS; n++, at = (at + high) | 0) {
        const bit = (at & mask) >>> 0
        if ((words[bit >>> 5]! & (1 << (bit & 31))) === 0) return false
      }
      return true
    })
  }
}

/** Half of an MD5 in two 32-bit numbers: what SEEN_DIGEST makes in SQL of the same tenant and id. Not for security. */
export function idDigest(table: 'observations' | 'scores', tenant: string, id: string): readonly [low: number, high: number] {
  const digest = hash('md5', `${table}\n${tenant}\n${id}`, 'buffer')
  return [digest.readUInt32LE(8) | 0, digest.readUInt32LE(12) | 1]
}

export const seenDigest = (table: 'observations' | 'scores'): string => `md5_number_lower('${table}' || chr(10) || tenant || chr(10) || id)`
