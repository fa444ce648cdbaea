/**
 * A priority queue over small integer ids: the id with the smallest key is on top, and any id's key can be changed or
 * removed. Equal keys: the order is arbitrary but the same on every run. O(log n) a change.
 */
export class IndexedHeap {
  #keys = new Float64Array(16)
  /** Where each id stands in the heap; -1 = not in it. */
  #place = new Int32Array(16).fill(-1)
  #ids = new Int32Array(16)
  #size = 0

  /** The id with the smallest key, or -1 if there is none. */
  top(): number {
    return this.#size === 0 ? -1 : this.#ids[0]!
  }

  topKey(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#keys[this.#ids[0]!]!
  }

  set(id: number, key: number): void {
    if (id >= this.#keys.length) this.#grow(id)
    this.#keys[id] = key
    let place = this.#place[id]!
    if (place === -1) {
      place = this.#size++
      this.#put(place, id)
    }
    this.#siftDown(this.#siftUp(place))
  }

  remove(id: number): void {
    const place = this.#place[id] ?? -1
    if (place === -1) return
    this.#place[id] = -1
    const last = this.#ids[--this.#size]!
    if (place === this.#size) return
    this.#put(place, last)
    this.#siftDown(this.#siftUp(place))
  }

  #siftUp(start: number): number {
    let place = start
    const id = this.#ids[place]!
    const key = this.#keys[id]!
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#keys[this.#ids[above]!]! <= key) break
      this.#put(place, this.#ids[above]!)
      place = above
    }
    this.#put(place, id)
    return place
  }

  #siftDown(start: number): void {
    let place = start
    const id = this.#ids[place]!
    const key = this.#keys[id]!
    for (;;) {
      let below = 2 * place + 1
      if (below >= this.#size) break
      if (below + 1 < this.#size && this.#keys[this.#ids[below + 1]!]! < this.#keys[this.#ids[below]!]!) below++
      if (this.#keys[this.#ids[below]!]! >= key) break
      this.#put(place, this.#ids[below]!)
      place = below
    }
    this.#put(place, id)
  }

  #put(place: number, id: number): void {
    this.#ids[place] = id
    this.#place[id] = place
  }

  #grow(id: number): void {
    const size = Math.max(2 * this.#keys.length, id + 1)
    const keys = new Float64Array(size)
    keys.set(this.#keys)
    const place = new Int32Array(size).fill(-1)
    place.set(this.#place)
    const ids = new Int32Array(size)
    ids.set(this.#ids)
    this.#keys = keys
    this.#place = place
    this.#ids = ids
  }
}
