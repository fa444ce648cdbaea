import type { Clock } from '../core/clock.ts'
import type { Timeline } from './timeline.ts'

/** Calls `run` after `ms`; returns what takes it back. */
export type SetTimer = (run: () => void, ms: number) => () => void

export const nodeTimer: SetTimer = (run, ms) => {
  if (ms <= 0) {
    const handle = setImmediate(run)
    return () => clearImmediate(handle)
  }
  const handle = setTimeout(run, ms)
  return () => clearTimeout(handle)
}

/**
 * Lets a timeline keep pace with a clock, `speed` simulated seconds a second. Events keep their exact simulated times:
 * a timer that fires late runs all that has become due, so delays of the process never add up.
 */
export class RealTime {
  readonly #timeline: Timeline
  readonly #clock: Clock
  readonly #setTimer: SetTimer
  #speed: number
  #clockStart: number
  #simStart = 0
  #armedFor = Number.POSITIVE_INFINITY
  #disarm: (() => void) | null = null
  #closed = false

  constructor(timeline: Timeline, clock: Clock, speed: number, setTimer: SetTimer) {
    this.#timeline = timeline
    this.#clock = clock
    this.#speed = speed
    this.#setTimer = setTimer
    this.#clockStart = clock.now()
  }

  get speed(): number {
    return this.#speed
  }

  set speed(speed: number) {
    this.enter(() => {
      this.#simStart = this.#timeline.now
      this.#clockStart = this.#clock.now()
      this.#speed = speed
      this.#stopTimer()
    })
  }

  /** Something from outside happens: catches the timeline up, lets it happen, and waits for what it has led to. */
  enter<T>(happen: () => T): T {
    if (this.#closed) return happen()
    this.#catchUp()
    const result = happen()
    this.#arm()
    return result
  }

  close(): void {
    this.#closed = true
    this.#stopTimer()
  }

  #catchUp(): void {
    const now = this.#simNow()
    // What rounding puts a moment later is due as well: a timer for it would fire at once, again and again.
    const due = now + (ROUNDING_MS / 1000) * this.#speed
    for (let next = this.#timeline.nextTime(); next <= due; next = this.#timeline.nextTime()) this.#timeline.runUntil(next)
    this.#timeline.runUntil(now)
  }

  /** A clock that jumps back makes time stand still until it has caught up. */
  #simNow(): number {
    return Math.max(this.#timeline.now, this.#simStart + ((this.#clock.now() - this.#clockStart) / 1000) * this.#speed)
  }

  #arm(): void {
    const next = this.#timeline.nextTime()
    if (this.#closed || next >= this.#armedFor) return
    this.#stopTimer()
    this.#armedFor = next
    const ms = ((next - this.#simNow()) / this.#speed) * 1000
    this.#disarm = this.#setTimer(() => {
      this.#disarm = null
      this.#armedFor = Number.POSITIVE_INFINITY
      this.enter(() => {})
    }, Math.min(Math.ceil(ms - ROUNDING_MS), LONGEST_TIMER_MS))
  }

  #stopTimer(): void {
    this.#disarm?.()
    this.#disarm = null
    this.#armedFor = Number.POSITIVE_INFINITY
  }
}

/** So that 600.0000001 ms do not become 601. */
const ROUNDING_MS = 0.001
/** Node's timers hold 2^31 - 1 ms at most; one that fires early finds nothing due and is set again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
