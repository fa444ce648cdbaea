import { usdText } from '../../core/catalog/usd-text.ts'
import type { BudgetRow, KeyRow } from '../../store/control.ts'
import { ownBudgets, stateOf, time } from '../manage/key-view.ts'
import { renderTable } from './table.ts'
import { labeled } from './wrap.ts'

export function keyTable(keys: readonly KeyRow[], budgets: readonly BudgetRow[], now: number, width: number): string {
  const rows = keys.map((key) => [key.id, key.name, key.tenant, stateOf(key, now), key.lastUsedAt === null ? 'never' : time(key.lastUsedAt)!.slice(0, 10), rulesText(key, budgets)])
  return renderTable([{ header: 'id', shrink: false }, { header: 'name' }, { header: 'tenant' }, { header: 'state', shrink: false }, { header: 'last used', shrink: false }, { header: 'rules' }], rows, width)
}

/** One line a field. */
export function keyDetails(key: KeyRow, budgets: readonly BudgetRow[], now: number, width: number): string {
  const { rules, previous } = key
  const fields: [string, string][] = [
    ['key', key.id],
    ['name', key.name],
    ['tenant', key.tenant],
    ['state', stateOf(key, now)],
    ['created', time(key.createdAt)!],
    ['expires', time(key.expiresAt) ?? 'never'],
    ['last used', time(key.lastUsedAt) ?? 'never'],
    ['scopes', rules.scopes.join(', ') || 'none'],
    ['models', rules.models === null ? 'all' : rules.models.join(', ') || 'none'],
    ['residency', rules.residency ?? 'any'],
    ['priority', rules.priority],
    ['requests/min', limitText(rules.limits.rpm)],
    ['tokens/min', limitText(rules.limits.tpm)],
    ['calls at once', limitText(rules.limits.concurrency)],
    ['budgets', ownBudgets(key, budgets).map(budgetText).join(', ') || 'none'],
    ...(previous !== undefined && previous !== null && previous.expiresAt > now ? [['old secret', `works until ${time(previous.expiresAt)!}`] as [string, string]] : []),
  ]
  return fields.map(([name, value]) => labeled(name, 15, value, width)).join('\n')
}

function rulesText(key: KeyRow, budgets: readonly BudgetRow[]): string {
  const { models, residency, priority, limits } = key.rules
  const parts = [
    models === null ? null : models.join(' '),
    residency,
    priority === 'standard' ? null : priority,
    limits.rpm === null ? null : `${limits.rpm} rpm`,
    limits.tpm === null ? null : `${limits.tpm} tpm`,
    limits.concurrency === null ? null : `${limits.concurrency} at once`,
    ...ownBudgets(key, budgets).map(budgetText),
  ]
  return parts.filter((part) => part !== null).join(', ')
}

function budgetText({ limit, period }: BudgetRow): string {
  return `$${usdText(BigInt(limit))}/${period}`
}

function limitText(limit: number | null): string {
  return limit === null ? 'no limit' : String(limit)
}
