import type { Clock } from '../../core/clock.ts'
import type { ControlStore, KeyRow } from '../../store/control.ts'
import type { BudgetBook } from './budget-book.ts'
import type { KeyRing } from './key-ring.ts'
import type { KeyState } from './key-state.ts'
import type { OpenReservations } from './reservations.ts'

/** Last uses reach the store this often. */
const TOUCH_MS = 60_000

/**
 * Keeps memory and the control store together, one step after another: a sum that is read while it is being added to
 * would count twice. Spend goes to the store additively; keys and budgets come from it.
 */
export class StoreSync {
  readonly #store: ControlStore
  readonly #clock: Clock
  readonly #keys: KeyRing
  readonly #book: BudgetBook
  readonly #open: OpenReservations
  /** Keys that exist without the store, and those that it held last. */
  #staticKeys: readonly KeyRow[]
  #rows: readonly KeyRow[] = []
  #work: Promise<void> = Promise.resolve()
  #revision: number | null = null
  #loaded = false
  /** The store says that something is reserved. */
  #saidReserved = false
  #used: KeyState[] = []
  /** Steady ms. */
  #touchedAt = 0

  constructor(store: ControlStore, clock: Clock, keys: KeyRing, book: BudgetBook, open: OpenReservations, staticKeys: readonly KeyRow[]) {
    this.#store = store
    this.#clock = clock
    this.#keys = keys
    this.#book = book
    this.#open = open
    this.#staticKeys = staticKeys
  }

  /** Keys and budgets have been read once. */
  get loaded(): boolean {
    return this.#loaded
  }

  /** The key was used for the first time since its last use was written. */
  used(key: KeyState): void {
    this.#used.push(key)
  }

  setStaticKeys(keys: readonly KeyRow[]): void {
    this.#staticKeys = keys
    this.#keys.replace([...keys, ...this.#rows])
  }

  reload(): Promise<void> {
    return this.#next(() => this.#read(true))
  }

  /** Reads keys and budgets where somebody has changed them. */
  follow(): Promise<void> {
    return this.#next(async () => {
      if (this.#loaded && this.#store.revision !== undefined && (await this.#store.revision()) !== this.#revision) await this.#read(false)
    })
  }

  /** Writes new spend, and last uses where it is time or `all` is wanted. */
  flush(elapsed: number, all: boolean): Promise<void> {
    return this.#next(async () => {
      await this.#writeSpend()
      if (all || elapsed - this.#touchedAt >= TOUCH_MS) await this.#writeUses(elapsed)
    })
  }

  #next(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step)
    this.#work = done.catch(() => {})
    return done
  }

  async #writeSpend(): Promise<void> {
    const at = Math.floor(this.#clock.now())
    const calendar = this.#book.calendar.at(at)
    const budgets = [...this.#open.reserved((period) => calendar.start(period))].map(([budgetId, amount]) => ({ budgetId, amount: String(amount) }))
    if (!this.#book.hasNews && budgets.length === 0 && !this.#saidReserved) return
    await this.#book.flush((entries) => this.#store.budgets.addSpend(entries, { at, budgets }))
    this.#saidReserved = budgets.length > 0
  }

  async #writeUses(elapsed: number): Promise<void> {
    const used = this.#used
    if (used.length === 0 || this.#store.keys.touch === undefined) return
    const entries = used.map((key) => ({ id: key.id, at: Math.floor(key.usedAt) }))
    for (const key of used) key.usedAt = 0
    this.#used = []
    this.#touchedAt = elapsed
    await this.#store.keys.touch(entries)
  }

  async #read(spendToo: boolean): Promise<void> {
    // What is in memory alone must be in the sums that are read back.
    await this.#writeSpend()
    const revision = (await this.#store.revision?.()) ?? null
    const rows = await this.#store.keys.list(null)
    const budgets = await this.#store.budgets.list(null)
    const now = this.#clock.now()
    const from = this.#book.calendar.at(now).start('month')
    const spend = spendToo || this.#book.isNews(budgets) ? await this.#store.budgets.spend(from) : null
    // No await from here on: no call may meet a budget without its spend.
    this.#rows = rows
    this.#keys.replace([...this.#staticKeys, ...rows])
    this.#book.replace(budgets)
    if (spend !== null) this.#book.load(spend, from, now)
    this.#revision = revision
    this.#loaded = true
  }
}
