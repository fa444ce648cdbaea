import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { createAudit } from '../audit/audit-home.ts'
import { demoYaml } from '../demo/demo-config.ts'
import { packageRoot } from '../root.ts'

const folders: string[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-start-'))
  folders.push(folder)
  return folder
}

/** `spillway start` as a process of its own, without a terminal. */
function start(folder: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(packageRoot(), 'src/app/cli/main.ts'), 'start'], { cwd: folder, env: { PATH: process.env['PATH'], SPILLWAY_PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let out = ''
  let err = ''
  const waiting: (() => void)[] = []
  const told = (): void => waiting.splice(0).forEach((look) => look())
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
    told()
  })
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString()
    told()
  })
  const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => {
    resolve(code)
    told()
  }))
  const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(out + err)
        if (found !== null) resolve(found)
        else if (child.exitCode !== null) reject(new Error(`ended with ${child.exitCode}: ${err}`))
        else waiting.push(look)
      }
      look()
    })
  return { child, exit, seen, stdout: () => out, stderr: () => err }
}

describe('spillway start', () => {
  it('without a configuration: the plan, then a gateway that serves its own callers beside the trace, until SIGTERM', { timeout: 60_000 }, async () => {
    const folder = emptyFolder()
    const run = start(folder, { SPILLWAY_DATA: join(folder, 'data') })
    const [, url = ''] = await run.seen(/dashboard is at (http:\S+), for/u)
    expect(run.stdout()).toContain('> hybrid-elastic')
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sw_demo', maxRetries: 0 })
    const models = await client.models.list()
    expect(models.data.map(({ id }) => id).toSorted()).toEqual(['llama-3.1-70b', 'llama-3.1-8b'])
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    const { data, response } = await client.chat.completions.create({ model: 'llama-3.1-8b', max_tokens: 8, messages }).withResponse()
    expect(data.usage?.completion_tokens).toBe(8)
    expect(['floor', 'overflow']).toContain(response.headers.get('x-spillway-pool'))
    expect(response.headers.get('x-spillway-reason')).toBeTruthy()
    expect(response.headers.get('x-spillway-call-id')).toMatch(/^call_/u)
    expect(Number(response.headers.get('x-spillway-cost-usd'))).toBeGreaterThan(0)
    let tokens = 0
    for await (const chunk of await client.chat.completions.create({ model: 'llama-3.1-70b', max_tokens: 8, messages, stream: true, stream_options: { include_usage: true } })) tokens = chunk.usage?.completion_tokens ?? tokens
    expect(tokens).toBe(8)
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(0)
    expect(run.stdout()).toMatch(/calls {2}[\d.]+\/s {2}/u)
  })

  it('with a spillway.yaml: serves that, and the demo\'s key is not there', { timeout: 60_000 }, async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'spillway.yaml'), demoYaml({ dedicated: [9, 9], serverless: 9 }, { capacity: 1, port: 0, dataDir: join(folder, 'data'), coldStartSeconds: 1, speed: 1 }))
    createAudit(join(folder, 'data'), 'localhost/test')
    const run = start(folder, { SPILLWAY_DEMO_KEY: 'sw_of_my_own' })
    const { 1: port } = await run.seen(/"port":(\d+).*"serving"|serving.*"port":(\d+)/u)
    expect(run.stderr()).toContain('spillway.yaml is here')
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization: 'Bearer sw_demo' } })
    expect(answer.status).toBe(401)
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(0)
  })

  it('says which port is in use and how to choose another', { timeout: 60_000 }, async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const folder = emptyFolder()
    const run = start(folder, { SPILLWAY_PORT: String(port), SPILLWAY_DATA: join(folder, 'data') })
    expect(await run.exit).not.toBe(0)
    expect(run.stderr()).toMatch(new RegExp(`error LISTEN_FAILED.*port ${port} .*in use.*SPILLWAY_PORT`, 'u'))
    other.close()
  })
})
