import { wrongPlan, type PlanRow } from '../plans.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { BudgetRow, KeyRow, KeyRules, Reserved, SpendEntry } from '../control.ts'

const LONGEST_ID = 128
const LONGEST_NAME = 256
const MOST_MODELS = 1000
const SCOPES = ['call', 'read', 'ingest', 'audit', 'admin'] as const
const PRIORITIES = ['realtime', 'standard', 'batch'] as const
const BUDGET_SCOPES = ['tenant', 'key', 'user', 'feature', 'model'] as const
const PERIODS = ['day', 'month', 'total'] as const

/** Throws CONTROL_ROW_INVALID unless the row is one that admission can decide by. Every adapter checks before it writes. */
export function checkKey(key: KeyRow): void {
  named('key', 'id', key.id, LONGEST_ID)
  named('key', 'tenant', key.tenant, LONGEST_ID)
  if (key.name.length > LONGEST_NAME) throw invalid('key', 'name', `is longer than ${LONGEST_NAME} characters`)
  hash('key', 'hash', key.hash)
  moment('createdAt', key.createdAt)
  checkKeyChange(key)
}

/** The same for the fields that may change. */
export function checkKeyChange(change: Partial<KeyRow>): void {
  if (change.name !== undefined && change.name.length > LONGEST_NAME) throw invalid('key', 'name', `is longer than ${LONGEST_NAME} characters`)
  if (change.hash !== undefined) hash('key', 'hash', change.hash)
  if (change.previous !== undefined && change.previous !== null) {
    hash('key', 'previous.hash', change.previous.hash)
    moment('previous.expiresAt', change.previous.expiresAt)
  }
  for (const field of ['expiresAt', 'disabledAt', 'lastUsedAt'] as const) {
    const value = change[field]
    if (value !== undefined && value !== null) moment(field, value)
  }
  if (change.rules !== undefined) checkRules(change.rules)
}

function checkRules({ scopes, models, residency, priority, limits }: KeyRules): void {
  if (scopes.some((scope) => !SCOPES.includes(scope))) throw invalid('key', 'scopes', `are not among ${SCOPES.join(', ')}`)
  if (models !== null && models.length > MOST_MODELS) throw invalid('key', 'models', `are more than ${MOST_MODELS}`)
  for (const model of models ?? []) named('key', 'models', model, LONGEST_NAME)
  if (residency !== null) named('key', 'residency', residency, LONGEST_ID)
  if (!PRIORITIES.includes(priority)) throw invalid('key', 'priority', `is not among ${PRIORITIES.join(', ')}`)
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== null && !(Number.isSafeInteger(limit) && limit >= 0)) throw invalid('key', `limits.${name}`, 'is not a whole number of at least 0')
  }
}

export function checkBudget({ id, tenant, scope, value, period, limit }: BudgetRow): void {
  named('budget', 'id', id, LONGEST_ID)
  named('budget', 'tenant', tenant, LONGEST_ID)
  if (!BUDGET_SCOPES.includes(scope)) throw invalid('budget', 'scope', `is not among ${BUDGET_SCOPES.join(', ')}`)
  if (!PERIODS.includes(period)) throw invalid('budget', 'period', `is not among ${PERIODS.join(', ')}`)
  if (scope === 'tenant' && value !== '') throw invalid('budget', 'value', 'must be empty where the budget is for the whole tenant')
  if (scope !== 'tenant') named('budget', 'value', value, LONGEST_NAME)
  if (!/^\d{1,18}$/u.test(limit)) throw invalid('budget', 'limit', 'is not a whole number of nano-USD of at most 18 digits')
}

export function checkSpend({ budgetId, windowStart, amount, subject = '' }: SpendEntry): void {
  named('spend', 'budgetId', budgetId, LONGEST_ID)
  moment('windowStart', windowStart)
  if (subject.length > LONGEST_NAME) throw invalid('spend', 'subject', `is longer than ${LONGEST_NAME} characters`)
  if (!/^-?\d{1,18}$/u.test(amount)) throw invalid('spend', 'amount', 'is not a whole number of nano-USD of at most 18 digits')
}

export function checkReserved({ at, budgets }: Reserved): void {
  moment('at', at)
  for (const { budgetId, amount } of budgets) {
    named('reserved', 'budgetId', budgetId, LONGEST_ID)
    if (!/^\d{1,18}$/u.test(amount)) throw invalid('reserved', 'amount', 'is not a whole number of nano-USD of at most 18 digits')
  }
}

export function checkSecretName(name: string): void {
  named('secret', 'name', name, LONGEST_ID)
}

export function named(row: string, field: string, value: string, longest: number): void {
  if (value === '' || value.length > longest) throw invalid(row, field, `must have 1 to ${longest} characters`)
  if (/[\u0000-\u001f\u007f]/u.test(value)) throw invalid(row, field, 'has control characters')
}

export function hash(row: string, field: string, value: string): void {
  if (!/^[0-9a-f]{64}$/u.test(value)) throw invalid(row, field, 'is not 32 bytes in hex')
}

export function moment(field: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid('row', field, 'is not a time in whole Unix milliseconds')
}

export function invalid(row: string, field: string, what: string): SpillwayError {
  return new SpillwayError('CONTROL_ROW_INVALID', `${row}: ${field} ${what}`, 'Correct it and try again; nothing was written')
}

export function checkPlan(plan: PlanRow): void {
  const wrong = wrongPlan(plan)
  if (wrong !== null) throw new SpillwayError('CONTROL_ROW_INVALID', wrong, 'Save a plan that spillway plan made')
}
