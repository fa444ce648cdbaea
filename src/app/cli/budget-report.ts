import { usdText } from '../../core/catalog/usd-text.ts'
import { oneLine } from '../../core/errors.ts'
import { toUsd, type NanoUsd } from '../../core/money.ts'
import type { BudgetStatus } from '../../route/admission/manage-budgets.ts'
import type { BudgetRow } from '../../store/control.ts'
import { isForEach } from '../manage/budget-view.ts'
import { time } from '../manage/key-view.ts'
import { renderTable } from './table.ts'
import { labeled } from './wrap.ts'

/** Who spent most, of a budget for each: so many are shown. */
const SHOWN = 20
const CENT = 10_000_000n

export function budgetTable(statuses: readonly BudgetStatus[], width: number): string {
  const rows = statuses.map(({ budget, windowEnd, spent, reserved, subjects }) => [budget.id, budget.tenant, subjectText(budget), limitText(budget), spentText(budget, spent, subjects), dollars(reserved), windowEnd === null ? 'never' : time(windowEnd)!.slice(0, 10)])
  return renderTable([{ header: 'id', shrink: false }, { header: 'tenant' }, { header: 'of' }, { header: 'limit', shrink: false }, { header: 'spent' }, { header: 'reserved', shrink: false }, { header: 'renews', shrink: false }], rows, width)
}

/** One line a field; then who spent most, where each has the limit for itself. */
export function budgetDetails({ budget, windowEnd, spent, reserved, subjects }: BudgetStatus, width: number): string {
  const limit = BigInt(budget.limit)
  const fields: [string, string][] = [
    ['budget', budget.id],
    ['tenant', budget.tenant],
    ['of', about(budget)],
    ['limit', limitText(budget)],
    ['spent', spentText(budget, spent, subjects)],
    ['reserved', `${dollars(reserved)} for running calls`],
    ...(isForEach(budget) ? [] : [['left', dollars(left(limit, spent + reserved))] as [string, string]]),
    ['renews', windowEnd === null ? 'never' : time(windowEnd)!],
  ]
  const lines = fields.map(([name, value]) => labeled(name, 10, oneLine(value), width))
  if (subjects.length === 0) return lines.join('\n')
  const table = renderTable([{ header: budget.scope }, { header: 'spent', align: 'right' }, { header: 'left', align: 'right' }], subjects.slice(0, SHOWN).map((one) => [name(one.subject), dollars(one.spent), dollars(left(limit, one.spent))]), width)
  const more = subjects.length > SHOWN ? `\nand ${subjects.length - SHOWN} more` : ''
  return `${lines.join('\n')}\n\n${table}${more}`
}

/** In words: `user "ann"`, `each user`, `the whole tenant "acme"`. */
export function about(budget: BudgetRow): string {
  const { tenant, scope, value } = budget
  if (scope === 'tenant') return `the whole tenant "${tenant}"`
  return isForEach(budget) ? `each ${scope}` : `${scope} "${value}"`
}

function subjectText(budget: BudgetRow): string {
  const { scope, value } = budget
  if (scope === 'tenant') return 'whole tenant'
  return isForEach(budget) ? `each ${scope}` : `${scope} ${value}`
}

function limitText({ limit, period }: BudgetRow): string {
  return `$${usdText(BigInt(limit))}/${period}`
}

function spentText(budget: BudgetRow, spent: NanoUsd, subjects: BudgetStatus['subjects']): string {
  const limit = BigInt(budget.limit)
  if (subjects.length > 0) return `${dollars(spent)} by ${subjects.length}`
  const share = isForEach(budget) || limit === 0n ? '' : ` (${Math.round((toUsd(spent) / toUsd(limit)) * 100)}%)`
  return `${dollars(spent)}${share}`
}

function left(limit: NanoUsd, taken: NanoUsd): NanoUsd {
  return taken >= limit ? 0n : limit - taken
}

/** Calls that name nobody count together. */
function name(subject: string): string {
  return subject === '' ? '(not named)' : subject
}

/** Cents, or every digit where there is less than one. */
function dollars(nano: NanoUsd): string {
  return nano !== 0n && nano < CENT ? `$${usdText(nano)}` : `$${toUsd(nano).toFixed(2)}`
}
