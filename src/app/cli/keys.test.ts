import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import { createAdmission } from '../../route/admission/admission.ts'
import { secretForm } from '../../route/admission/key-secret.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import type { Io } from './io.ts'
import { keysCommand } from './keys.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'spillway-keys-'))
let folders = 0
let data = ''

beforeEach(() => {
  data = join(folder, String(++folders))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command by itself; tells what it printed, or the code of its error. */
async function keys(argv: readonly string[], now = NOW): Promise<{ readonly stdout: string; readonly code: string | null }> {
  let stdout = ''
  const io: Io = { stdout: (text) => (stdout += text), stderr: () => {}, ask: null, columns: 100, color: false, progress: false, env: { SPILLWAY_DATA: data }, now: () => new Date(now) }
  const command = new Command('spillway').exitOverride().configureOutput({ writeErr: () => {}, writeOut: io.stdout }).addCommand(keysCommand(io))
  for (const child of [...command.commands, ...command.commands.flatMap(({ commands }) => commands)]) child.exitOverride().configureOutput({ writeErr: () => {}, writeOut: io.stdout })
  try {
    await command.parseAsync(['keys', ...argv], { from: 'user' })
    return { stdout, code: null }
  } catch (error) {
    return { stdout, code: error instanceof SpillwayError ? error.code : error instanceof CommanderError ? error.code : String(error) }
  }
}

interface Made {
  readonly key: { readonly id: string; readonly state: string; readonly [field: string]: unknown }
  readonly secret: string
}

async function json<T>(argv: readonly string[], now?: number): Promise<T> {
  const { stdout, code } = await keys([...argv, '--json'], now)
  if (code !== null) throw new Error(code)
  return JSON.parse(stdout) as T
}

/** What a gateway on this data directory says to a secret. */
async function verdict(secret: string, now = NOW): Promise<string> {
  const { store, pepper } = openDataDir(data)
  const admission = createAdmission({ store, pepper, clock: { now: () => now }, loops: { action: 'off', repeats: 3, windowMs: 1, spendPerMinute: 0 }, flushMs: null })
  await admission.reload()
  const answer = admission.identify(secret, now)
  await store.close()
  return answer.ok ? answer.keyId : answer.code
}

it('create shows the secret once, and a gateway takes it', async () => {
  const { stdout } = await keys(['create', '--name', 'checkout'])
  const secret = /^ {2}(sw_\w+)$/mu.exec(stdout)![1]!
  const id = /key_\w+/u.exec(stdout)![0]
  expect([secretForm(secret), await verdict(secret)]).toEqual(['sound', id])
  const others = [await keys(['list']), await keys(['list', '--json']), await keys(['rules', id]), await keys(['rules', id, '--json'])]
  expect(others.map(({ stdout: text }) => [text.includes(id), text.includes(secret.slice(3)), /[0-9a-f]{64}/u.test(text)])).toEqual(others.map(() => [true, false, false]))
})

it('create takes all rules, and rules shows them', async () => {
  const made = await json<Made>(['create', '--name', 'b', '--tenant', 'acme', '--scopes', 'call', '--models', 'llama-*,gpt-5', '--residency', 'eu', '--priority', 'batch', '--rpm', '60', '--tpm', '1000', '--concurrency', '2', '--expires', '2027-06-30', '--budget', '20.5/day', '--budget', '$500/month'])
  const expected = {
    id: made.key.id,
    tenant: 'acme',
    name: 'b',
    state: 'active',
    createdAt: '2026-11-24T12:00:00.000Z',
    expiresAt: '2027-06-30T00:00:00.000Z',
    disabledAt: null,
    lastUsedAt: null,
    oldSecretUntil: null,
    rules: { scopes: ['call'], models: ['llama-*', 'gpt-5'], residency: 'eu', priority: 'batch', limits: { rpm: 60, tpm: 1000, concurrency: 2 } },
    budgets: [
      { id: `${made.key.id}-day`, period: 'day', usd: '20.5' },
      { id: `${made.key.id}-month`, period: 'month', usd: '500' },
    ],
  }
  expect(made.key).toEqual(expected)
  expect(await json(['rules', made.key.id])).toEqual({ key: expected })
  expect(await json(['list', '--tenant', 'acme'])).toEqual({ keys: [expected] })
  expect(await json(['list', '--tenant', 'other'])).toEqual({ keys: [] })
})

it('rules changes what is named and nothing else; none takes a rule away', async () => {
  const { key } = await json<Made>(['create', '--name', 'a', '--rpm', '60', '--models', 'm', '--residency', 'eu', '--budget', '1/day', '--budget', '2/total', '--expires', '90d'])
  const changed = await json<Made>(['rules', key.id, '--rpm', 'none', '--tpm', '5', '--residency', 'none', '--budget', 'none/day', '--budget', '9/total', '--expires', 'none', '--name', 'new'])
  expect(changed.key).toEqual({
    ...key,
    name: 'new',
    expiresAt: null,
    rules: { scopes: ['call', 'read'], models: ['m'], residency: null, priority: 'standard', limits: { rpm: null, tpm: 5, concurrency: null } },
    budgets: [{ id: `${key.id}-total`, period: 'total', usd: '9' }],
  })
})

it('looking at rules changes nothing, so that no gateway reloads', async () => {
  const { key } = await json<Made>(['create', '--name', 'a'])
  const { store } = openDataDir(data)
  const before = await store.revision!()
  await keys(['rules', key.id])
  expect(await store.revision!()).toBe(before)
  await store.close()
})

it('disable refuses a key, --undo takes it again', async () => {
  const { key, secret } = await json<Made>(['create', '--name', 'a'])
  expect((await json<Made>(['disable', key.id])).key.state).toBe('disabled')
  expect(await verdict(secret)).toBe('api_key_disabled')
  expect((await json<Made>(['disable', key.id, '--undo'])).key.state).toBe('active')
  expect(await verdict(secret)).toBe(key.id)
})

it('rotate keeps the key and its budgets; the old secret lasts as long as is said', async () => {
  const { key, secret } = await json<Made>(['create', '--name', 'a', '--budget', '1/day'])
  const rotated = await json<Made>(['rotate', key.id, '--grace', '1h'])
  expect(rotated.key).toEqual({ ...key, oldSecretUntil: '2026-11-24T13:00:00.000Z' })
  expect([await verdict(secret), await verdict(rotated.secret), await verdict(secret, NOW + 3_600_000), await verdict(rotated.secret, NOW + 3_600_000)]).toEqual([key.id, key.id, 'api_key_superseded', key.id])
  const again = await json<Made>(['rotate', key.id, '--grace', '0'])
  expect([await verdict(secret), await verdict(rotated.secret), await verdict(again.secret)]).toEqual(['invalid_api_key', 'invalid_api_key', key.id])
})

it('list fits the terminal and shows state, use and rules', async () => {
  const { key } = await json<Made>(['create', '--name', 'a long name that goes on and on', '--rpm', '60', '--residency', 'eu', '--budget', '20/day', '--expires', '1d'])
  const { stdout } = await keys(['list'], NOW + 86_400_000)
  expect(stdout).toContain(key.id)
  expect(stdout).toMatch(/expired +never +eu, 60 rpm, \$20\/day/u)
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
})

it.each([
  ['an unknown key', ['disable', 'key_none'], 'KEY_UNKNOWN'],
  ['an unknown key', ['rotate', 'key_none'], 'KEY_UNKNOWN'],
  ['an unknown key', ['rules', 'key_none', '--rpm', '1'], 'KEY_UNKNOWN'],
  ['no name', ['create'], 'commander.missingMandatoryOptionValue'],
  ['an empty tenant', ['create', '--name', 'a', '--tenant', ''], 'CONTROL_ROW_INVALID'],
  ['an unknown scope', ['create', '--name', 'a', '--scopes', 'call,root'], 'commander.invalidArgument'],
  ['an empty model', ['create', '--name', 'a', '--models', 'm,,n'], 'commander.invalidArgument'],
  ['a fractional limit', ['create', '--name', 'a', '--rpm', '1.5'], 'commander.invalidArgument'],
  ['a negative limit', ['create', '--name', 'a', '--tpm', '-1'], 'commander.invalidArgument'],
  ['an unknown priority', ['create', '--name', 'a', '--priority', 'urgent'], 'commander.invalidArgument'],
  ['a past expiry', ['create', '--name', 'a', '--expires', '2020-01-01'], 'CLI_USAGE'],
  ['an expiry that is no date', ['create', '--name', 'a', '--expires', '2027-13-45'], 'commander.invalidArgument'],
  ['a budget without a period', ['create', '--name', 'a', '--budget', '20'], 'commander.invalidArgument'],
  ['a budget a week', ['create', '--name', 'a', '--budget', '20/week'], 'commander.invalidArgument'],
  ['a negative budget', ['create', '--name', 'a', '--budget=-20/day'], 'commander.invalidArgument'],
  ['a budget that is no amount', ['create', '--name', 'a', '--budget', 'much/day'], 'MONEY_INVALID'],
  ['an absurd budget', ['create', '--name', 'a', '--budget', '10000000000/day'], 'commander.invalidArgument'],
])('%s is wrong usage, and nothing is made', async (_, argv, code) => {
  await keys(['create', '--name', 'first'])
  expect(await keys(argv)).toEqual({ stdout: '', code })
  expect((await json<{ keys: unknown[] }>(['list'])).keys).toHaveLength(1)
})

it('a data directory that is not there is an error for all that only look, and is not made', async () => {
  for (const argv of [['list'], ['rules', 'key_1'], ['disable', 'key_1'], ['rotate', 'key_1']]) expect(await keys(argv)).toEqual({ stdout: '', code: 'FILE_NOT_FOUND' })
  expect(readdirSync(folder)).not.toContain(String(folders))
})

it('--data goes before SPILLWAY_DATA', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await keys(['create', '--name', 'a', '--data', elsewhere])
  expect((await keys(['list'])).code).toBe('FILE_NOT_FOUND')
  expect((await keys(['list', '--data', elsewhere])).stdout).toContain('key_')
})
