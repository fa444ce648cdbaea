/** What waits, in the order in which it is served. All operations take constant time on average: `remove` only marks. */
export class WaitingLine<T extends object> {
  /** Those put in front, the next to be served last. */
  readonly #front: T[] = []
  #line: T[] = []
  #head = 0
  readonly #removed = new Set<T>()

  get length(): number {
    return this.#front.length + this.#line.length - this.#head - this.#removed.size
  }

  push(item: T): void {
    this.#line.push(item)
  }

  pushFront(item: T): void {
    this.#front.push(item)
  }

  first(): T | null {
    while (this.#front.length > 0 && this.#removed.delete(this.#front.at(-1)!)) this.#front.pop()
    if (this.#front.length > 0) return this.#front.at(-1)!
    while (this.#head < this.#line.length && this.#removed.delete(this.#line[this.#head]!)) this.#pass()
    return this.#line[this.#head] ?? null
  }

  /** Takes out what `first` has just returned. */
  shift(): void {
    if (this.#front.length > 0) this.#front.pop()
    else this.#pass()
  }

  remove(item: T): void {
    this.#removed.add(item)
  }

  #pass(): void {
    this.#head++
    if (this.#head < 1024 || this.#head * 2 < this.#line.length) return
    this.#line = this.#line.slice(this.#head)
    this.#head = 0
  }
}
