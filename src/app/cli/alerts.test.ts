import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AlertFiles } from '../alerts/alert-files.ts'
import { aNotice } from '../alerts/testing.ts'
import { run, type CliRun } from './testing.ts'

interface World {
  readonly data: string
  readonly alerts: (...argv: string[]) => Promise<CliRun>
}

function world(env: Readonly<Record<string, string>> = {}): World {
  const data = mkdtempSync(join(tmpdir(), 'spillway-alerts-cli-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  return { data, alerts: (...argv) => run(['alerts', ...argv], { io: { env: { SPILLWAY_DATA: data, ...env } } }) }
}

describe('spillway alerts', () => {
  it('lists what is open and what is silenced', async () => {
    const { data, alerts } = world()
    expect(await alerts('list')).toMatchObject({ exit: 0, stdout: 'Nothing is open.\n' })
    new AlertFiles(data).writeOpen([aNotice({}, { text: 'Pool floor\u001b[31m is down.' }).alert])
    const silenced = await alerts('silence', 'pool-unhealthy:', '--for', '2h', '--reason', 'new engine')
    const [, id] = /^Silence ([0-9a-f]{8}), until 2026-11-24 14:00 UTC\.\n$/u.exec(silenced.stdout)!
    const { stdout } = await alerts('list')
    expect(stdout).toBe(`warning   2026-11-20 11:59  pool-unhealthy:floor
  Pool floor\\u001b[31m is down.

silence   alerts            until (UTC)       reason
${id}  pool-unhealthy:*  2026-11-24 14:00  new engine
`)
    expect(JSON.parse((await alerts('list', '--json')).stdout)).toMatchObject({ open: [{ condition: { id: 'pool-unhealthy:floor' } }], silences: [{ id, prefix: 'pool-unhealthy:', kind: null, reason: 'new engine' }] })
    expect(await alerts('unsilence', id!)).toMatchObject({ exit: 0, stdout: `Silence ${id} is over.\n` })
    expect(await alerts('unsilence', id!)).toMatchObject({ exit: 2, stderr: `error CLI_USAGE: there is no silence ${id}. See "spillway alerts list"\n` })
  })

  it.each([['2'], ['forever'], ['-1h'], ['1y'], ['']])('refuses "%s" as a time', async (time) => {
    const { exit, stderr } = await world().alerts('silence', '--for', time)
    expect([exit, stderr]).toEqual([2, `error DURATION_INVALID: "${time}" is not a time. Give one such as 30m, 4h or 2d\n`])
  })

  it('sends a test to every channel and says which took it', async () => {
    const paths: string[] = []
    const server = createServer((req, res) => {
      paths.push(req.url!)
      req.resume().on('end', () => res.writeHead(req.url === '/good' ? 200 : 404).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { data, alerts } = world({ GOOD: `http://127.0.0.1:${port}/good`, BAD: `http://127.0.0.1:${port}/gone` })
    const file = join(data, 'spillway.yaml')
    const pools = 'pools: [{ id: a, endpoints: ["http://127.0.0.1:1"], models: [m], offer: deepinfra/llama-3.1-8b-instruct-turbo }]\n'
    writeFileSync(file, `${pools}alerts: { to: [{ type: webhook, url: env:GOOD }, { type: slack, url: env:BAD }] }\n`)
    expect(await alerts('test', '-c', file)).toMatchObject({ exit: 3, stdout: `ok    webhook at 127.0.0.1:${port}\nFAIL  slack at 127.0.0.1:${port}: status 404\n` })
    expect(paths).toEqual(['/good', '/gone'])
    writeFileSync(file, pools)
    expect(await alerts('test', '-c', file)).toMatchObject({ exit: 2, stderr: expect.stringContaining('the configuration names no channel') as string })
  })
})
