import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it } from 'vitest'
import { describeControlStore } from '../control.contract.ts'
import { openSqliteControl } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-control-'))
let files = 0
const newFile = (): string => join(folder, `${++files}.sqlite`)

afterAll(() => rmSync(folder, { recursive: true }))

describeControlStore('SQLite', async () => openSqliteControl(newFile()))

const KEY = {
  id: 'key_a',
  tenant: 't',
  name: 'a',
  hash: 'a'.repeat(64),
  createdAt: 1,
  expiresAt: null,
  disabledAt: null,
  lastUsedAt: null,
  rules: { scopes: ['call'], models: null, residency: null, priority: 'standard', limits: { rpm: null, tpm: null, concurrency: null } },
  previous: null,
} as const

it('keeps everything over a restart', async () => {
  const file = newFile()
  const first = openSqliteControl(file)
  await first.keys.insert(KEY)
  await first.budgets.put({ id: 'b', tenant: 't', scope: 'tenant', value: '', period: 'day', limit: '9' })
  await first.budgets.addSpend([{ budgetId: 'b', windowStart: 0, amount: '4' }])
  await first.close()
  const second = openSqliteControl(file)
  expect(await second.keys.list(null)).toEqual([KEY])
  expect(await second.budgets.spend(0)).toEqual([{ budgetId: 'b', windowStart: 0, subject: '', amount: '4' }])
  await second.close()
})

it('is shared by two processes: each sees the other\'s changes, and sums of both are kept', async () => {
  const file = newFile()
  const [server, commandLine] = [openSqliteControl(file), openSqliteControl(file)]
  const before = await server.revision!()
  await commandLine.keys.insert(KEY)
  await commandLine.budgets.put({ id: 'b', tenant: 't', scope: 'tenant', value: '', period: 'day', limit: '9' })
  await server.budgets.addSpend([{ budgetId: 'b', windowStart: 0, amount: '4' }])
  await commandLine.budgets.addSpend([{ budgetId: 'b', windowStart: 0, amount: '3' }])
  expect((await server.revision!()) - before).toBe(2)
  expect(await server.keys.list(null)).toEqual([KEY])
  expect((await server.budgets.spend(0))[0]).toMatchObject({ amount: '7' })
  await server.close()
  await commandLine.close()
})

it('is private to its owner and synced at every commit', async () => {
  const file = newFile()
  const store = openSqliteControl(file)
  await store.keys.insert(KEY)
  expect([file, `${file}-wal`].map((one) => (statSync(one).mode & 0o777).toString(8))).toEqual(['600', '600'])
  const beside = new DatabaseSync(file)
  expect(beside.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  beside.close()
  await store.close()
})

it('does not touch a database of a newer Spillway', () => {
  const file = newFile()
  void openSqliteControl(file).close()
  const newer = new DatabaseSync(file)
  newer.exec('PRAGMA user_version = 1000')
  newer.close()
  expect(() => openSqliteControl(file)).toThrow(expect.objectContaining({ code: 'CONTROL_SCHEMA_NEWER' }))
})

it('does not touch a database of another program', () => {
  const file = newFile()
  const other = new DatabaseSync(file)
  other.exec('CREATE TABLE cookies (id INTEGER)')
  other.close()
  expect(() => openSqliteControl(file)).toThrow(expect.objectContaining({ code: 'CONTROL_NOT_OURS' }))
  const after = new DatabaseSync(file)
  expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'cookies' }])
  after.close()
})

it('says so where the file is no database, and leaves it', () => {
  const file = newFile()
  writeFileSync(file, 'once upon a time '.repeat(100))
  expect(() => openSqliteControl(file)).toThrow(expect.objectContaining({ code: 'CONTROL_NOT_OURS' }))
  expect(statSync(file).size).toBe(1700)
})

it('says so where the folder does not exist', () => {
  expect(() => openSqliteControl(join(folder, 'none', 'x.sqlite'))).toThrow(expect.objectContaining({ code: 'CONTROL_UNAVAILABLE' }))
})

it('waits its turn to be opened, and says so where it does not come', () => {
  const file = newFile()
  const greedy = new DatabaseSync(file)
  greedy.exec('BEGIN EXCLUSIVE')
  expect(() => openSqliteControl(file, { busyMs: 20 })).toThrow(expect.objectContaining({ code: 'CONTROL_UNAVAILABLE' }))
  greedy.close()
})

it('gives up where another process holds the lock for too long, writes nothing and works again afterwards', async () => {
  const file = newFile()
  const store = openSqliteControl(file, { busyMs: 20 })
  const greedy = new DatabaseSync(file)
  greedy.exec('BEGIN IMMEDIATE')
  await expect(store.keys.insert(KEY)).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' })
  greedy.exec('ROLLBACK')
  greedy.close()
  await store.keys.insert(KEY)
  expect(await store.keys.list(null)).toEqual([KEY])
  await store.close()
})
