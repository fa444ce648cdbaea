import { usdText } from '../../core/catalog/usd-text.ts'
import type { BudgetRow, KeyRow, KeyRules } from '../../store/control.ts'

/** A key as people and programs get it: times in ISO 8601, US dollars as exact decimals, no hash. */
export interface KeyView {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly state: 'active' | 'disabled' | 'expired'
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly disabledAt: string | null
  readonly lastUsedAt: string | null
  readonly oldSecretUntil: string | null
  readonly rules: KeyRules
  readonly budgets: readonly { readonly id: string; readonly period: BudgetRow['period']; readonly usd: string }[]
}

/** A key as data, without its hash. */
export function plainKey(key: KeyRow, budgets: readonly BudgetRow[], now: number): KeyView {
  const { id, tenant, name, createdAt, expiresAt, disabledAt, lastUsedAt, rules, previous } = key
  return {
    id,
    tenant,
    name,
    state: stateOf(key, now),
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    disabledAt: time(disabledAt),
    lastUsedAt: time(lastUsedAt),
    oldSecretUntil: previous === undefined || previous === null || previous.expiresAt <= now ? null : time(previous.expiresAt),
    rules,
    budgets: ownBudgets(key, budgets).map(({ id, period, limit }) => ({ id, period, usd: usdText(BigInt(limit)) })),
  }
}

export function stateOf({ disabledAt, expiresAt }: KeyRow, now: number): 'active' | 'disabled' | 'expired' {
  if (disabledAt !== null && disabledAt <= now) return 'disabled'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

export function ownBudgets({ id, tenant }: KeyRow, budgets: readonly BudgetRow[]): BudgetRow[] {
  return budgets.filter((budget) => budget.tenant === tenant && budget.scope === 'key' && budget.value === id)
}

export function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
