import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { changeKey, createKey, disableKey, findKey, type KeyDesk, rotateKey, type ShownKey } from '../../route/admission/manage-keys.ts'
import { removeBudget, setBudget } from '../../route/admission/manage-budgets.ts'
import { OPEN_RULES } from '../../route/admission/key-rules.ts'
import type { BudgetRow, ControlStore, KeyRow } from '../../store/control.ts'
import type { DataDir } from '../../store/control/data-dir.ts'
import { actBy, type Deed } from '../audit/act.ts'
import { dataOption, type DataOption, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'
import { budgetsOf, changedRules, expiry, type RuleOptions, ruleOptions } from './key-options.ts'
import { plainKey } from '../manage/key-view.ts'
import { keyDetails, keyTable } from './key-report.ts'
import { duration } from './options.ts'

const DEFAULT_GRACE_SECONDS = 86_400

interface Shared extends DataOption {
  readonly json?: boolean
}

interface CreateOptions extends Shared, RuleOptions {
  readonly name: string
  readonly tenant: string
}

/** `spillway keys`: the keys that applications call the gateway with. */
export function keysCommand(io: Io): Command {
  const create = shared(ruleOptions(new Command('create').description('make a key; its secret is shown once')))
    .requiredOption('--name <text>', 'what it is for')
    .option('--tenant <id>', 'whom it belongs to', 'default')
    .addHelpText('after', '\nExamples:\n  $ spillway keys create --name checkout-bot --rpm 600 --budget 20/day\n  $ spillway keys create --name batch --priority batch --models "llama-*" --expires 90d --json\n')
    .action(async (options: CreateOptions) => withDesk(options, io, (desk) => runCreate(desk, options, io), true))
  const list = shared(new Command('list').description('keys with their rules and last use'))
    .option('--tenant <id>', 'only this tenant')
    .addHelpText('after', '\nExamples:\n  $ spillway keys list\n  $ spillway keys list --tenant acme --json\n')
    .action(async (options: Shared & { readonly tenant?: string }) => withDesk(options, io, (desk) => runList(desk, options, io)))
  const disable = shared(new Command('disable').description('refuse a key from now on'))
    .argument('<id>', 'the key')
    .option('--undo', 'accept it again')
    .addHelpText('after', '\nExamples:\n  $ spillway keys disable key_7Qm2XkP0aB3c\n  $ spillway keys disable key_7Qm2XkP0aB3c --undo\n')
    .action(async (id: string, options: Shared & { readonly undo?: boolean }) => withDesk(options, io, (desk) => runDisable(desk, id, options, io)))
  const rotate = shared(new Command('rotate').description('a new secret for a key; its budgets, limits and history go on'))
    .argument('<id>', 'the key')
    .option('--grace <duration>', 'how long the old secret still works; 0 where it has leaked (default: 1d)', (text) => (text.trim() === '0' ? 0 : duration(text)))
    .addHelpText('after', '\nExamples:\n  $ spillway keys rotate key_7Qm2XkP0aB3c\n  $ spillway keys rotate key_7Qm2XkP0aB3c --grace 0\n')
    .action(async (id: string, options: Shared & { readonly grace?: number }) => withDesk(options, io, (desk) => runRotate(desk, id, options, io)))
  const rules = shared(ruleOptions(new Command('rules').description("show a key's rules, or change those that are named")))
    .argument('<id>', 'the key')
    .option('--name <text>', 'what it is for')
    .addHelpText('after', '\nExamples:\n  $ spillway keys rules key_7Qm2XkP0aB3c\n  $ spillway keys rules key_7Qm2XkP0aB3c --rpm none --budget 50/month --residency eu\n')
    .action(async (id: string, options: Shared & RuleOptions & { readonly name?: string }) => withDesk(options, io, (desk) => runRules(desk, id, options, io)))
  return [create, list, disable, rotate, rules].reduce((keys, command) => keys.addCommand(command), new Command('keys').description('API keys of the gateway: who may call, what, how much'))
}

function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

function withDesk(options: Shared, io: Io, work: (desk: KeyDesk) => Promise<void>, mayMake = false): Promise<void> {
  return withDataDir(options, io, mayMake, ({ store, pepper }: DataDir) => work({ store, pepper, randomBytes, now: io.now().getTime(), actOf: (deed, { id, tenant }) => act(io, { ...deed, tenant, key: id }) }))
}

async function runCreate(desk: KeyDesk, options: CreateOptions, io: Io): Promise<void> {
  const shown = await createKey(desk, { name: options.name, tenant: options.tenant, expiresAt: expiry(options.expires ?? 'none', desk.now), rules: changedRules(OPEN_RULES, options) })
  await changeBudgets(desk.store, shown.key, options, io)
  show(shown, await keyBudgets(desk.store, shown.key), options, io)
}

async function runList({ store, now }: KeyDesk, { tenant, json }: Shared & { readonly tenant?: string }, io: Io): Promise<void> {
  const keys = await store.keys.list(tenant ?? null)
  const budgets = await store.budgets.list(tenant ?? null)
  if (json === true) print(io, { keys: keys.map((key) => plainKey(key, budgets, now)) })
  else io.stdout(keys.length === 0 ? 'No keys. Make one with "spillway keys create --name NAME".\n' : `${keyTable(keys, budgets, now, Math.min(io.columns, 100))}\n`)
}

async function runDisable(desk: KeyDesk, id: string, { undo, json }: Shared & { readonly undo?: boolean }, io: Io): Promise<void> {
  const key = await disableKey(desk, await findKey(desk.store, id), undo === true)
  if (json === true) print(io, { key: plainKey(key, await keyBudgets(desk.store, key), desk.now) })
  else io.stdout(`Key ${id} is ${undo === true ? 'enabled again' : 'disabled'}. Running gateways follow within seconds.\n`)
}

async function runRotate(desk: KeyDesk, id: string, options: Shared & { readonly grace?: number }, io: Io): Promise<void> {
  const shown = await rotateKey(desk, await findKey(desk.store, id), (options.grace ?? DEFAULT_GRACE_SECONDS) * 1000)
  show(shown, await keyBudgets(desk.store, shown.key), options, io)
}

async function runRules(desk: KeyDesk, id: string, options: Shared & RuleOptions & { readonly name?: string }, io: Io): Promise<void> {
  const old = await findKey(desk.store, id)
  const change = {
    rules: changedRules(old.rules, options),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.expires === undefined ? {} : { expiresAt: expiry(options.expires, desk.now) }),
  }
  const key = await changeKey(desk, old, change)
  await changeBudgets(desk.store, key, options, io)
  const budgets = await keyBudgets(desk.store, key)
  if (options.json === true) print(io, { key: plainKey(key, budgets, desk.now) })
  else io.stdout(`${keyDetails(key, budgets, desk.now, Math.min(io.columns, 100))}\n`)
}

async function changeBudgets(store: ControlStore, key: KeyRow, options: RuleOptions, io: Io): Promise<void> {
  for (const budget of budgetsOf(key, options.budget ?? [])) {
    if (budget.limit === null) await removeBudget(store, budget, (deed) => act(io, deed))
    else await setBudget(store, budget, BigInt(budget.limit), (deed) => act(io, deed))
  }
}

function act(io: Io, deed: Deed): object {
  return actBy(io.env, io.now().getTime(), deed)
}

async function keyBudgets(store: ControlStore, { id, tenant }: KeyRow): Promise<BudgetRow[]> {
  return (await store.budgets.list(tenant)).filter(({ scope, value }) => scope === 'key' && value === id)
}

function show({ key, secret }: ShownKey, budgets: readonly BudgetRow[], { json }: Shared, io: Io): void {
  if (json === true) print(io, { key: plainKey(key, budgets, io.now().getTime()), secret })
  else io.stdout(`${keyDetails(key, budgets, io.now().getTime(), Math.min(io.columns, 100))}\n\n  ${secret}\n\nKeep this secret now: it is not stored and cannot be shown again.\n`)
}

function print(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`)
}
