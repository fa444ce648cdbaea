import type { BudgetRow } from '../../store/control.ts'

const DAY_MS = 86_400_000

/** The windows that budgets are counted in, UTC. The last reading is kept, since most calls come on the same day. */
export class Calendar {
  #day = 0
  #dayEnd = -Infinity
  #month = 0
  #monthEnd = 0

  /** Moves to the day and month of `now`, forward or back. */
  at(now: number): this {
    if (now >= this.#day && now < this.#dayEnd) return this
    this.#day = Math.floor(now / DAY_MS) * DAY_MS
    this.#dayEnd = this.#day + DAY_MS
    const date = new Date(now)
    this.#month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    this.#monthEnd = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    return this
  }

  /** Unix ms of the start of the window that the last `at` lies in; 0 for `total`. */
  start(period: BudgetRow['period']): number {
    return period === 'day' ? this.#day : period === 'month' ? this.#month : 0
  }

  /** Unix ms of the window's end; null for `total`. */
  end(period: BudgetRow['period']): number | null {
    return period === 'day' ? this.#dayEnd : period === 'month' ? this.#monthEnd : null
  }
}
