import type { NanoUsd } from '../../core/money.ts'
import type { BudgetRow } from '../../store/control.ts'
import { ForgottenSpend } from './forgotten-spend.ts'
import { Recent } from './recent.ts'

/** `value` of a budget that every user (feature, key, model) has for itself. */
export const EACH = '*'
/** Windows kept beside the running one, so that a clock that jumps over midnight and back finds its spend again. */
const PAST_WINDOWS = 2

/** The spend of one subject in one window of a budget. */
export class SpendWindow {
  readonly budget: Budget
  readonly subject: string
  readonly start: number
  /** Settled, nano-USD. */
  spent: NanoUsd
  /** Settled and reserved. */
  committed: NanoUsd
  /** The part of `spent` that the store has. */
  stored: NanoUsd
  /** The part of `spent` that `ForgottenSpend` has as well. */
  inherited: NanoUsd
  /** Reservations that have not been returned. */
  open = 0
  dirty = false
  /** No longer in memory by its name: what is still booked here must reach those who return. */
  forgotten = false

  constructor(budget: Budget, subject: string, start: number, inherited: NanoUsd) {
    this.budget = budget
    this.subject = subject
    this.start = start
    this.spent = this.committed = this.stored = this.inherited = inherited
  }
}

/** Sums by subject and window's start. */
export type StoredSpend = ReadonlyMap<string, ReadonlyMap<number, NanoUsd>>

interface Counter {
  current: SpendWindow
  past: SpendWindow[]
}

/** One budget row and its counters: one for the whole, or one for each subject where the value is `*`. */
export class Budget {
  readonly row: BudgetRow
  readonly period: BudgetRow['period']
  limit: NanoUsd
  readonly each: boolean
  /** The counter of a budget for the whole; null until it is first needed. */
  #whole: Counter | null = null
  readonly #subjects: Recent<Counter>
  readonly #forgotten = new ForgottenSpend()

  constructor(row: BudgetRow, mostSubjects: number) {
    this.row = row
    this.period = row.period
    this.limit = BigInt(row.limit)
    this.each = row.value === EACH && row.scope !== 'tenant'
    this.#subjects = new Recent(mostSubjects, idle, (subject, { current }) => this.#forget(subject, current))
  }

  /** How many are counted by name. */
  get subjects(): number {
    return this.#subjects.size
  }

  /** The subject's window that starts at `start`, made where it is new. `subject` '' where the budget is for the whole. */
  window(subject: string, start: number): SpendWindow {
    const counter = this.#whole ?? this.#counter(subject, start)
    return counter.current.start === start ? counter.current : this.#turn(counter, start)
  }

  /** Settled money that came in while no reservation held it, or after its window was forgotten. */
  remember(window: SpendWindow, amount: NanoUsd): void {
    this.#forgotten.add(window.subject, window.start, amount)
  }

  /**
   * Takes the store's sums for the truth, plus what has not reached it yet. Subjects beyond the limit are remembered
   * without their names. `from` is where the sums begin, `running` the start of the window of now.
   */
  load(stored: StoredSpend, from: number, running: number, unflushed: Iterable<SpendWindow>): void {
    this.#forgotten.clear()
    for (const { current, past } of this.#whole === null ? this.#subjects.values() : [this.#whole]) {
      for (const window of [current, ...past]) {
        if (window.start >= from || window.start === 0) restate(window, stored.get(window.subject)?.get(window.start) ?? 0n)
      }
    }
    for (const [subject, windows] of stored) {
      if (this.#whole !== null || this.#subjects.has(subject)) continue
      if (!this.#subjects.full) {
        const latest = [...windows.keys()].sort((a, b) => a - b).slice(-1 - PAST_WINDOWS)
        for (const start of latest) restate(this.window(subject, start), windows.get(start)!)
      } else this.#forgotten.add(subject, running, windows.get(running) ?? 0n)
    }
    for (const window of unflushed) if (window.forgotten) this.remember(window, window.spent - window.stored)
  }

  #counter(subject: string, start: number): Counter {
    const found = this.each ? this.#subjects.get(subject) : undefined
    if (found !== undefined) return found
    const counter = { current: new SpendWindow(this, subject, start, this.#forgotten.of(subject, start)), past: [] }
    if (this.each) this.#subjects.set(subject, counter)
    else this.#whole = counter
    return counter
  }

  #turn(counter: Counter, start: number): SpendWindow {
    const known = counter.past.findIndex((window) => window.start === start)
    const next = known < 0 ? new SpendWindow(this, counter.current.subject, start, 0n) : counter.past.splice(known, 1)[0]!
    counter.past.unshift(counter.current)
    if (counter.past.length > PAST_WINDOWS) counter.past.pop()
    counter.current = next
    return next
  }

  #forget(subject: string, window: SpendWindow): void {
    this.#forgotten.add(subject, window.start, window.spent - window.inherited)
    window.forgotten = true
  }
}

/** Who holds a reservation may not be forgotten. */
function idle({ current, past }: Counter): boolean {
  return current.open === 0 && past.every(({ open }) => open === 0)
}

function restate(window: SpendWindow, stored: NanoUsd): void {
  const spent = stored + window.spent - window.stored
  window.committed += spent - window.spent
  window.spent = spent
  window.stored = stored
  window.inherited = 0n
}
