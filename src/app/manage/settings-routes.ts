import Type from 'typebox'
import type { Catalog } from '../../core/catalog/types.ts'
import type { AlertChannel, BodiesConfig, GatewayConfig, PoolConfig } from '../../route/config-types.ts'
import { BUILD } from '../audit/build.ts'
import { shippedCatalog } from '../catalog.ts'
import { poolPrices } from './price-view.ts'
import { manageRoute, type ManageRoute } from './route.ts'
import { boolean, list, object, orNull, text } from './shapes.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const number = (description: string) => Type.Number({ description })
const PROBE = orNull(object({ path: text('where'), intervalMs: number('how often') }), 'the probe')
const POOL = object({
  id: text('its name'),
  kind: text('dedicated, serverless or tokens'),
  region: orNull(text('a region'), 'where it is; null = not stated'),
  protocol: text('what it speaks'),
  endpoints: list(object({ id: text('its name'), url: text('its address'), canaryShare: orNull(number('from 0 to 1'), 'its share of sessions as a canary') }), 'in their order'),
  models: Type.Record(Type.String(), Type.String(), { description: 'the name that clients ask for to the name there' }),
  apis: list(text('an API'), 'what it serves'),
  auth: text('how Spillway authenticates to it; never with what'),
  priceVersion: text('which price'),
  capacity: count('requests that one endpoint holds within the SLO'),
  maxInFlight: orNull(count('requests'), 'cap over the pool'),
  alwaysWarm: boolean({ description: 'whether it never scales to zero' }),
  coldStartSeconds: number('typical'),
  gpusPerReplica: count('of one replica'),
  metrics: PROBE,
  health: PROBE,
})
const PRICE = object({
  pool: text('whose'),
  what: text('such as GPU-hour, or million tokens, output'),
  usd: text('US dollars, exact'),
  offer: orNull(text('an id of the catalog'), 'from which offer; null = the configuration says it itself'),
  source: orNull(text('an address'), 'a document that others can open'),
  asOf: orNull(text('YYYY-MM-DD'), 'the day that it was read'),
  ageDays: orNull(count('days'), 'how long ago'),
  stale: boolean({ description: 'whether it is worth reading again' }),
})
/** As the configuration has them, defaults filled in; times in ms, money in nano-dollars. */
const section = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description })

let catalog: Catalog | null = null

export const settingsRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/settings',
    permission: 'settings',
    summary: 'The configuration in force, without any secret, and the prices in it with their source and age',
    body: null,
    answer: object({
      version: text('a hash of the configuration, as in records'),
      build: text('of Spillway'),
      pools: list(POOL, 'in their order'),
      prices: list(PRICE, 'by pool'),
      policy: section('how calls are routed'),
      limits: section('on requests'),
      timeouts: section('towards upstreams'),
      retries: section('of failed calls'),
      prewarm: list(section('a rule'), 'when serverless pools are kept warm'),
      loops: section('the guard against agents that loop'),
      journal: section('what of it is kept'),
      audit: section('the log that outsiders can verify'),
      alerts: section('what people are told of, and by what kind of channel'),
      telemetry: section('the store of calls'),
      dashboard: section('sessions and the identity provider'),
    }),
    handle: async ({ desk, now }) => {
      const config = desk.config()
      // Milliseconds to read; it does not change.
      catalog ??= shippedCatalog()
      const read = catalog
      return { ...settingsView(config), prices: config.pools.flatMap((pool) => poolPrices(pool, read, now)) }
    },
  }),
]

/** What a pattern looks for may be telling by itself: its name is enough. */
function bodiesView(bodies: BodiesConfig | null): object | null {
  if (bodies === null) return null
  const { maxBytes, redact, patterns = {}, hook = null, keepMs = null } = bodies
  return { maxBytes, redact, patterns: Object.keys(patterns), hasHook: hook !== null, keepMs }
}

/** Names what is shown, so that a new secret in the configuration is not. */
function settingsView({ version, pools, policy, limits, timeouts, retries, prewarm, loops, journal, audit, alerts, telemetry, dashboard }: GatewayConfig): object {
  const { everyMs, remindMs, clearMs, anomalyPerMinute, leakPerMinute, to } = alerts
  const { mode, publicUrl, anonymous, sessionMs, idleMs, oidc } = dashboard
  return {
    version,
    build: BUILD,
    pools: pools.map(poolView),
    policy,
    limits,
    timeouts,
    retries,
    prewarm: prewarm.map(({ pool, cron, timeZone, leadMinutes, keepMinutes, replicas, via }) => ({ pool, cron, timeZone, leadMinutes, keepMinutes, replicas, via })),
    loops,
    journal,
    audit: { mode: audit.mode, models: audit.models ?? [], systems: audit.systems ?? [], witnesses: audit.witnesses.map(({ key, url }) => ({ key, url })), quorum: audit.quorum, bodies: bodiesView(audit.bodies), isRemembered: audit.remember !== null },
    alerts: { everyMs, remindMs, clearMs, anomalyPerMinute, leakPerMinute, to: to.map(channelView) },
    telemetry: { mode: telemetry.mode, keepMs: telemetry.keepMs, memoryMb: telemetry.memoryMb, store: telemetry.clickhouse === null ? 'duckdb' : 'clickhouse' },
    dashboard: { mode, publicUrl, anonymous, sessionMs, idleMs, oidc: oidc === null ? null : { issuer: oidc.issuer, name: oidc.name, roleClaim: oidc.roleClaim, roles: oidc.roles, defaultRole: oidc.defaultRole, tenant: oidc.tenant } },
  }
}

function poolView({ id, kind, region, protocol, endpoints, models, apis, auth, priceVersion, capacity, maxInFlight, alwaysWarm, coldStartSeconds, gpusPerReplica, metrics, health }: PoolConfig): object {
  return { id, kind, region, protocol, endpoints: endpoints.map((one) => ({ id: one.id, url: one.url, canaryShare: one.canaryShare })), models, apis, auth: auth.type, priceVersion, capacity, maxInFlight, alwaysWarm, coldStartSeconds, gpusPerReplica, metrics, health }
}

/** The address of a webhook is a secret: whoever knows it can write there. */
function channelView(channel: AlertChannel): object {
  return channel.type === 'email' ? { type: channel.type, host: channel.host, from: channel.from, to: channel.to } : { type: channel.type, signed: channel.secret !== null }
}
