import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Observation, Score } from '../../core/observation.ts'
import { openTelemetry, type Telemetry } from '../../measure/load/open-telemetry.ts'
import type { DedicatedPool } from '../../measure/query/route.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { recordsOf } from '../ingest/records.ts'
import { TELEMETRY_OFF, type TelemetryService } from '../telemetry/start-telemetry.ts'
import { createDoor, type Door, type DoorDeps } from '../auth/door.ts'
import { DASHBOARD } from '../config/defaults.ts'
import { Sessions } from '../auth/sessions.ts'
import { memoryControl } from '../../store/control/memory.ts'
import { apiRoutes } from './api-routes.ts'

/** Keys by the tenant that they read; `CALLER` has no scope to read. */
export const KEYS: Readonly<Record<string, string>> = { 'sw_acme': 'acme', 'sw_rival': 'rival' }
export const CALLER = 'sw_caller'
/** Of acme, and may see what concerns all tenants. */
export const ADMIN = 'sw_admin'

export interface TestApi {
  readonly base: string
  readonly telemetry: Telemetry
  readonly defects: unknown[]
  readonly get: (target: string, key?: string | null, init?: RequestInit) => Promise<Response>
  /** What telemetry is to the routes from now on. */
  service: TelemetryService
  /** Files of exports that lie about. */
  readonly leftFiles: () => string[]
  readonly close: () => Promise<void>
}

/** The API alone on a free port, over a store with these records; `now` fixes its clock. */
export async function startApi(observations: readonly Observation[], scores: readonly Score[], now: number, dedicated: readonly DedicatedPool[] = []): Promise<TestApi> {
  const root = mkdtempSync(join(tmpdir(), 'spillway-api-'))
  const folder = join(root, 'journal')
  const journal = await openJournal({ folder, clock: { now: () => now } })
  for (const record of recordsOf(observations, scores)) journal.append(record)
  await journal.flush()
  const telemetry = await openTelemetry({ folder: join(root, 'telemetry'), journal: folder, memoryMb: 128, threads: 1 })
  await telemetry.load(journal.stats().bytes)
  const defects: unknown[] = []
  const own: { service: TelemetryService } = { service: { store: () => telemetry, status: () => ({ ...TELEMETRY_OFF.status(), state: 'on', asOf: now - 5, ageMs: 5, behindBytes: 7 }) } }
  const routes = apiRoutes({
    door: testDoor((secret) => {
        const tenant = secret === CALLER || secret === ADMIN ? 'acme' : KEYS[secret ?? '']
        if (tenant === undefined) return { ok: false, status: 401, code: 'invalid_api_key', message: 'The key is not valid.', retryAfterSeconds: null, keyId: null, tenant: '' }
        return { ok: true, keyId: secret!, tenant, models: null, mayIngest: false, mayRead: secret !== CALLER, mayAudit: false, mayAdminister: secret === ADMIN }
    }, now),
    telemetry: () => own.service,
    dedicated: () => dedicated,
    clock: { now: () => now },
    onDefect: (error) => defects.push(error),
  })
  const server = createServer((request, response) => {
    if (!routes(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const exports = join(root, 'telemetry', 'exports')
  return Object.assign(own, {
    base,
    telemetry,
    defects,
    get: (target: string, key: string | null = 'sw_acme', init: RequestInit = {}) => fetch(base + target, { ...init, headers: key === null ? {} : { authorization: `Bearer ${key}` } }),
    leftFiles: () => (existsSync(exports) ? readdirSync(exports) : []),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await telemetry.close()
      await journal.close()
      rmSync(root, { recursive: true })
    },
  })
}

/** Keys alone: nobody is signed in. */
function testDoor(identify: DoorDeps['admission']['identify'], now: number): Door {
  return createDoor({ admission: { identify }, sessions: new Sessions(memoryControl().people, () => DASHBOARD), config: () => DASHBOARD, clock: { now: () => now } })
}
