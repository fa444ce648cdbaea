import type { NanoUsd } from '../../core/money.ts'
import type { BudgetRow, SpendEntry } from '../../store/control.ts'
import { Budget, type SpendWindow, type StoredSpend } from './budget.ts'
import { Calendar } from './calendar.ts'

/** Budgets of a tenant that depend on what the call says. */
interface ScopeIndex {
  readonly exact: Map<string, Budget[]>
  readonly each: Budget[]
}

type TenantIndex = Record<'key' | 'user' | 'feature' | 'model', ScopeIndex | null> & { readonly whole: Budget[] }

const NONE: readonly SpendWindow[] = []
/** Names that are longer share a counter with those that begin the same. */
const LONGEST_SUBJECT = 256
const NO_SPEND: StoredSpend = new Map()

/** All budgets in memory, found by what a call says, with what is spent, reserved and not yet stored. */
export class BudgetBook {
  readonly calendar = new Calendar()
  readonly #mostSubjects: number
  #budgets = new Map<string, Budget>()
  #tenants = new Map<string, TenantIndex>()
  readonly #dirty = new Set<SpendWindow>()
  readonly #found: SpendWindow[] = []

  constructor(mostSubjects: number) {
    this.#mostSubjects = mostSubjects
  }

  /** Every window that a call of `now` must fit in. Calls that name no user or feature count together, as ''. */
  windows(tenantId: string, keyId: string, user: string | null, feature: string | null, model: string, now: number): readonly SpendWindow[] {
    const tenant = this.#tenants.get(tenantId)
    if (tenant === undefined) return NONE
    this.calendar.at(now)
    // Collected in one array for all calls: one that grows would cost more than all the rest.
    const found = this.#found
    found.length = 0
    for (const budget of tenant.whole) found.push(this.#window(budget, ''))
    this.#collect(tenant.key, keyId, found)
    this.#collect(tenant.user, user, found)
    this.#collect(tenant.feature, feature, found)
    this.#collect(tenant.model, model, found)
    return found.slice()
  }

  /** Takes `estimate` from every window, or from none: then the first without room is returned. */
  reserve(windows: readonly SpendWindow[], estimate: NanoUsd): SpendWindow | null {
    for (let index = 0; index < windows.length; index++) {
      const window = windows[index]!
      const committed = window.committed + estimate
      if (committed > window.budget.limit) {
        for (let taken = 0; taken < index; taken++) this.#giveBack(windows[taken]!, estimate)
        return window
      }
      window.committed = committed
      window.open++
    }
    return null
  }

  unreserve(windows: readonly SpendWindow[], estimate: NanoUsd): void {
    for (const window of windows) this.#giveBack(window, estimate)
  }

  /** Books money that was truly spent, in the windows in which the call was admitted. */
  book(windows: readonly SpendWindow[], amount: NanoUsd): void {
    for (const window of windows) this.#spend(window, amount, amount)
  }

  /** Both at once: returns the reservation and books what was spent. */
  settle(windows: readonly SpendWindow[], estimate: NanoUsd, amount: NanoUsd): void {
    const change = amount - estimate
    for (const window of windows) {
      window.open--
      this.#spend(window, amount, change)
    }
  }

  /** Whether some of the rows are about something that is not counted yet, so that their spend must be loaded. */
  isNews(rows: readonly BudgetRow[]): boolean {
    return rows.some((row) => this.#known(row) === null)
  }

  /** Takes over the rows: counters of a budget go on as long as it stays about the same thing. */
  replace(rows: readonly BudgetRow[]): void {
    const budgets = rows.map((row) => {
      const budget = this.#known(row) ?? new Budget(row, this.#mostSubjects)
      budget.limit = BigInt(row.limit)
      return budget
    })
    this.#budgets = new Map(budgets.map((budget) => [budget.row.id, budget]))
    this.#tenants = new Map()
    for (const budget of budgets) this.#index(budget)
    for (const window of this.#dirty) if (this.#budgets.get(window.budget.row.id) !== window.budget) this.#dirty.delete(window)
  }

  /** Sums as the store has them, from the windows that start at `from` on. */
  load(entries: readonly SpendEntry[], from: number, now: number): void {
    const byBudget = new Map<string, Map<string, Map<number, NanoUsd>>>()
    for (const { budgetId, subject = '', windowStart, amount } of entries) {
      const subjects = getOr(byBudget, budgetId, () => new Map<string, Map<number, NanoUsd>>())
      getOr(subjects, subject, () => new Map<number, NanoUsd>()).set(windowStart, BigInt(amount))
    }
    const unflushed = Map.groupBy(this.#dirty, ({ budget }) => budget)
    this.calendar.at(now)
    for (const budget of this.#budgets.values()) {
      budget.load(byBudget.get(budget.row.id) ?? NO_SPEND, from, this.calendar.start(budget.period), unflushed.get(budget) ?? [])
    }
  }

  get hasNews(): boolean {
    return this.#dirty.size > 0
  }

  /** Hands what the store does not have yet to `write`; what it refuses stays for the next time. */
  async flush(write: (entries: readonly SpendEntry[]) => Promise<void>): Promise<void> {
    const windows = [...this.#dirty]
    const amounts = windows.map((window) => window.spent - window.stored)
    const entries = windows.map(({ budget, subject, start }, index) => ({ budgetId: budget.row.id, subject, windowStart: start, amount: String(amounts[index]!) }))
    await write(entries)
    for (const [index, window] of windows.entries()) {
      window.stored += amounts[index]!
      if (window.stored !== window.spent) continue
      window.dirty = false
      this.#dirty.delete(window)
    }
  }

  stats(): { readonly budgets: number; readonly subjects: number; readonly unflushedWindows: number } {
    let subjects = 0
    for (const budget of this.#budgets.values()) subjects += budget.subjects
    return { budgets: this.#budgets.size, subjects, unflushedWindows: this.#dirty.size }
  }

  #giveBack(window: SpendWindow, estimate: NanoUsd): void {
    window.committed -= estimate
    window.open--
  }

  #spend(window: SpendWindow, amount: NanoUsd, committed: NanoUsd): void {
    window.committed += committed
    if (amount === 0n) return
    window.spent += amount
    if (window.forgotten) window.budget.remember(window, amount)
    if (window.dirty) return
    window.dirty = true
    this.#dirty.add(window)
  }

  #known(row: BudgetRow): Budget | null {
    const known = this.#budgets.get(row.id)
    return known !== undefined && sameSubject(known.row, row) ? known : null
  }

  #collect(scope: ScopeIndex | null, said: string | null, into: SpendWindow[]): void {
    if (scope === null) return
    const value = said === null ? '' : said.length > LONGEST_SUBJECT ? said.slice(0, LONGEST_SUBJECT) : said
    const exact = said === null ? undefined : scope.exact.get(value)
    if (exact !== undefined) for (const budget of exact) into.push(this.#window(budget, ''))
    for (const budget of scope.each) into.push(this.#window(budget, value))
  }

  #window(budget: Budget, subject: string): SpendWindow {
    return budget.window(subject, this.calendar.start(budget.period))
  }

  #index(budget: Budget): void {
    const { tenant, scope, value } = budget.row
    const index = getOr(this.#tenants, tenant, (): TenantIndex => ({ whole: [], key: null, user: null, feature: null, model: null }))
    if (scope === 'tenant') {
      index.whole.push(budget)
      return
    }
    index[scope] ??= { exact: new Map(), each: [] }
    if (budget.each) index[scope].each.push(budget)
    else getOr(index[scope].exact, value.slice(0, LONGEST_SUBJECT), () => []).push(budget)
  }
}

function sameSubject(a: BudgetRow, b: BudgetRow): boolean {
  return a.tenant === b.tenant && a.scope === b.scope && a.value === b.value && a.period === b.period
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
