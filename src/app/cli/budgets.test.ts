import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import type { Reserved, SpendEntry } from '../../store/control.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import { type CliRun, run } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-budgets-'))
let folders = 0
let data = ''

beforeEach(() => {
  data = join(folder, String(++folders))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The clock stands at noon of 2026-11-24, a Tuesday. */
const DAY = Date.UTC(2026, 10, 24)
const MONTH = Date.UTC(2026, 10, 1)

function budgets(...argv: string[]): Promise<CliRun> {
  return run(['budgets', ...argv, '--data', data])
}

interface Plain {
  readonly id: string
  readonly [field: string]: unknown
}

async function set(...argv: string[]): Promise<Plain> {
  const { exit, stdout, stderr } = await budgets('set', ...argv, '--json')
  if (exit !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { budget: Plain }).budget
}

async function list(...argv: string[]): Promise<Plain[]> {
  return (JSON.parse((await budgets('list', ...argv, '--json')).stdout) as { budgets: Plain[] }).budgets
}

async function spend(...entries: SpendEntry[]): Promise<void> {
  const { store } = openDataDir(data)
  await store.budgets.addSpend(entries)
  await store.close()
}

async function reserve(at: number, ...budgetsHeld: Reserved['budgets'][number][]): Promise<void> {
  const { store } = openDataDir(data)
  await store.budgets.addSpend([], { at, budgets: budgetsHeld })
  await store.close()
}

it.each([
  [['500/month'], { tenant: 'default', scope: 'tenant', value: null, each: false, period: 'month', usd: '500', windowEnd: '2026-12-01T00:00:00.000Z' }],
  [['$0.25/day', '--user', 'ann'], { tenant: 'default', scope: 'user', value: 'ann', each: false, period: 'day', usd: '0.25', windowStart: '2026-11-24T00:00:00.000Z', windowEnd: '2026-11-25T00:00:00.000Z' }],
  [['100/total', '--feature', 'Suche "ü"', '--tenant', 'acme'], { tenant: 'acme', scope: 'feature', value: 'Suche "ü"', period: 'total', usd: '100', windowStart: null, windowEnd: null }],
  [['0/day', '--model', 'gpt-5'], { scope: 'model', value: 'gpt-5', usd: '0' }],
  [['0.000000001/day', '--each', 'key'], { scope: 'key', value: null, each: true, usd: '0.000000001', subjects: [] }],
])('set %j', async (argv, expected) => {
  const budget = await set(...argv)
  expect(budget).toMatchObject({ ...expected, spentUsd: '0' })
  expect(await list()).toEqual([budget])
  expect(JSON.parse((await budgets('show', budget.id, '--json')).stdout)).toEqual({ budget })
})

it('a second limit for the same takes the place of the first and keeps its spend; another period is another budget', async () => {
  const first = await set('5/day', '--user', 'ann')
  await spend({ budgetId: first.id, windowStart: DAY, amount: '1500000000' })
  const again = await set('9/day', '--user', 'ann')
  expect(again).toMatchObject({ id: first.id, usd: '9', spentUsd: '1.5' })
  await set('50/month', '--user', 'ann')
  await set('5/day', '--user', 'bob')
  await set('5/day', '--user', 'ann', '--tenant', 'acme')
  expect(await list()).toHaveLength(4)
  expect((await list('--tenant', 'acme')).map(({ tenant }) => tenant)).toEqual(['acme'])
})

it("of a key: its own tenant's, and the same budget that \"keys\" shows", async () => {
  const { key } = JSON.parse((await run(['keys', 'create', '--name', 'a', '--tenant', 'acme', '--budget', '1/day', '--data', data, '--json'])).stdout) as { key: { id: string } }
  expect(await set('20/day', '--key', key.id)).toMatchObject({ id: `${key.id}-day`, tenant: 'acme', scope: 'key', value: key.id })
  expect(JSON.parse((await run(['keys', 'rules', key.id, '--data', data, '--json'])).stdout)).toMatchObject({ key: { budgets: [{ id: `${key.id}-day`, usd: '20' }] } })
  expect(await budgets('set', '5/day', '--key', key.id, '--tenant', 'other')).toMatchObject({ exit: 2, stderr: expect.stringContaining('belongs to tenant "acme"') })
  const unknown = await budgets('set', '5/day', '--key', 'demo')
  expect([unknown.exit, unknown.stderr.startsWith('note: no key "demo"')]).toEqual([0, true])
})

it('list and show say what was spent in the running window, by whom, and what is left', async () => {
  const [day, month, each] = [await set('20/day', '--feature', 'search'), await set('500/month'), await set('5/day', '--each', 'user')]
  await spend(
    { budgetId: day.id, windowStart: DAY, amount: '5000000000' },
    { budgetId: day.id, windowStart: DAY - 86_400_000, amount: '99000000000' },
    { budgetId: month.id, windowStart: MONTH, amount: '501000000000' },
    { budgetId: each.id, windowStart: DAY, amount: '1000', subject: '' },
    { budgetId: each.id, windowStart: DAY, amount: '6000000000', subject: 'ann\u001b[31m' },
    { budgetId: each.id, windowStart: DAY, amount: '2000000000', subject: 'bob' },
  )
  await reserve(DAY + 12 * 3_600_000, { budgetId: day.id, amount: '2500000000' })
  const { stdout } = await budgets('list')
  expect(stdout).toMatch(/feature search +\$20\/day +\$5\.00 \(25%\) +\$2\.50 +2026-11-25/u)
  expect(stdout).toMatch(/whole tenant +\$500\/month +\$501\.00 \(100%\) +\$0\.00 +2026-12-01/u)
  expect(stdout).toMatch(/each user +\$5\/day +\$8\.00 by 3 +\$0\.00/u)
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect((await budgets('show', day.id)).stdout).toMatch(/reserved +\$2\.50 for running calls\nleft +\$12\.50/u)
  expect((await budgets('show', month.id)).stdout).toMatch(/left +\$0\.00/u)
  const shown = (await budgets('show', each.id)).stdout
  expect(shown).toMatch(/ann.* +\$6\.00 +\$0\.00\n *bob +\$2\.00 +\$3\.00\n *\(not named\) +\$0\.000001 +\$5\.00/u)
  expect(shown).not.toContain('\u001b')
})

it.each([
  ['a second ago, by a gateway that runs', 1000, '2.5'],
  ['by one that has gone since', 60_000, '0'],
  ['in a time to come, before the clock was set back', -60_000, '0'],
])('what is reserved counts if it was written %s', async (_, ago, reservedUsd) => {
  const { id } = await set('20/day')
  await reserve(DAY + 12 * 3_600_000 - ago, { budgetId: id, amount: '2500000000' })
  expect(await list()).toMatchObject([{ id, reservedUsd }])
})

it('of many spenders the first are shown, and all of them as JSON', async () => {
  const { id } = await set('5/day', '--each', 'user')
  await spend(...Array.from({ length: 30 }, (_, index) => ({ budgetId: id, windowStart: DAY, amount: `${index + 1}00000000`, subject: `u${index}` })))
  const { stdout } = await budgets('show', id)
  expect(stdout).toMatch(/u29 +\$3\.00 +\$2\.00/u)
  expect(stdout).toMatch(/and 10 more\n$/u)
  const { budget } = JSON.parse((await budgets('show', id, '--json')).stdout) as { budget: { subjects: unknown[] } }
  expect(budget.subjects).toHaveLength(30)
})

it('remove lifts a budget and forgets its spend', async () => {
  const { id } = await set('5/day', '--user', 'ann')
  await spend({ budgetId: id, windowStart: DAY, amount: '5000000000' })
  expect(await budgets('remove', id)).toMatchObject({ exit: 0, stdout: 'The budget of user "ann" is lifted. Running gateways follow within seconds.\n' })
  expect(await list()).toEqual([])
  expect(await set('5/day', '--user', 'ann')).toMatchObject({ id, spentUsd: '0' })
  expect(JSON.parse((await budgets('remove', id, '--json')).stdout)).toEqual({ removed: id })
  expect((await budgets('list')).stdout).toMatch(/^No budgets\./u)
})

it.each([
  ['an unknown budget', ['show', 'budget_x'], 'BUDGET_UNKNOWN'],
  ['an unknown budget', ['remove', 'budget_x'], 'BUDGET_UNKNOWN'],
  ['no amount', ['set'], 'CLI_USAGE'],
  ['no period', ['set', '20'], 'CLI_USAGE'],
  ['a week', ['set', '20/week'], 'CLI_USAGE'],
  ['no amount of money', ['set', 'much/day'], 'MONEY_INVALID'],
  ['an absurd amount', ['set', '10000000000/day'], 'CLI_USAGE'],
  ['two subjects', ['set', '1/day', '--user', 'a', '--model', 'b'], 'CLI_USAGE'],
  ['one and each', ['set', '1/day', '--user', 'a', '--each', 'user'], 'CLI_USAGE'],
  ['a star', ['set', '1/day', '--user', '*'], 'CLI_USAGE'],
  ['each tenant', ['set', '1/day', '--each', 'tenant'], 'CLI_USAGE'],
  ['an empty user', ['set', '1/day', '--user', ''], 'CONTROL_ROW_INVALID'],
  ['an empty tenant', ['set', '1/day', '--tenant', ''], 'CONTROL_ROW_INVALID'],
])('%s is wrong usage, and nothing is set', async (_, argv, code) => {
  await set('5/day')
  const { exit, stderr } = await budgets(...argv)
  expect([exit, stderr.split(':')[0]]).toEqual([2, `error ${code}`])
  expect(await list()).toHaveLength(1)
})

it('a data directory that is not there is an error for all that only look, and is not made', async () => {
  for (const argv of [['list'], ['show', 'b'], ['remove', 'b']]) expect((await budgets(...argv)).stderr).toMatch(/^error FILE_NOT_FOUND/u)
  expect(readdirSync(folder)).not.toContain(String(folders))
})
