/** Something that will happen; `cancel` takes it back. */
export interface Planned {
  readonly time: number
  readonly order: number
  run: (() => void) | null
}

/**
 * Simulated time in seconds and what is planned in it. Nothing here waits: a test runs it as far as it likes, the server
 * runs it as far as its clock has come (`RealTime`). What is planned for the same time happens in the order of planning.
 */
export class Timeline {
  now = 0
  #order = 0
  /** Binary heap, the earliest on top. Canceled entries stay until they come up. */
  readonly #heap: Planned[] = []

  /** Plans `run` for `time`, or for now if that is past. */
  at(time: number, run: () => void): Planned {
    const planned: Planned = { time: Math.max(time, this.now), order: this.#order++, run }
    this.#push(planned)
    return planned
  }

  cancel(planned: Planned): void {
    planned.run = null
  }

  /** When the next thing happens; infinity = nothing is planned. */
  nextTime(): number {
    while (this.#heap.length > 0 && this.#heap[0]!.run === null) this.#pop()
    return this.#heap[0]?.time ?? Number.POSITIVE_INFINITY
  }

  /** Runs all that is due up to and including `time`, each at its own time; infinity = until nothing is planned any more. */
  runUntil(time: number): void {
    for (let next = this.nextTime(); next <= time && next < Number.POSITIVE_INFINITY; next = this.nextTime()) {
      this.now = next
      this.#pop().run!()
    }
    if (time > this.now && time < Number.POSITIVE_INFINITY) this.now = time
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let place = heap.length
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!before(planned, heap[above]!)) break
      heap[place] = heap[above]!
      place = above
    }
    heap[place] = planned
  }

  #pop(): Planned {
    const heap = this.#heap
    const top = heap[0]!
    const moved = heap.pop()!
    if (heap.length === 0) return top
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++
      if (!before(heap[below]!, moved)) break
      heap[place] = heap[below]!
      place = below
    }
    heap[place] = moved
    return top
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
