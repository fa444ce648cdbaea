import type { Agent, Pool } from 'undici'
import type { Api } from '../../core/call.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { EndpointConfig, GatewayConfig, PoolConfig } from '../config-types.ts'
import type { Admission, ParsedCall } from '../seams.ts'
import { type AuditRules, auditRules } from './audit-rules.ts'
import type { GatewayRules } from './deps.ts'
import { upperEstimate } from './estimate.ts'
import { addressIn } from './own-secrets.ts'
import { ReplicaShare } from './replica-share.ts'
import type { Router } from './routing.ts'
import type { SocketNeeds, UpstreamPools } from './upstream-pools.ts'

/** One endpoint, with the sockets to it. */
export interface Endpoint {
  /** `pool/endpoint`, as the policy names it. */
  readonly key: string
  readonly config: EndpointConfig
  readonly pool: PoolConfig
  readonly upstream: Pool
  /** For what the upstream keeps at another origin, such as a stream's own host. */
  readonly elsewhere: Agent
  readonly share: ReplicaShare
  /** What must never reach a client: credentials and address. */
  readonly secrets: readonly string[]
}

/** What is known of a model before the policy is asked. */
export interface ModelRoutes {
  /** Keys of endpoints that serve the model but not this API; null = none serves it. */
  readonly excluded: { readonly [api in Api]: readonly string[] | null }
  readonly estimate: (call: ParsedCall) => NanoUsd
  /** Whether it matters which endpoint has seen a prompt's beginning. */
  readonly prefixMatters: boolean
}

/** One configuration with its policy and admission, in the form that calls use. A reload makes a new one; the old one serves out its calls. */
export class Runtime {
  readonly config: GatewayConfig
  readonly admission: Admission
  readonly router: Router
  readonly models: ReadonlyMap<string, ModelRoutes>
  readonly audit: AuditRules
  readonly #endpoints: ReadonlyMap<string, ReadonlyMap<string, Endpoint>>
  readonly #upstreams: UpstreamPools
  /** Calls that run under it. */
  calls = 0

  constructor(rules: GatewayRules, router: Router, upstreams: UpstreamPools) {
    this.config = rules.config
    this.admission = rules.admission
    this.router = router
    this.#upstreams = upstreams
    this.#endpoints = new Map(rules.config.pools.map((pool) => [pool.id, new Map(endpointsOf(pool, rules.config.timeouts.connectMs, upstreams).map((endpoint) => [endpoint.config.id, endpoint]))]))
    this.models = modelsOf(rules.config.pools)
    this.audit = auditRules(rules.config.audit)
  }

  endpoint(pool: string, id: string): Endpoint | undefined {
    return this.#endpoints.get(pool)?.get(id)
  }

  /** Closes the sockets that no other configuration uses. */
  retire(): void {
    for (const endpoints of this.#endpoints.values()) {
      for (const { config, pool } of endpoints.values()) this.#upstreams.release(socketNeeds(config, pool, this.config.timeouts.connectMs))
    }
  }
}

/** Names that go into response headers as they are. */
const NAME = /^[\x21-\x7e]{1,128}$/u

function endpointsOf(pool: PoolConfig, connectMs: number, upstreams: UpstreamPools): Endpoint[] {
  return pool.endpoints.map((endpoint) => {
    if (!NAME.test(pool.id) || !NAME.test(endpoint.id)) throw new SpillwayError('CONFIG_INVALID', `"${pool.id}/${endpoint.id}" cannot name an endpoint`, 'Use up to 128 visible ASCII characters')
    return {
      key: `${pool.id}/${endpoint.id}`,
      config: endpoint,
      pool,
      upstream: upstreams.acquire(socketNeeds(endpoint, pool, connectMs)),
      elsewhere: upstreams.elsewhere,
      share: new ReplicaShare(pool.kind === 'dedicated' ? Number.POSITIVE_INFINITY : pool.capacity),
      secrets: [...('secret' in pool.auth ? [pool.auth.secret] : []), ...addressIn(endpoint.url)],
    }
  })
}

function socketNeeds({ url }: EndpointConfig, { connections, allowLinkLocal = false }: PoolConfig, connectMs: number): SocketNeeds {
  return { url, connections, connectMs, allowLinkLocal }
}

const APIS: readonly Api[] = ['chat', 'completions', 'embeddings', 'responses', 'messages']

function modelsOf(pools: readonly PoolConfig[]): Map<string, ModelRoutes> {
  const names = new Set(pools.flatMap((pool) => Object.keys(pool.models)))
  return new Map([...names].map((name) => [name, routesOf(pools.filter((pool) => Object.hasOwn(pool.models, name)))]))
}

function routesOf(pools: readonly PoolConfig[]): ModelRoutes {
  const excluded = APIS.map((api) => {
    const without = pools.filter((pool) => !pool.apis.includes(api))
    return [api, without.length === pools.length ? null : without.flatMap((pool) => pool.endpoints.map((endpoint) => `${pool.id}/${endpoint.id}`))]
  })
  return {
    excluded: Object.fromEntries(excluded) as ModelRoutes['excluded'],
    estimate: upperEstimate(pools),
    prefixMatters: pools.some((pool) => pool.endpoints.length > 1),
  }
}
