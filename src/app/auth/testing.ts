import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DashboardConfig, GatewayConfig } from '../../route/config-types.ts'
import { createAdmission } from '../../route/admission/admission.ts'
import { OPEN_RULES } from '../../route/admission/key-rules.ts'
import { createKey } from '../../route/admission/manage-keys.ts'
import { testConfig } from '../../route/gateway/testing-config.ts'
import type { ControlStore, KeyRules } from '../../store/control.ts'
import { memoryControl } from '../../store/control/memory.ts'
import type { Membership, Role, UserRow } from '../../store/people.ts'
import { randomBytes } from 'node:crypto'
import { DASHBOARD } from '../config/defaults.ts'
import { TELEMETRY_OFF, type TelemetryService } from '../telemetry/start-telemetry.ts'
import type { Door } from './door.ts'
import { Sessions } from './sessions.ts'
import { startDashboard } from './start-dashboard.ts'
import { csrfOf, newUserId } from './tokens.ts'

export const PASSWORD = 'four unrelated words'

export interface TestSite {
  readonly base: string
  readonly store: ControlStore
  readonly door: Door
  /** What its clock says, its configuration and its telemetry; may be changed. */
  now: number
  config: GatewayConfig
  telemetry: TelemetryService
  readonly dashboard: (change: Partial<DashboardConfig>) => void
  /** The token of a new setup link. */
  readonly setupToken: () => Promise<string>
  /** A user with memberships, signed in without a password. */
  readonly as: (memberships: readonly Membership[], tenant?: string) => Promise<Browser>
  readonly asRole: (role: Role, tenant?: string) => Promise<Browser>
  /** The secret of a new key. */
  readonly key: (scopes: KeyRules['scopes'], tenant?: string) => Promise<string>
  /** Acts that wait for the journal, oldest first. */
  readonly acts: () => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Why sign-ins at the identity provider failed; forgotten then. */
  readonly takeFailures: () => string[]
  /** Throws what it failed at, which the clients were not told. */
  readonly close: () => Promise<void>
}

type Routes = (request: IncomingMessage, response: ServerResponse) => boolean

/** The dashboard's server alone, over a store in memory; `more`: routes after it; `dataDir`: where alerts and the audit log are. */
export async function startSite(change: Partial<DashboardConfig> = {}, more: (door: Door) => Routes = () => () => false, dataDir = '/nonexistent'): Promise<TestSite> {
  const store = memoryControl()
  const pepper = randomBytes(32)
  const clock = { now: (): number => own.now }
  const config = testConfig([])
  const own = { now: Date.UTC(2026, 10, 25, 12), telemetry: TELEMETRY_OFF, config: { ...config, server: { ...config.server, dataDir }, dashboard: { ...DASHBOARD, ...change } } as GatewayConfig }
  const admission = createAdmission({ store, pepper, clock, staticKeys: [], loops: config.loops })
  await admission.reload()
  const defects: unknown[] = []
  const failures: string[] = []
  const { door, routes, setupLink } = startDashboard({ store, pepper, admission, config: () => own.config, isDemo: false, telemetry: () => own.telemetry, audit: () => null, journal: () => ({ bytes: 0, lost: 0 }), clock, onDefect: (error) => defects.push(error), onSignInFailure: (reason) => failures.push(reason) })
  const rest = more(door)
  const server = createServer((request, response) => {
    if (!routes(request, response) && !rest(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const base = `http://127.0.0.1:${port}`
  let users = 0
  const as = async (memberships: readonly Membership[], tenant = memberships[0]?.tenant ?? 'default'): Promise<Browser> => {
    const id = newUserId()
    const user: UserRow = { id, email: `${id.toLowerCase()}@example.com`, name: id, password: null, oidc: null, memberships, createdAt: own.now - 1_000_000 + ++users, disabledAt: null, signedInAt: null }
    await store.people.users.insert(user)
    const token = await new Sessions(store.people, () => own.config.dashboard).begin(user, tenant, own.now)
    return new Browser(base, id, token)
  }
  return Object.assign(own, {
    base,
    store,
    door,
    dashboard: (changed: Partial<DashboardConfig>) => {
      own.config = { ...own.config, dashboard: { ...own.config.dashboard, ...changed } }
    },
    setupToken: async () => (await setupLink('127.0.0.1', port))!.split('#')[1]!,
    as,
    asRole: (role: Role, tenant = 'acme') => as([{ tenant, role }]),
    key: async (scopes: KeyRules['scopes'], tenant = 'acme') => {
      const { secret } = await createKey({ store, pepper, randomBytes, now: own.now }, { name: scopes.join(), tenant, expiresAt: null, rules: { ...OPEN_RULES, scopes } })
      await admission.reload()
      return secret
    },
    acts: async () => (await store.acts.list(1000)).map(({ act }) => act as Readonly<Record<string, unknown>>),
    takeFailures: () => failures.splice(0),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await admission.close()
      if (defects.length > 0) throw defects[0]
    },
  })
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed; null where there is none. */
  readonly body: any
}

/** Keeps the cookie and sends what a page of the site would. */
export class Browser {
  readonly base: string
  readonly user: string
  cookies = new Map<string, string>()
  csrf: string | null = null

  constructor(base: string, user = '', token: string | null = null) {
    this.base = base
    this.user = user
    if (token === null) return
    this.cookies.set('spillway_session', token)
    this.csrf = csrfOf(token)
  }

  async ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.cookies.size === 0 ? {} : { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(method === 'GET' ? {} : { origin: this.base, 'sec-fetch-site': 'same-origin', ...(this.csrf === null ? {} : { 'x-spillway-csrf': this.csrf }) }),
        ...headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line)!
      if (value === '') this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    const text = await response.text()
    const json = text !== '' && response.headers.get('content-type')?.startsWith('application/json') ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : null
    if (typeof json?.['csrf'] === 'string') this.csrf = json['csrf']
    return { status: response.status, headers: response.headers, body: json }
  }
}
