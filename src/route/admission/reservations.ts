import type { NanoUsd } from '../../core/money.ts'
import type { BudgetRow } from '../../store/control.ts'
import type { Reservation } from '../seams.ts'
import type { SpendWindow } from './budget.ts'
import type { KeyState } from './key-state.ts'
import type { Watched } from './loop-guard.ts'
import type { SlidingSum } from './sliding-sum.ts'

export interface Actual {
  readonly cost: NanoUsd
  readonly promptTokens: number
  readonly outputTokens: number
}

/** Whom a reservation tells how it ended. */
export interface Keeper {
  readonly settled: (held: Held, actual: Actual, now: number) => void
  readonly released: (held: Held, now: number) => void
}

/** What an admitted call holds until it is settled, released or expires. */
export class Held implements Reservation {
  readonly key: KeyState
  readonly windows: readonly SpendWindow[]
  readonly estimate: NanoUsd
  /** Tokens counted against a minute, and the second that they were counted in. Null = not counted. */
  readonly minute: SlidingSum | null
  readonly tokens: number
  readonly slot: number
  /** Null = not watched for loops. */
  readonly watched: Watched | null
  /** Steady ms. */
  readonly since: number
  state: 'open' | 'expired' | 'done' = 'open'
  previous: Held | null = null
  next: Held | null = null
  readonly #keeper: Keeper

  constructor(keeper: Keeper, since: number, key: KeyState, windows: readonly SpendWindow[], estimate: NanoUsd, minute: SlidingSum | null, tokens: number, slot: number, watched: Watched | null) {
    this.#keeper = keeper
    this.since = since
    this.key = key
    this.windows = windows
    this.estimate = estimate
    this.minute = minute
    this.tokens = tokens
    this.slot = slot
    this.watched = watched
  }

  settle(actual: Actual, now: number): void {
    if (this.state !== 'done') this.#keeper.settled(this, actual, now)
  }

  release(now: number): void {
    if (this.state !== 'done') this.#keeper.released(this, now)
  }
}

/** Open reservations in the order of their age. All live equally long, so the oldest is always the next to expire. */
export class OpenReservations {
  #oldest: Held | null = null
  #youngest: Held | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(held: Held): void {
    held.previous = this.#youngest
    if (this.#youngest === null) this.#oldest = held
    else this.#youngest.next = held
    this.#youngest = held
    this.#size++
  }

  remove(held: Held): void {
    if (held.previous === null) this.#oldest = held.next
    else held.previous.next = held.next
    if (held.next === null) this.#youngest = held.previous
    else held.next.previous = held.previous
    held.previous = held.next = null
    this.#size--
  }

  /** What is held by budget, nano-USD, in the window that `start` gives for the budget's period: the running one. */
  reserved(start: (period: BudgetRow['period']) => number): Map<string, NanoUsd> {
    const sums = new Map<string, NanoUsd>()
    for (let held = this.#oldest; held !== null; held = held.next) {
      for (const { budget, start: own } of held.windows) {
        const { id, period } = budget.row
        if (own === start(period) && held.estimate > 0n) sums.set(id, (sums.get(id) ?? 0n) + held.estimate)
      }
    }
    return sums
  }

  /** The oldest one where it was made at `limit` (steady ms) or before. */
  olderThan(limit: number): Held | null {
    return this.#oldest !== null && this.#oldest.since <= limit ? this.#oldest : null
  }
}
