import { usdText } from '../../core/catalog/usd-text.ts'
import type { BudgetStatus } from '../../route/admission/manage-budgets.ts'
import type { BudgetRow } from '../../store/control.ts'
import { time } from './key-view.ts'

export interface BudgetView {
  readonly id: string
  readonly tenant: string
  readonly scope: BudgetRow['scope']
  readonly value: string | null
  readonly each: boolean
  readonly period: BudgetRow['period']
  readonly usd: string
  readonly spentUsd: string
  readonly reservedUsd: string
  readonly windowStart: string | null
  readonly windowEnd: string | null
  readonly subjects: readonly { readonly subject: string; readonly spentUsd: string }[] | null
}

/** A budget as data; amounts are exact decimals of US dollars. */
export function plainBudget({ budget, windowStart, windowEnd, spent, reserved, subjects }: BudgetStatus): BudgetView {
  const { id, tenant, scope, value, period, limit } = budget
  const each = isForEach(budget)
  return {
    id,
    tenant,
    scope,
    value: each || scope === 'tenant' ? null : value,
    each,
    period,
    usd: usdText(BigInt(limit)),
    spentUsd: usdText(spent),
    reservedUsd: usdText(reserved),
    windowStart: time(windowStart),
    windowEnd: time(windowEnd),
    subjects: each ? subjects.map(({ subject, spent: own }) => ({ subject, spentUsd: usdText(own) })) : null,
  }
}

export function isForEach({ scope, value }: BudgetRow): boolean {
  return value === '*' && scope !== 'tenant'
}
