import type { BudgetState } from '../../measure/alert/budget-burn.ts'
import { EACH } from '../../route/admission/budget.ts'
import { Calendar } from '../../route/admission/calendar.ts'
import type { BudgetRow, ControlStore } from '../../store/control.ts'

/** Of budgets that each user (feature ...) has for itself, the subjects that have spent most. */
const MOST_SUBJECTS = 50

/** All budgets in their running windows, by what the store has: a second or so behind what admission knows. */
export async function budgetStates({ budgets }: Pick<ControlStore, 'budgets'>, now: number): Promise<readonly BudgetState[]> {
  const calendar = new Calendar().at(now)
  const rows = await budgets.list(null)
  const spent = new Map<string, Map<string, bigint>>()
  const running = new Map(rows.map((row) => [row.id, calendar.start(row.period)]))
  for (const { budgetId, windowStart, amount, subject = '' } of await budgets.spend(calendar.start('month'))) {
    if (running.get(budgetId) !== windowStart) continue
    const subjects = spent.get(budgetId) ?? new Map<string, bigint>()
    spent.set(budgetId, subjects.set(subject, (subjects.get(subject) ?? 0n) + BigInt(amount)))
  }
  return rows.flatMap((row) => statesOf(row, spent.get(row.id) ?? new Map(), calendar))
}

function statesOf(row: BudgetRow, spent: ReadonlyMap<string, bigint>, calendar: Calendar): BudgetState[] {
  const { id, tenant, scope, value, period, limit } = row
  const each = value === EACH && scope !== 'tenant'
  const about = scope === 'tenant' ? `tenant ${tenant}` : each ? `each ${scope}` : `${scope} ${value}`
  const top = [...spent].sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0)).slice(0, MOST_SUBJECTS)
  return top.map(([subject, amount]) => ({ id, tenant, about, subject, limit: BigInt(limit), spent: amount, start: calendar.start(period), end: calendar.end(period) }))
}
