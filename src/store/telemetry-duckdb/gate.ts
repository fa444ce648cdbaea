/**
 * Many may pass together, or one alone: queries pass together, and whoever swaps the files under them alone. One who wants to be
 * alone is let in before those who come later.
 */
export class Gate {
  #inside = 0
  #alone = false
  readonly #waiting: { readonly alone: boolean; readonly enter: () => void }[] = []

  together<T>(work: () => Promise<T>): Promise<T> {
    return this.#pass(false, work)
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#pass(true, work)
  }

  async #pass<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#free(alone)) await new Promise<void>((enter) => this.#waiting.push({ alone, enter }))
    else this.#take(alone)
    try {
      return await work()
    } finally {
      this.#inside--
      this.#alone = false
      this.#admit()
    }
  }

  #free(alone: boolean): boolean {
    return !this.#alone && (!alone || this.#inside === 0)
  }

  #take(alone: boolean): void {
    this.#inside++
    this.#alone = alone
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#free(next.alone); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#take(next.alone)
      next.enter()
    }
  }
}
