import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import { openDataDir, openDataKeys } from '../../store/control/data-dir.ts'
import { readSecret } from '../../store/control/seal.ts'
import type { Io } from './io.ts'
import { secretsCommand } from './secrets.ts'

const CANARY = 'sk-canary-77aa'
const folder = mkdtempSync(join(tmpdir(), 'spillway-secrets-'))
let folders = 0
let data = ''

beforeEach(() => {
  data = join(folder, String(++folders))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function secrets(argv: readonly string[], env: Record<string, string> = {}, answer: string | null = null): Promise<{ readonly stdout: string; readonly code: string | null }> {
  let stdout = ''
  const ask = answer === null ? null : () => Promise.resolve(answer)
  const io: Io = { stdout: (text) => (stdout += text), stderr: () => {}, ask, columns: 100, color: false, progress: false, env: { SPILLWAY_DATA: data, ...env }, now: () => new Date('2026-11-24T12:00:00Z') }
  try {
    await new Command('spillway').addCommand(secretsCommand(io)).parseAsync(['secrets', ...argv], { from: 'user' })
    return { stdout, code: null }
  } catch (error) {
    return { stdout, code: error instanceof SpillwayError ? error.code : String(error) }
  }
}

async function stored(name: string, value?: string): Promise<string | null> {
  const { store } = openDataDir(data)
  const secret = await readSecret(store.secrets, openDataKeys(data, { value, file: undefined }), name)
  await store.close()
  return secret
}

it('stores a secret from the environment, a file or an answer, and never shows it', async () => {
  const file = join(folder, 'value')
  writeFileSync(file, `${CANARY}-file\n`)
  const shown = [await secrets(['set', 'one', '--env', 'KEY'], { KEY: CANARY }), await secrets(['set', 'two', '--file', file]), await secrets(['set', 'three'], {}, `${CANARY}-asked`), await secrets(['list']), await secrets(['list', '--json'])]
  expect(shown.map(({ code, stdout }) => [code, stdout.includes(CANARY)])).toEqual(shown.map(() => [null, false]))
  expect(shown[3]!.stdout).toBe('one\nthree\ntwo\n')
  expect(await Promise.all(['one', 'two', 'three'].map((name) => stored(name)))).toEqual([CANARY, `${CANARY}-file`, `${CANARY}-asked`])
  expect(['control.sqlite', 'control.sqlite-wal'].map((name) => readable(name).includes(CANARY))).toEqual([false, false])
})

it('rotates the key file: everything is sealed anew and the old key is gone', async () => {
  await secrets(['set', 'one', '--env', 'KEY'], { KEY: CANARY })
  const before = readable('data.key')
  expect(JSON.parse((await secrets(['rotate', '--json'])).stdout)).toMatchObject({ resealed: 1 })
  expect(readable('data.key')).not.toContain(before.trim())
  expect(await stored('one')).toBe(CANARY)
})

it('rotates keys from the environment: the new one in front of the old, then the new one alone', async () => {
  const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  await secrets(['set', 'one', '--env', 'KEY'], { KEY: CANARY, SPILLWAY_DATA_KEY: old })
  expect((await secrets(['rotate'], { SPILLWAY_DATA_KEY: fresh })).code).toBe('SECRET_KEY_UNKNOWN')
  expect((await secrets(['rotate'], { SPILLWAY_DATA_KEY: `${fresh},${old}` })).stdout).toContain('1 secrets')
  expect(await stored('one', fresh)).toBe(CANARY)
})

it('removes', async () => {
  await secrets(['set', 'one', '--env', 'KEY'], { KEY: CANARY })
  expect([(await secrets(['remove', 'one'])).code, (await secrets(['remove', 'one'])).code, await stored('one')]).toEqual([null, 'SECRET_UNKNOWN', null])
})

it.each([
  ['nothing to store', ['set', 'one'], 'CLI_NEEDS_ANSWER'],
  ['an unset variable', ['set', 'one', '--env', 'NONE'], 'CLI_NEEDS_ANSWER'],
  ['a file that is not there', ['set', 'one', '--file', '/none'], 'FILE_NOT_READABLE'],
  ['two sources', ['set', 'one', '--env', 'KEY', '--file', '-'], 'CLI_USAGE'],
  ['an empty name', ['set', '', '--env', 'KEY'], 'CONTROL_ROW_INVALID'],
])('%s is wrong usage', async (_, argv, code) => {
  expect(await secrets(argv, { KEY: CANARY })).toEqual({ stdout: '', code })
})

it('looking into a directory that is not there makes none', async () => {
  expect((await secrets(['list'])).code).toBe('FILE_NOT_FOUND')
})

function readable(name: string): string {
  try {
    return readFileSync(join(data, name), 'latin1')
  } catch {
    return ''
  }
}
