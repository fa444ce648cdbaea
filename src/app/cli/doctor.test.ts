import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../doctor/testing.ts'
import { doctorCommand } from './doctor.ts'
import type { Io } from './io.ts'

interface Run {
  readonly exit: number
  readonly stdout: string
}

/** Runs the command by itself, as `runCli` would. */
async function doctor(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  let stdout = ''
  const io: Io = { stdout: (text) => void (stdout += text), stderr: () => {}, ask: null, columns: 100, color: false, progress: false, live: false, env, now: () => new Date() }
  await new Command('spillway').addCommand(doctorCommand(io)).parseAsync(['doctor', ...argv], { from: 'user' })
  const exit = Number(process.exitCode ?? 0)
  process.exitCode = undefined
  return { exit, stdout }
}

function written(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-doctor-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'spillway.yaml')
  writeFileSync(file, text)
  return file
}

const config = (url: string, model = 'm'): string => `server: { port: 0, keys: [{ id: ci, secret: env:KEY }] }\npools:\n  - id: floor\n    offer: runpod-community-h100-80gb\n    endpoints: [${url}]\n    models: [${model}]\n    auth: { type: bearer, secret: env:TOKEN }\n`
const ENV = { KEY: 'k', TOKEN: 'canary-token' }

describe('spillway doctor', () => {
  it('all is well: a line a check, exit 0', async () => {
    const { url } = await serve((request, response) => response.writeHead(request.headers.authorization === 'Bearer canary-token' ? 200 : 401).end('{"data":[{"id":"m"}]}'))
    const { exit, stdout } = await doctor(['-c', written(config(url))], ENV)
    expect(stdout.split('\n').filter((line) => /^(ok|warn|fail)/u.test(line)).map((line) => line.replaceAll(/\s+/gu, ' ').slice(0, 20))).toEqual([
      expect.stringMatching(/^ok node v\d/u),
      expect.stringMatching(/^ok config/u),
      expect.stringMatching(/^(ok|warn) data/u),
      expect.stringMatching(/^ok port/u),
      expect.stringMatching(/^ok keys 1 that/u),
      expect.stringMatching(/^ok audit off/u),
      expect.stringMatching(/^ok pool floor/u),
      expect.stringMatching(/^(ok|warn) price floor/u),
      expect.stringMatching(/^ok clock/u),
    ])
    expect(stdout).toMatch(/\n\n\d ok, \d to look at, 0 failed\n$/u)
    expect(exit).toBe(0)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(stdout).not.toContain('canary')
  })

  it('a pool that is down and a model that is not served: each with its mend, exit 3', async () => {
    const { url } = await serve((_, response) => response.end('{"data":[{"id":"other"}]}'))
    const { exit, stdout } = await doctor(['--json', '-c', written(`${config(url)}  - id: gone\n    offer: runpod-community-h100-80gb\n    endpoints: [http://127.0.0.1:1]\n    models: [m]\n`)], ENV)
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: { status: string; check: string; message: string; mend: string }[] }
    expect([exit, ok]).toEqual([3, false])
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([
      { status: 'fail', check: 'pool floor', message: expect.stringContaining('does not serve m'), mend: expect.stringContaining('It serves other') },
      { status: 'fail', check: 'pool gone', message: '127.0.0.1:1 does not answer: connection refused', mend: 'Start it, or check the URL and the network between' },
    ])
  })

  it('a wrong configuration: every problem with file, line and column, exit 3', async () => {
    const file = written(config('http://10.0.0.5').replace('models', 'modles'))
    const { exit, stdout } = await doctor(['-c', file], {})
    expect(exit).toBe(3)
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(`fail config ${file}:6:5: pools[0].modles is no setting that Spillway knows (CONFIG_INVALID). Did you mean models?.`)
  })

  it('a secret that is missing is named, and its value nowhere', async () => {
    const { exit, stdout } = await doctor(['-c', written(config('http://10.0.0.5'))], { TOKEN: 'canary-token' })
    expect([exit, stdout.replaceAll(/\s+/gu, ' ')]).toEqual([3, expect.stringContaining('refers to env:KEY, which is not set')])
    expect(stdout).not.toContain('canary')
  })

  it('no file: says so, exit 3', async () => {
    const { exit, stdout } = await doctor(['-c', '/nowhere/spillway.yaml'])
    expect([exit, stdout]).toEqual([3, expect.stringContaining('FILE_NOT_FOUND')])
  })
})
