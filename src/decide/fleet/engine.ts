import { SpillwayError } from '../../core/errors.ts'

/** How one replica serves: at most `concurrency` requests at once, all of them a step further every `stepSeconds(running)`. */
export interface Engine {
  readonly concurrency: number
  /** Seconds of one step (one token for every running request). Absent = 1: a request's steps then are its seconds of service. */
  readonly stepSeconds?: (running: number) => number
}

const MOST_CONCURRENT = 100_000

/**
 * `stepSeconds` by the number running, 0..concurrency, so that the simulator calls no function for it. Throws
 * NUMBER_INVALID for a concurrency that is no whole number from 1 to 100,000, or a step time that is not above 0.
 */
export function stepTable(engine: Engine): Float64Array {
  const { concurrency, stepSeconds } = engine
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_CONCURRENT)) throw new SpillwayError('NUMBER_INVALID', `the concurrency of a replica is ${concurrency}`, `Give a whole number from 1 to ${MOST_CONCURRENT}`)
  const table = Float64Array.from({ length: concurrency + 1 }, (_, running) => (running === 0 ? 0 : (stepSeconds?.(running) ?? 1)))
  const wrong = table.findIndex((seconds, running) => running > 0 && !(seconds > 0 && seconds < 1e9))
  if (wrong !== -1) throw new SpillwayError('NUMBER_INVALID', `a step with ${wrong} running requests takes ${table[wrong]} s`, 'Give step times above 0')
  return table
}

/**
 * The requests that run on one replica under iteration-level continuous batching. One virtual clock counts steps; a
 * request admitted at step v with k steps to go ends at step v + k whatever happens, so only the time of the next end
 * has to be worked out, from the step time at the number now running. A prefill has the engine to itself: the clock
 * stands still for everybody meanwhile. O(log running) an admission or completion.
 */
export class Batch {
  running = 0
  readonly #stepSeconds: Float64Array
  /** A binary heap of the steps at which requests end, and whose they are. */
  readonly #ends: Float64Array
  readonly #requests: Int32Array
  #step = 0
  #since = 0
  #stalledUntil = 0

  constructor(stepSeconds: Float64Array) {
    this.#stepSeconds = stepSeconds
    this.#ends = new Float64Array(stepSeconds.length)
    this.#requests = new Int32Array(stepSeconds.length)
  }

  /** Takes a request in at time `now`; returns when its first step ends if nobody joins before. */
  admit(now: number, request: number, steps: number, prefillSeconds: number): number {
    if (this.running === 0) {
      this.#step = 0
      this.#since = now
      this.#stalledUntil = now
    }
    this.#advance(now)
    this.#stalledUntil = Math.max(this.#stalledUntil, now) + prefillSeconds
    this.#push(this.#step + steps, request)
    return this.#stalledUntil + this.#stepSeconds[this.running]!
  }

  /** When the next request ends if nobody joins before; infinity if none runs. */
  nextEnd(): number {
    if (this.running === 0) return Number.POSITIVE_INFINITY
    return Math.max(this.#since, this.#stalledUntil) + (this.#ends[0]! - this.#step) * this.#stepSeconds[this.running]!
  }

  /** Ends the next request, at time `now` = nextEnd(), and returns whose it is. */
  end(now: number): number {
    // Set, not added up, so that rounding errors do not gather.
    this.#step = this.#ends[0]!
    this.#since = now
    return this.#pop()
  }

  #advance(now: number): void {
    const from = Math.max(this.#since, this.#stalledUntil)
    if (now > from && this.running > 0) this.#step += (now - from) / this.#stepSeconds[this.running]!
    this.#since = now
  }

  #push(end: number, request: number): void {
    let place = this.running++
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#ends[above]! <= end) break
      this.#ends[place] = this.#ends[above]!
      this.#requests[place] = this.#requests[above]!
      place = above
    }
    this.#ends[place] = end
    this.#requests[place] = request
  }

  #pop(): number {
    const request = this.#requests[0]!
    const size = --this.running
    const end = this.#ends[size]!
    const moved = this.#requests[size]!
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= size) break
      if (below + 1 < size && this.#ends[below + 1]! < this.#ends[below]!) below++
      if (this.#ends[below]! >= end) break
      this.#ends[place] = this.#ends[below]!
      this.#requests[place] = this.#requests[below]!
      place = below
    }
    this.#ends[place] = end
    this.#requests[place] = moved
    return request
  }
}
