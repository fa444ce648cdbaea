interface Entry<V> {
  readonly key: string
  value: V
  used: boolean
}

/**
 * A map of at most `limit` entries that keeps those used of late: the clock algorithm, nearly "used longest ago goes
 * first" without moving entries at every use (deleting from a Map and asking it for its oldest key is slow: it walks
 * over the holes). Entries that may not go stay, and only if none may go does the map grow beyond its limit.
 */
export class Recent<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #ring: Entry<V>[] = []
  readonly #limit: number
  readonly #mayGo: (value: V) => boolean
  readonly #gone: (key: string, value: V) => void
  #hand = 0

  constructor(limit: number, mayGo: (value: V) => boolean = () => true, gone: (key: string, value: V) => void = () => {}) {
    this.#limit = Math.max(1, limit)
    this.#mayGo = mayGo
    this.#gone = gone
  }

  get size(): number {
    return this.#entries.size
  }

  get full(): boolean {
    return this.#entries.size >= this.#limit
  }

  /** Looks up and marks as used. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!entry.used) entry.used = true
    return entry.value
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  set(key: string, value: V): void {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      known.value = value
      return
    }
    const entry = { key, value, used: false }
    if (this.#entries.size < this.#limit) this.#ring.push(entry)
    else this.#replaceOne(entry)
    this.#entries.set(key, entry)
  }

  *values(): IterableIterator<V> {
    for (const { value } of this.#ring) yield value
  }

  clear(): void {
    this.#entries.clear()
    this.#ring.length = 0
    this.#hand = 0
  }

  /** Two rounds: the first takes the marks of use away, so that the second finds one unless all must stay. */
  #replaceOne(entry: Entry<V>): void {
    for (let step = 2 * this.#ring.length; step > 0; step--) {
      if (this.#hand >= this.#ring.length) this.#hand = 0
      const at = this.#hand++
      const candidate = this.#ring[at]!
      if (candidate.used) candidate.used = false
      else if (this.#mayGo(candidate.value)) {
        this.#entries.delete(candidate.key)
        this.#gone(candidate.key, candidate.value)
        this.#ring[at] = entry
        return
      }
    }
    this.#ring.push(entry)
  }
}
