/** A binary heap that can also move or remove any of its items. `before` must be a strict order. O(log n) a change. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean
  readonly #items: T[] = []
  readonly #places = new Map<T, number>()

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  top(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#put(this.#items.length, item)
    this.#rise(this.#items.length - 1)
  }

  /** Restores the order after the item's key has changed. */
  update(item: T): void {
    const place = this.#places.get(item)
    if (place !== undefined) this.#sink(this.#rise(place))
  }

  remove(item: T): void {
    const place = this.#places.get(item)
    if (place === undefined) return
    this.#places.delete(item)
    const last = this.#items.pop()!
    if (last === item) return
    this.#put(place, last)
    this.#sink(this.#rise(place))
  }

  #rise(start: number): number {
    let place = start
    const item = this.#items[place]!
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!this.#before(item, this.#items[above]!)) break
      this.#put(place, this.#items[above]!)
      place = above
    }
    this.#put(place, item)
    return place
  }

  #sink(start: number): void {
    let place = start
    const item = this.#items[place]!
    for (;;) {
      let below = 2 * place + 1
      if (below >= this.#items.length) break
      if (below + 1 < this.#items.length && this.#before(this.#items[below + 1]!, this.#items[below]!)) below++
      if (!this.#before(this.#items[below]!, item)) break
      this.#put(place, this.#items[below]!)
      place = below
    }
    this.#put(place, item)
  }

  #put(place: number, item: T): void {
    this.#items[place] = item
    this.#places.set(item, place)
  }
}
