import { QueryError } from '../../measure/query/query-error.ts'

/** How much runs at once, of one key and in all. What comes beyond is refused: it would only wait. */
export class Turns {
  readonly #ofAKey: number
  readonly #inAll: number
  readonly #running = new Map<string, number>()
  #all = 0

  constructor(ofAKey: number, inAll: number) {
    this.#ofAKey = ofAKey
    this.#inAll = inAll
  }

  /** Throws `busy`. */
  async take<T>(keyId: string, work: () => Promise<T>): Promise<T> {
    const own = this.#running.get(keyId) ?? 0
    if (own >= this.#ofAKey) throw new QueryError('busy', `${this.#ofAKey} of these run already for this key: ask again in a moment.`)
    if (this.#all >= this.#inAll) throw new QueryError('busy', 'Too many of these run already: ask again in a moment.')
    this.#running.set(keyId, own + 1)
    this.#all++
    try {
      return await work()
    } finally {
      this.#all--
      const left = this.#running.get(keyId)! - 1
      if (left === 0) this.#running.delete(keyId)
      else this.#running.set(keyId, left)
    }
  }
}
