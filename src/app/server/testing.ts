import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import { createEngineSim, type EngineSim } from '../../enginesim/engine-sim.ts'
import { fixedTiming } from '../../enginesim/timing.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { loadConfig } from '../config/load-config.ts'
import { DEMO_KEY, DEMO_KEY_VARIABLE, demoYaml } from '../demo/demo-config.ts'
import { run } from '../cli/testing.ts'
import { startServer, type RunningServer } from './start-server.ts'

export { DEMO_KEY }
export const MODEL = 'llama-3.1-8b'
/** Served by an upstream that keeps what it was asked; see `TestServer.upstream`. */
export const RECORDED_MODEL = 'recorded'
export const MESSAGES = [{ role: 'user' as const, content: 'Say something short.' }]

/** What the recording upstream was asked, and how it answers. */
export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body, byte for byte. */
  readonly text: string
}

export interface TestServer {
  readonly base: string
  /** For clients of OpenAI's API. */
  readonly baseURL: string
  readonly data: string
  readonly server: RunningServer
  readonly records: readonly CallRecord[]
  /** The record of a response, by its header. */
  readonly recordOf: (response: { readonly headers: Headers }) => CallRecord
  readonly upstream: { readonly asked: readonly Asked[]; answer: (res: ServerResponse, asked: Asked) => void }
  /** A key made by `spillway keys create` before the server started. */
  readonly key: (name: string) => string
  readonly close: () => Promise<void>
}

/**
 * A whole server as `spillway serve` wires it, on two dedicated simulated engines, a serverless one and an upstream that
 * keeps what it was asked. `keys`: further keys by name, with the options of `spillway keys create`. Telemetry costs each test
 * a thread and is off unless it is what the test is about.
 */
export async function startTestServer(keys: Readonly<Record<string, readonly string[]>> = {}, telemetry: GatewayConfig['telemetry']['mode'] = 'off'): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-server-'))
  const data = join(folder, 'data')
  const clock = { now: () => Date.now() }
  const sims = await startSims(clock)
  const asked: Asked[] = []
  const upstream: TestServer['upstream'] = { asked, answer: (res) => void res.writeHead(500).end() }
  const recorder = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const one = { path: req.url ?? '', headers: req.headers, text: Buffer.concat(chunks).toString() }
      asked.push(one)
      upstream.answer(res, one)
    })
  })
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve))
  const secrets = new Map(await Promise.all(Object.entries(keys).map(async ([name, options]) => [name, await createKey(data, name, options)] as const)))
  const file = join(folder, 'spillway.yaml')
  writeFileSync(file, yaml(sims.ports, (recorder.address() as AddressInfo).port, data))
  const config = await loadConfig(file, { env: { [DEMO_KEY_VARIABLE]: DEMO_KEY } })
  const records: CallRecord[] = []
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const server = await startServer({ ...config, audit: { ...config.audit, mode: 'off' }, telemetry: { ...config.telemetry, mode: telemetry }, server: { ...config.server, port: 0 } }, { clock, random: seededRandom(1), log, onRecord: (record) => records.push(record) })
  const base = `http://${server.host}:${server.port}`
  return {
    base,
    baseURL: `${base}/v1`,
    data,
    server,
    records,
    recordOf: ({ headers }) => records.find(({ id }) => id === headers.get('x-spillway-call-id'))!,
    upstream,
    key: (name) => secrets.get(name)!,
    close: async () => {
      await server.stop()
      await sims.close()
      recorder.closeAllConnections()
      await new Promise((resolve) => recorder.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

async function startSims(clock: { readonly now: () => number }): Promise<{ readonly ports: readonly number[]; readonly close: () => Promise<void> }> {
  const engine = { clock, timing: fixedTiming({ ttftMs: 1, tpotMs: 0.2, prefillUsPerToken: 0 }), models: [MODEL, 'llama-3.1-70b'] }
  const sims: EngineSim[] = [createEngineSim(engine), createEngineSim(engine), createEngineSim({ ...engine, serverless: { coldStartSeconds: () => 0.01 } })]
  return {
    ports: await Promise.all(sims.map(async (sim) => (await sim.listen()).port)),
    close: async () => void (await Promise.all(sims.map((sim) => sim.close()))),
  }
}

async function createKey(data: string, name: string, options: readonly string[]): Promise<string> {
  const { stdout, stderr, exit } = await run(['keys', 'create', '--name', name, '--data', data, '--json', ...options])
  if (exit !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { readonly secret: string }).secret
}

function yaml(ports: readonly number[], recorder: number, dataDir: string): string {
  const demo = demoYaml({ dedicated: ports.slice(0, 2), serverless: ports[2]! }, { capacity: 12, port: 8787, dataDir, coldStartSeconds: 1, speed: 1 })
  return demo.replace(
    '\nrouting:',
    `
  - id: recorder
    offer: deepinfra/llama-3.1-8b-instruct-turbo
    endpoints: [http://127.0.0.1:${recorder}]
    models: [${RECORDED_MODEL}]

routing:`,
  )
}
