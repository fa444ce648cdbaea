import type { Catalog } from '../../core/catalog/types.ts'
import type { RateCard } from '../../core/billing/rate-card.ts'
import type { EndpointConfig, PoolConfig, UpstreamAuth, UpstreamProtocol } from '../../route/config-types.ts'
import * as defaults from './defaults.ts'
import { poolPrice } from './pool-price.ts'
import { presetOf } from './pool-preset.ts'
import type { Problems } from './problems.ts'
import type { AuthFile, PoolFile } from './schema.ts'
import { fraction, milliseconds } from './units.ts'
import { upstreamUrl } from './upstream-url.ts'
import type { Path } from './yaml-source.ts'

export interface Resolved {
  readonly catalog: Catalog
  readonly secrets: ReadonlyMap<string, string>
}

/** One pool with every default filled in; null where its price is a problem. */
export function poolConfig(pool: PoolFile, index: number, { catalog, secrets }: Resolved, problems: Problems): PoolConfig | null {
  const path: Path = ['pools', index]
  const price = poolPrice(pool, catalog, path, problems)
  const preset = presetOf(pool, path, problems)
  const endpoints = endpointConfigs(pool, preset?.url, path, problems)
  const models = modelNames(pool)
  if (price === null) return null
  const kind = price.card.rule
  if (pool.kind !== undefined && pool.kind !== kind) problems.add([...path, 'kind'], `is ${pool.kind} but its price is by the rule ${kind}`, `Leave kind out, or give an offer that is billed as ${pool.kind}`)
  const protocol = pool.protocol ?? preset?.protocol ?? 'openai'
  const paths = { ...preset?.paths, ...pool.paths }
  const capacity = pool.capacity ?? defaults.CAPACITY[kind]
  return {
    id: pool.id,
    kind,
    region: pool.region ?? null,
    protocol,
    endpoints,
    models,
    apis: pool.apis ?? defaults.APIS[protocol],
    ...(Object.keys(paths).length === 0 ? {} : { paths }),
    auth: pool.auth === undefined ? { type: 'none' } : upstreamAuth(pool.auth, secrets),
    card: price.card,
    priceVersion: price.version,
    capacity,
    maxInFlight: pool.maxInFlight ?? null,
    alwaysWarm: pool.alwaysWarm ?? kind !== 'serverless',
    coldStartSeconds: pool.coldStart === undefined ? coldStart(price.card) : milliseconds(pool.coldStart) / 1000,
    gpusPerReplica: pool.gpus ?? 1,
    metrics: probe(pool.metrics, ownEngine(kind, protocol) ? defaults.METRICS : null, defaults.METRICS),
    health: probe(pool.health, ownEngine(kind, protocol) || protocol === 'runpod' ? defaults.HEALTH : null, defaults.HEALTH),
    // Calls beyond the sockets would wait where no policy sees them.
    connections: pool.connections ?? Math.max(defaults.CONNECTIONS, capacity),
    ...(pool.allowLinkLocal === true ? { allowLinkLocal: true } : {}),
  }
}

/** Credentials with the secrets in place of the references to them. */
export function upstreamAuth(auth: AuthFile, secrets: ReadonlyMap<string, string>): UpstreamAuth {
  switch (auth.type) {
    case 'none':
      return { type: 'none' }
    case 'bearer':
      return { type: 'bearer', secret: secrets.get(auth.secret) ?? '' }
    case 'header':
      return { type: 'header', header: auth.header.toLowerCase(), secret: secrets.get(auth.secret) ?? '' }
    case 'aws-sigv4':
      return { type: 'aws-sigv4', region: auth.region, service: auth.service }
    case 'google-adc':
      return { type: 'google-adc', scopes: auth.scopes ?? defaults.GOOGLE_SCOPES }
  }
}

/** Ids stand in response headers and in every record. */
const MAX_NAME = 128

function endpointConfigs(pool: PoolFile, presetUrl: string | undefined, path: Path, problems: Problems): EndpointConfig[] {
  const given = pool.endpoints ?? (presetUrl === undefined ? [] : [presetUrl])
  if (given.length === 0) problems.add([...path, 'endpoints'], 'is missing', 'Give a list of base URLs, such as [http://10.0.0.5:8000], or a preset')
  const ids = new Map<string, number>()
  const endpoints = given.map((raw, index): EndpointConfig => {
    const at: Path = [...path, 'endpoints', index]
    const { url: text, id, canary } = typeof raw === 'string' ? { url: raw } : raw
    const url = upstreamUrl(text, typeof raw === 'string' ? at : [...at, 'url'], problems, pool.allowLinkLocal === true)
    const name = id ?? (url === '' ? `#${index}` : url.replace(/^https?:\/\//u, ''))
    const first = ids.get(name)
    if (name.length > MAX_NAME) problems.add(at, 'has a URL too long to be its id', 'Give it one, as {id: name, url: ...}')
    if (first !== undefined) problems.add(id === undefined ? at : [...at, 'id'], `has the same id as endpoints[${first}]`, 'Give each an id of its own')
    ids.set(name, index)
    return { id: name, url, canaryShare: canary === undefined || canary === null ? null : fraction(canary) }
  })
  const canaries = endpoints.filter(({ canaryShare }) => canaryShare !== null)
  if (endpoints.length > 0 && canaries.length === endpoints.length) problems.add([...path, 'endpoints'], 'are all canaries', 'Leave canary out on the ordinary ones')
  if (canaries.reduce((sum, { canaryShare }) => sum + (canaryShare ?? 0), 0) > 1) problems.add([...path, 'endpoints'], 'give canaries more than all of the traffic', 'Lower the shares to 100% together')
  return endpoints
}

function modelNames({ models }: PoolFile): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.isArray(models) ? models.map((name) => [name, name]) : Object.entries(models))
}

function coldStart(card: RateCard): number {
  if (card.rule !== 'serverless') return 0
  return card.coldStart?.p50 ?? defaults.COLD_START_SECONDS
}

/** Whether an inference engine of the user's answers there, with its own `/metrics` and `/health`, rather than a service. */
function ownEngine(kind: PoolConfig['kind'], protocol: UpstreamProtocol): boolean {
  return kind === 'dedicated' && protocol === 'openai'
}

type Probe = { readonly path: string; readonly intervalMs: number }

function probe(given: false | { path?: string; every?: string } | undefined, absent: Probe | null, base: Probe): Probe | null {
  if (given === undefined) return absent
  return given === false ? null : { path: given.path ?? base.path, intervalMs: given.every === undefined ? base.intervalMs : milliseconds(given.every) }
}
