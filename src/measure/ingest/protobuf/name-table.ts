/** What is known of an attribute's name. */
export interface KnownName {
  readonly name: string
  readonly wanted: boolean
  readonly bytes: Uint8Array
}

const MOST_NAMES = 4096
const LONGEST = 128

/**
 * Attribute names by their bytes. A client sends the same few dozen with every span: each is decoded, and asked whether it is
 * wanted, once. Bounded: names beyond the cap, and long ones, are decoded each time.
 */
export class NameTable {
  readonly #wanted: (name: string) => boolean
  readonly #byHash = new Map<number, KnownName[]>()
  #size = 0

  constructor(wanted: (name: string) => boolean) {
    this.#wanted = wanted
  }

  find(bytes: Buffer, start: number, end: number): KnownName {
    const length = end - start
    let hash = length
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
    const known = this.#byHash.get(hash)
    if (known !== undefined) for (const one of known) if (same(one.bytes, bytes, start, length)) return one
    return this.#learn(hash, bytes, start, end)
  }

  #learn(hash: number, bytes: Buffer, start: number, end: number): KnownName {
    const name = bytes.toString('utf8', start, end)
    const entry: KnownName = { name, wanted: this.#wanted(name), bytes: Uint8Array.prototype.slice.call(bytes, start, end) }
    if (end - start > LONGEST || this.#size >= MOST_NAMES) return entry
    const bucket = this.#byHash.get(hash)
    if (bucket === undefined) this.#byHash.set(hash, [entry])
    else if (bucket.length < 8) bucket.push(entry)
    else return entry
    this.#size++
    return entry
  }
}

function same(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false
  return true
}
