/**
 * Sizes of the groups of records that were handed over and are not yet on disk, in order. What is on disk is told as a count of
 * records from the beginning.
 */
export class Backlog {
  readonly #groups: { readonly last: number; readonly size: number }[] = []
  #head = 0
  #size = 0

  /** Characters that wait. */
  get size(): number {
    return this.#size
  }

  /** `last`: how many records were handed over with this group, all groups before included. */
  add(last: number, size: number): void {
    this.#groups.push({ last, size })
    this.#size += size
  }

  /** All groups up to the record `count` are on disk. */
  settle(count: number): void {
    while (this.#head < this.#groups.length && this.#groups[this.#head]!.last <= count) this.#size -= this.#groups[this.#head++]!.size
    if (this.#head < 1024 && this.#head < this.#groups.length) return
    this.#groups.splice(0, this.#head)
    this.#head = 0
  }
}
