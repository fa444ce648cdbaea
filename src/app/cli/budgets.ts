import { Command, Option } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { budgetStatuses, findBudget, removeBudget, setBudget } from '../../route/admission/manage-budgets.ts'
import type { BudgetRow, ControlStore } from '../../store/control.ts'
import { actBy } from '../audit/act.ts'
import { budgetLimit, perPeriod } from './budget-option.ts'
import { plainBudget } from '../manage/budget-view.ts'
import { about, budgetDetails, budgetTable } from './budget-report.ts'
import { dataOption, type DataOption, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'

interface Shared extends DataOption {
  readonly json?: boolean
}

const NAMED = ['key', 'user', 'feature', 'model'] as const

type SetOptions = Shared & { readonly tenant?: string; readonly each?: (typeof NAMED)[number] } & { readonly [scope in (typeof NAMED)[number]]?: string }
interface Amount {
  readonly period: BudgetRow['period']
  /** Nano-USD. */
  readonly limit: bigint
}

const DEFAULT_TENANT = 'default'

/** `spillway budgets`: what may be spent, by whom. A running gateway follows within seconds. */
export function budgetsCommand(io: Io): Command {
  const set = shared(new Command('set').description('limit what a tenant, key, user, feature or model may spend; sets a new limit where there is one'))
    .argument('<usd/period>', 'US dollars a day, a month (UTC) or in total, such as 20/day', amount)
    .option('--tenant <id>', `whose budget (default: the key's, else "${DEFAULT_TENANT}"); alone: of all its calls`)
    .option('--key <id>', 'of the calls of one key')
    .option('--user <name>', 'of the calls for one user')
    .option('--feature <name>', 'of the calls of one feature')
    .option('--model <name>', 'of the calls that ask for one model')
    .addOption(new Option('--each <scope>', 'every one has this limit for itself').choices(NAMED))
    .addHelpText('after', '\nExamples:\n  $ spillway budgets set 500/month\n  $ spillway budgets set 5/day --each user\n  $ spillway budgets set 100/month --feature search --tenant acme\n  $ spillway budgets set 20/day --key key_7Qm2XkP0aB3c\n')
    .action(async (limit: Amount, options: SetOptions) => withStore(options, io, (store) => runSet(store, limit, options, io), true))
  const list = shared(new Command('list').description('budgets with what was spent in the running day or month, or in total, and what running calls hold'))
    .option('--tenant <id>', 'only of this tenant')
    .addHelpText('after', '\nExamples:\n  $ spillway budgets list\n  $ spillway budgets list --tenant acme --json\n')
    .action(async (options: Shared & { readonly tenant?: string }) => withStore(options, io, (store) => runList(store, options, io)))
  const show = shared(new Command('show').description('one budget; where each has it for itself, who spent most'))
    .argument('<id>', 'the budget')
    .addHelpText('after', '\nExamples:\n  $ spillway budgets show budget_0f3a9c41d2b7\n')
    .action(async (id: string, options: Shared) => withStore(options, io, (store) => runShow(store, id, options, io)))
  const remove = shared(new Command('remove').description('lift a budget; what was spent under it is forgotten'))
    .argument('<id>', 'the budget')
    .addHelpText('after', '\nExamples:\n  $ spillway budgets remove budget_0f3a9c41d2b7\n')
    .action(async (id: string, options: Shared) => withStore(options, io, (store) => runRemove(store, id, options, io)))
  return [set, list, show, remove].reduce((budgets, command) => budgets.addCommand(command), new Command('budgets').description('what a tenant, key, user, feature or model may spend'))
}

function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

function withStore(options: Shared, io: Io, work: (store: ControlStore) => Promise<void>, mayMake = false): Promise<void> {
  return withDataDir(options, io, mayMake, ({ store }) => work(store))
}

function amount(text: string): Amount {
  const { period, amount: usd } = perPeriod(text)
  return { period, limit: budgetLimit(usd) }
}

async function runSet(store: ControlStore, { period, limit }: Amount, options: SetOptions, io: Io): Promise<void> {
  const { scope, value } = subjectOf(options)
  const tenant = await tenantOf(store, scope, value, options.tenant, io)
  const budget = await setBudget(store, { tenant, scope, value, period }, limit, (deed) => actBy(io.env, io.now().getTime(), deed))
  const [status] = await budgetStatuses(store, [budget], io.now().getTime())
  if (options.json === true) print(io, { budget: plainBudget(status!) })
  else io.stdout(`${budgetDetails(status!, width(io))}\n\nRunning gateways follow within seconds.\n`)
}

function subjectOf(options: SetOptions): Pick<BudgetRow, 'scope' | 'value'> {
  const named = NAMED.filter((scope) => options[scope] !== undefined)
  if (named.length + (options.each === undefined ? 0 : 1) > 1) throw new SpillwayError('CLI_USAGE', 'a budget is about one thing', 'Give one of --key, --user, --feature, --model and --each, or none for the whole tenant')
  if (options.each !== undefined) return { scope: options.each, value: '*' }
  const [scope] = named
  if (scope === undefined) return { scope: 'tenant', value: '' }
  const value = options[scope]!
  if (value === '*') throw new SpillwayError('CLI_USAGE', `--${scope} * names nobody`, `Use --each ${scope} for a limit that every one has for itself`)
  return { scope, value }
}

/** A key knows whose it is. One of the configuration file is in no store: it counts under the tenant that is named there. */
async function tenantOf(store: ControlStore, scope: BudgetRow['scope'], value: string, wanted: string | undefined, io: Io): Promise<string> {
  if (scope !== 'key' || value === '*') return wanted ?? DEFAULT_TENANT
  const key = (await store.keys.list(null)).find(({ id }) => id === value)
  if (key === undefined) {
    const tenant = wanted ?? DEFAULT_TENANT
    io.stderr(`note: no key "${value}" is in this data directory; the budget counts for a key of the configuration file with this id, of tenant "${tenant}" (--tenant names another)\n`)
    return tenant
  }
  if (wanted !== undefined && wanted !== key.tenant) throw new SpillwayError('CLI_USAGE', `key "${value}" belongs to tenant "${key.tenant}"`, 'Leave --tenant out')
  return key.tenant
}

async function runList(store: ControlStore, { tenant, json }: Shared & { readonly tenant?: string }, io: Io): Promise<void> {
  const statuses = await budgetStatuses(store, await store.budgets.list(tenant ?? null), io.now().getTime())
  if (json === true) print(io, { budgets: statuses.map((status) => plainBudget(status)) })
  else io.stdout(statuses.length === 0 ? 'No budgets. Set one with "spillway budgets set 500/month".\n' : `${budgetTable(statuses, width(io))}\n`)
}

async function runShow(store: ControlStore, id: string, { json }: Shared, io: Io): Promise<void> {
  const [status] = await budgetStatuses(store, [await findBudget(store, id)], io.now().getTime())
  if (json === true) print(io, { budget: plainBudget(status!) })
  else io.stdout(`${budgetDetails(status!, width(io))}\n`)
}

async function runRemove(store: ControlStore, id: string, { json }: Shared, io: Io): Promise<void> {
  const budget = await findBudget(store, id)
  await removeBudget(store, budget, (deed) => actBy(io.env, io.now().getTime(), deed))
  if (json === true) print(io, { removed: id })
  else io.stdout(`The budget of ${about(budget)} is lifted. Running gateways follow within seconds.\n`)
}

function width({ columns }: Io): number {
  return Math.min(columns, 100)
}

function print(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`)
}
