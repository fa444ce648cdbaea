import { toUsd, type NanoUsd } from '../../core/money.ts'
import type { Condition } from './condition.ts'

/** A budget in its running window. */
export interface BudgetState {
  readonly id: string
  readonly tenant: string
  /** Whom it limits, in words: `feature search`, `tenant acme`. */
  readonly about: string
  /** Whose part of a budget for each; '' = the budget's own. */
  readonly subject: string
  readonly limit: NanoUsd
  readonly spent: NanoUsd
  /** Unix ms; `end` null = no end, the budget is for good. */
  readonly start: number
  readonly end: number | null
}

const NEARLY = 80n
/** Before so much of the window, and of the money, a forecast is a guess. */
const LEAST_SHARE_OF_TIME = 0.1
const LEAST_SHARE_OF_MONEY = 10n

/**
 * Budgets that are used up (critical), nearly so, or on course to be before their window ends (warnings). The forecast is spend
 * so far over time so far, times the length of the window.
 */
export function budgetConditions(budgets: readonly BudgetState[], now: number): readonly Condition[] {
  return budgets.flatMap((budget): Condition[] => {
    const found = judge(budget, now)
    if (found === null) return []
    const { severity, text } = found
    return [{ id: `budget-burn:${budget.id}${budget.subject === '' ? '' : `:${budget.subject.slice(0, 200)}`}`, kind: 'budget-burn', tenant: budget.tenant, severity, text, mend: 'Raise it with "spillway budgets", or look at what spends with "spillway top".', nanoUsd: budget.spent, holdMs: 0 }]
  })
}

function judge({ about, subject, limit, spent, start, end }: BudgetState, now: number): Pick<Condition, 'severity' | 'text'> | null {
  if (limit <= 0n || spent <= 0n) return null
  const name = `The budget of ${about}${subject === '' ? '' : ` for ${subject}`}`
  const of = `${usd(spent)} of ${usd(limit)}`
  if (spent >= limit) return { severity: 'critical', text: `${name} is used up: ${of}. Calls under it are refused.` }
  if (spent * 100n >= limit * NEARLY) return { severity: 'warning', text: `${name} is nearly used up: ${of}.` }
  if (end === null || spent * 100n < limit * LEAST_SHARE_OF_MONEY) return null
  const elapsed = now - start
  if (elapsed < (end - start) * LEAST_SHARE_OF_TIME || now >= end) return null
  const usedUpAt = start + elapsed * (Number(limit) / Number(spent))
  return usedUpAt >= end ? null : { severity: 'warning', text: `${name} will be used up at ${minute(usedUpAt)} if spending goes on like this: ${of}, its window ends at ${minute(end)}.` }
}

function usd(nano: NanoUsd): string {
  return `$${toUsd(nano).toFixed(2)}`
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
