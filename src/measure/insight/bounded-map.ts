/** A map of at most `most` entries. What comes beyond is refused, or takes the place of what was used longest ago; both are counted. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>()
  readonly #most: number
  readonly #full: 'refuse' | 'forget'
  /** Entries refused (each time it is asked for) or forgotten. */
  dropped = 0

  constructor(most: number, full: 'refuse' | 'forget') {
    this.#most = most
    this.#full = full
  }

  get size(): number {
    return this.#entries.size
  }

  /** The entry, made where there is none; null where it was refused. */
  claim(key: string, make: () => V): V | null {
    let value = this.#entries.get(key)
    if (value === undefined) {
      if (this.#entries.size >= this.#most) {
        this.dropped++
        if (this.#full === 'refuse') return null
        this.#entries.delete(this.#entries.keys().next().value!)
      }
      value = make()
      this.#entries.set(key, value)
    } else if (this.#full === 'forget' && this.#entries.size > this.#most / 2) {
      // The last used stands last; as long as there is room the order does not matter.
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  values(): IterableIterator<V> {
    return this.#entries.values()
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries()
  }
}
