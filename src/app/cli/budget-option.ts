import { InvalidArgumentError } from 'commander'
import { parseUsd } from '../../core/money.ts'
import type { BudgetRow } from '../../store/control.ts'

/** Nano-USD. */
const MOST = 10n ** 18n
const PERIODS = ['day', 'month', 'total'] as const

/** Parses `20/day`, `$500/month`, `1000/total` into the period and the amount as it is written. */
export function perPeriod(text: string): { readonly period: BudgetRow['period']; readonly amount: string } {
  const [amount = '', name] = text.split('/')
  const period = PERIODS.find((one) => one === name)
  if (period === undefined) throw new InvalidArgumentError('an amount and a period are needed, such as 20/day, 500/month or 1000/total.')
  return { period, amount }
}

/** US dollars in nano-USD, within what a budget may be. */
export function budgetLimit(text: string): bigint {
  const limit = parseUsd(text.replace(/^\$/u, ''))
  if (limit < 0n || limit >= MOST) throw new InvalidArgumentError('a budget is at least zero and below a billion US dollars.')
  return limit
}
