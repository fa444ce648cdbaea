import { createHash } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { BudgetRow, ControlStore } from '../../store/control.ts'
import { Calendar } from './calendar.ts'

/** What a budget is about. One subject has one budget a period, so that setting it again replaces it. */
export type BudgetAbout = Pick<BudgetRow, 'tenant' | 'scope' | 'value' | 'period'>

/** A budget with what was spent in the window of now, as far as gateways have written it: they do so every second. */
export interface BudgetStatus {
  readonly budget: BudgetRow
  /** Unix ms; null = `total`, which never ends. */
  readonly windowStart: number | null
  readonly windowEnd: number | null
  /** Over all subjects where each has the limit for itself. */
  readonly spent: NanoUsd
  /** Held for what running calls may cost. */
  readonly reserved: NanoUsd
  /** By subject, the largest spender first, for a budget for each. */
  readonly subjects: readonly { readonly subject: string; readonly spent: NanoUsd }[]
}

/** A gateway writes what is reserved once a second as long as there is any: what is older was left by one that has gone. */
const FRESH_MS = 10_000

/** What the audit log is to say of a changed budget; `limitNanoUsd` null = it was lifted. */
export type BudgetAct = (deed: { readonly leaf: 'budget-changed'; readonly tenant: string; readonly budget: string; readonly scope: string; readonly limitNanoUsd: string | null }) => object

/** Makes a budget or changes its limit; what was spent under it stays. `limit` in nano-USD. */
export async function setBudget(store: ControlStore, about: BudgetAbout, limit: NanoUsd, act?: BudgetAct): Promise<BudgetRow> {
  const { tenant, scope, value, period } = about
  const known = (await store.budgets.list(tenant)).find((row) => row.scope === scope && row.value === value && row.period === period)
  const budget: BudgetRow = { id: known?.id ?? newId(about), tenant, scope, value, period, limit: String(limit) }
  await store.budgets.put(budget, act?.({ leaf: 'budget-changed', tenant, budget: budget.id, scope, limitNanoUsd: budget.limit }))
  return budget
}

/** Lifts a budget; what was spent under it is forgotten. */
export async function removeBudget(store: ControlStore, { id, tenant, scope }: Pick<BudgetRow, 'id' | 'tenant' | 'scope'>, act?: BudgetAct): Promise<boolean> {
  return store.budgets.remove(id, act?.({ leaf: 'budget-changed', tenant, budget: id, scope, limitNanoUsd: null }))
}

/** Throws BUDGET_UNKNOWN. `tenant` null = of any. */
export async function findBudget(store: ControlStore, id: string, tenant: string | null = null): Promise<BudgetRow> {
  const budget = (await store.budgets.list(tenant)).find((row) => row.id === id)
  if (budget === undefined) throw new SpillwayError('BUDGET_UNKNOWN', `there is no budget "${id}"`, 'List them with "spillway budgets list"')
  return budget
}

/** `now` in Unix ms. */
export async function budgetStatuses(store: ControlStore, budgets: readonly BudgetRow[], now: number): Promise<BudgetStatus[]> {
  const calendar = new Calendar().at(now)
  const spend = Map.groupBy(await store.budgets.spend(calendar.start('month')), ({ budgetId }) => budgetId)
  const { at, budgets: held } = await store.budgets.reserved()
  const reserved = new Map(Math.abs(now - at) <= FRESH_MS ? held.map(({ budgetId, amount }) => [budgetId, BigInt(amount)] as const) : [])
  return budgets.map((budget) => {
    const start = calendar.start(budget.period)
    const entries = (spend.get(budget.id) ?? []).filter(({ windowStart }) => windowStart === start).map(({ subject = '', amount }) => ({ subject, spent: BigInt(amount) }))
    return {
      budget,
      windowStart: budget.period === 'total' ? null : start,
      windowEnd: calendar.end(budget.period),
      spent: entries.reduce((sum, { spent }) => sum + spent, 0n),
      reserved: reserved.get(budget.id) ?? 0n,
      subjects: budget.value === '*' ? entries.toSorted((a, b) => (a.spent === b.spent ? 0 : a.spent < b.spent ? 1 : -1)) : [],
    }
  })
}

/** The same for the same subject, so that two people who set it at once do not make two. A key's own are named after it. */
function newId({ tenant, scope, value, period }: BudgetAbout): string {
  if (scope === 'key' && value !== '*') return `${value}-${period}`
  return `budget_${createHash('sha256').update(JSON.stringify([tenant, scope, value, period])).digest('hex').slice(0, 12)}`
}
