import { type Command, InvalidArgumentError, Option } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import type { BudgetRow, KeyRow, KeyRules } from '../../store/control.ts'
import { budgetLimit, perPeriod } from './budget-option.ts'
import { count, duration } from './options.ts'

const SCOPES = ['call', 'read', 'ingest', 'audit', 'admin'] as const
const PRIORITIES = ['realtime', 'standard', 'batch'] as const

/** What a person writes for "no such rule". Commander would turn a null into ''. */
const NONE = 'none'

/** Absent = not named. */
export interface RuleOptions {
  readonly scopes?: KeyRules['scopes']
  readonly models?: readonly string[] | typeof NONE
  readonly residency?: string
  readonly priority?: KeyRules['priority']
  readonly rpm?: number | typeof NONE
  readonly tpm?: number | typeof NONE
  readonly concurrency?: number | typeof NONE
  readonly expires?: Expiry | typeof NONE
  readonly budget?: readonly BudgetWish[]
}

type Expiry = { readonly afterMs: number } | { readonly at: number }

interface BudgetWish {
  readonly period: BudgetRow['period']
  /** Nano-USD; null = no budget. */
  readonly limit: string | null
}

export function ruleOptions(command: Command): Command {
  return command
    .option('--scopes <list>', `what it may do, of ${SCOPES.join(',')} (default for a new key: call,read)`, scopes)
    .option('--models <list>', 'models that it may use; * at the end of a name stands for any rest; none = all', orNone(names))
    .option('--residency <region>', 'region that its calls never leave, such as eu; none = any', String)
    .addOption(new Option('--priority <class>', 'class of its calls (default for a new key: standard)').choices(PRIORITIES))
    .option('--rpm <n>', 'requests in any 60 seconds; none = no limit', orNone(count))
    .option('--tpm <n>', 'tokens in any 60 seconds; none = no limit', orNone(count))
    .option('--concurrency <n>', 'calls at once; none = no limit', orNone(count))
    .option('--expires <when>', 'a date such as 2027-06-30, or a duration such as 90d; none = never', orNone(expires))
    .option('--budget <usd/period>', 'US dollars a day, a month or in total, such as 20/day; none/day removes; may be repeated', budget)
}

/** `rules` with what the options name. */
export function changedRules(rules: KeyRules, options: RuleOptions): KeyRules {
  const { limits } = rules
  return {
    scopes: options.scopes ?? rules.scopes,
    models: pick(options.models, rules.models),
    residency: pick(options.residency, rules.residency),
    priority: options.priority ?? rules.priority,
    limits: { rpm: pick(options.rpm, limits.rpm), tpm: pick(options.tpm, limits.tpm), concurrency: pick(options.concurrency, limits.concurrency) },
  }
}

/** Unix ms; throws CLI_USAGE where it is past. */
export function expiry(wanted: Expiry | typeof NONE, now: number): number | null {
  if (wanted === NONE) return null
  const at = 'at' in wanted ? wanted.at : now + wanted.afterMs
  if (at <= now) throw new SpillwayError('CLI_USAGE', '--expires lies in the past', 'Name a later time, or disable the key')
  return at
}

/** The key's own budgets that the options name: one a period. */
export function budgetsOf({ id, tenant }: KeyRow, wishes: readonly BudgetWish[]): (Omit<BudgetRow, 'limit'> & { readonly limit: string | null })[] {
  return wishes.map(({ period, limit }) => ({ id: `${id}-${period}`, tenant, scope: 'key', value: id, period, limit }))
}

function pick<T>(wanted: T | typeof NONE | undefined, old: T | null): T | null {
  return wanted === undefined ? old : wanted === NONE ? null : wanted
}

function orNone<T>(parse: (text: string) => T): (text: string) => T | typeof NONE {
  return (text) => (text === NONE ? NONE : parse(text))
}

function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim())
  if (list.includes('')) throw new InvalidArgumentError('names separated by commas are needed.')
  return list
}

function scopes(text: string): KeyRules['scopes'] {
  return names(text).map((name) => {
    const scope = SCOPES.find((one) => one === name)
    if (scope === undefined) throw new InvalidArgumentError(`it is a list of ${SCOPES.join(', ')}.`)
    return scope
  })
}

function expires(text: string): Expiry {
  if (/^\d{4}-\d{2}-\d{2}(T|$)/u.test(text)) {
    const at = Date.parse(text)
    if (Number.isNaN(at)) throw new InvalidArgumentError('this is no date.')
    return { at }
  }
  return { afterMs: duration(text) * 1000 }
}

function budget(text: string, before: readonly BudgetWish[] | undefined): BudgetWish[] {
  const { period, amount } = perPeriod(text)
  return [...(before ?? []), { period, limit: amount === NONE ? null : String(budgetLimit(amount)) }]
}
