import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { KEY, onStop } from '../../route/gateway/testing.ts'
import { configSecrets, createLogger } from '../metrics/logger.ts'
import { startServer, type RunningServer } from './start-server.ts'

/** A whole server, as `spillway serve` runs it, but for the file that its configuration came from. */
export interface Whole {
  readonly server: RunningServer
  readonly url: string
  readonly dataDir: string
  /** The key that it knows without its store. */
  readonly staticKey: string
  readonly records: CallRecord[]
  /** Lines of the log. */
  readonly logged: string[]
  /** What its clock says ahead of real time, ms. */
  ahead: number
  readonly reload: (config: GatewayConfig) => void
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  readonly get: (path: string) => Promise<Response>
}

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-server-'))
  onStop(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })), 'last')
  return folder
}

/** Starts one that knows `KEY` as a static key, in `dataDir`; `stopAll` ends it. */
export async function startWhole(config: GatewayConfig, dataDir = scratchFolder()): Promise<Whole> {
  const own = (one: GatewayConfig): GatewayConfig => ({ ...one, server: { ...one.server, dataDir, staticKeys: [{ id: 'key-1', secret: KEY, tenant: 'acme' }] } })
  let current = own(config)
  const records: CallRecord[] = []
  const logged: string[] = []
  const log = createLogger({ secrets: () => configSecrets(current), destination: { write: (line) => void logged.push(line) } })
  const time = { ahead: 0 }
  const server = await startServer(current, { clock: { now: () => Date.now() + time.ahead }, random: seededRandom(1), log, onRecord: (record) => records.push(record) })
  onStop(() => server.stop())
  const url = `http://${server.host}:${server.port}`
  return Object.assign(time, {
    server,
    url,
    dataDir,
    staticKey: KEY,
    records,
    logged,
    reload: (next: GatewayConfig) => server.reload((current = own(next))),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url + path, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    get: (path: string) => fetch(url + path),
  })
}
