import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { acceptLink, setUp } from '../auth/people.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import type { ControlStore } from '../../store/control.ts'
import { type CliRun, run } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-users-'))
let folders = 0
let data = ''
beforeEach(() => {
  data = join(folder, String(++folders))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The clock of the command line stands here. */
const NOW = Date.UTC(2026, 10, 24, 12)
const PASSWORD = 'four unrelated words'
const users = (...argv: string[]): Promise<CliRun> => run(['users', ...argv, '--data', data])
const tokenOf = ({ stdout }: CliRun): string => /#([\w-]{43})$/mu.exec(stdout)![1]!

async function inStore<T>(work: (store: ControlStore) => Promise<T>): Promise<T> {
  const { store } = openDataDir(data)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
const owner = async (): Promise<void> => {
  const token = tokenOf(await users('setup-link'))
  await inStore(({ people }) => setUp({ people, now: NOW }, { token, email: 'ann@example.com', name: 'Ann', password: PASSWORD }, () => ({ leaf: 'made' })))
}
const invited = async (email: string, ...argv: string[]): Promise<void> => {
  const token = tokenOf(await users('invite', email, ...argv))
  await inStore(({ people }) => acceptLink({ people, now: NOW }, { token, name: 'Bob', password: PASSWORD }, () => () => ({ leaf: 'made' }) as never))
}

it('setup-link makes the first owner, and nobody after', async () => {
  expect((await users('list')).stderr).toContain('FILE_NOT_FOUND')
  expect((await users('setup-link', '--url', 'https://spillway.example.com/')).stdout).toMatch(/^https:\/\/spillway\.example\.com\/setup#[\w-]{43}\n/u)
  await owner()
  expect(await users('setup-link')).toMatchObject({ exit: 2, stderr: expect.stringContaining('USER_EXISTS') })
  expect((await users('list')).stdout).toContain('ann@example.com  Ann   owner everywhere  active  never')
})

it('invite, role, disable: each is an act by who gave the command', async () => {
  await owner()
  await invited('Bob@Example.com', '--role', 'finance', '--tenant', 'acme')
  expect((await users('role', 'bob@example.com', 'auditor', '--tenant', 'acme')).stdout).toBe('bob@example.com: auditor in acme\n')
  expect((await users('invite', 'bob@example.com', '--role', 'viewer')).stdout).toBe('bob@example.com has an account and is a member now.\n')
  expect(await users('invite', 'bob@example.com', '--role', 'viewer')).toMatchObject({ exit: 2, stderr: expect.stringContaining('USER_EXISTS') })
  expect((await users('role', 'bob@example.com', 'none', '--tenant', 'acme')).stdout).toBe('bob@example.com: viewer in default\n')
  expect((await users('disable', 'bob@example.com')).stdout).toBe('bob@example.com is refused, and signed out everywhere.\n')
  expect(JSON.parse((await users('disable', 'bob@example.com', '--undo', '--json')).stdout)).toMatchObject({ user: { email: 'bob@example.com', disabledAt: null } })
  const acts = await inStore(async ({ acts: kept }) => (await kept.list(100)).map(({ act }) => act as { readonly leaf: string; readonly actor: string; readonly changed?: string }))
  expect(acts.filter(({ leaf }) => leaf !== 'made').map(({ leaf, changed }) => changed ?? leaf)).toEqual(['user-invited', 'role auditor', 'role viewer', 'membership ended', 'disabled', 'enabled'])
  expect(acts.filter(({ leaf }) => leaf !== 'made').every(({ actor }) => actor.startsWith('cli:'))).toBe(true)
})

it('the last owner stays', async () => {
  await owner()
  for (const argv of [['disable', 'ann@example.com'], ['role', 'ann@example.com', 'none', '--everywhere']]) expect(await users(...argv)).toMatchObject({ exit: 2, stderr: expect.stringContaining('CONTROL_LAST_OWNER') })
})

it('password-link sets a new password and ends the sessions', async () => {
  await owner()
  const before = await inStore(async ({ people }) => {
    const user = (await people.users.byEmail('ann@example.com'))!
    await people.sessions.insert({ hash: 'a'.repeat(64), user: user.id, tenant: 'default', createdAt: NOW, seenAt: NOW, expiresAt: NOW + 1000 })
    return user
  })
  const token = tokenOf(await users('password-link', 'Ann@example.com'))
  await inStore(async ({ people }) => {
    await acceptLink({ people, now: NOW }, { token, name: '', password: 'another four words' }, () => () => ({ leaf: 'made' }) as never)
    expect((await people.users.get(before.id))!.password).not.toBe(before.password)
    expect(await people.sessions.get('a'.repeat(64))).toBeNull()
    await expect(acceptLink({ people, now: NOW }, { token, name: '', password: PASSWORD }, () => () => ({}) as never)).rejects.toMatchObject({ code: 'LINK_INVALID' })
  })
})

it.each([
  [['disable', 'nobody@example.com'], 'USER_UNKNOWN'],
  [['invite', 'no-address', '--role', 'viewer'], 'CONTROL_ROW_INVALID'],
  [['invite', 'a@example.com', '--role', 'king'], 'CLI_USAGE'],
  [['invite', 'a@example.com'], 'CLI_USAGE'],
])('%j: %s', async (argv, code) => {
  await owner()
  expect(await users(...argv)).toMatchObject({ exit: 2, stderr: expect.stringContaining(code) })
})
