import type { Notice } from '../../measure/alert/alert-book.ts'
import type { Channel } from './channel.ts'

/** Waits before the tries after the first; then the notice is given up. */
const WAITS_MS = [5000, 30_000, 120_000, 600_000, 1_800_000]
/** Notices that wait for one channel; the oldest go first. */
const MOST_WAITING = 200

export interface DeliveryOptions {
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told of a try that failed, and whether the notice is given up. */
  readonly onFailure: (channel: string, reason: string, givenUp: boolean) => void
}

/** Sends to one channel in order, one at a time, again where it fails: a channel that is away holds nobody up. */
export class Delivery {
  readonly #channel: Channel
  readonly #options: DeliveryOptions
  readonly #stop = new AbortController()
  readonly #queue: Notice[] = []
  #running: Promise<void> | null = null

  constructor(channel: Channel, options: DeliveryOptions) {
    this.#channel = channel
    this.#options = options
  }

  push(notice: Notice): void {
    if (this.#stop.signal.aborted) return
    if (this.#queue.length >= MOST_WAITING) {
      this.#queue.shift()
      this.#options.onFailure(this.#channel.name, 'too many notices wait', true)
    }
    this.#queue.push(notice)
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Gives up what waits. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#queue.length = 0
    await this.#running
    this.#channel.close()
  }

  async #run(): Promise<void> {
    for (let notice = this.#queue.shift(); notice !== undefined; notice = this.#queue.shift()) await this.#deliver(notice)
  }

  async #deliver(notice: Notice): Promise<void> {
    const { signal } = this.#stop
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        await this.#channel.send(notice, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        const wait = WAITS_MS[tries]
        this.#options.onFailure(this.#channel.name, error instanceof Error ? error.message : 'unknown', wait === undefined)
        if (wait === undefined) return
        await this.#options.wait(wait, signal)
      }
    }
  }
}
