import type { RateCard } from '../core/billing/rate-card.ts'
import type { BreakerSpec, PolicyConfig } from '../core/policy/types.ts'
import type { Api } from '../core/call.ts'
import type { Role } from '../store/people.ts'

/** What the gateway runs by: a checked `spillway.yaml` with every default filled in and every secret resolved. */
export interface GatewayConfig {
  /** Hash of the source, so that a record says by which rules it was decided. */
  readonly version: string
  readonly server: ServerConfig
  readonly pools: readonly PoolConfig[]
  readonly policy: Omit<PolicyConfig, 'pools' | 'breaker'> & { readonly breaker: BreakerSpec }
  readonly limits: RequestLimits
  readonly timeouts: Timeouts
  readonly retries: RetryConfig
  readonly prewarm: readonly PrewarmRule[]
  readonly loops: LoopConfig
  readonly audit: AuditConfig
  readonly journal: JournalConfig
  readonly records: RecordConfig
  readonly alerts: AlertConfig
  readonly telemetry: TelemetryConfig
  readonly dashboard: DashboardConfig
}

/** What of the journal is kept: `store/journal-file/retention.ts`. */
export interface JournalConfig {
  /** What is older goes when all who read the journal have had it; null = it stays. */
  readonly keepMs: number | null
  /** On disk; beyond this the oldest goes, read or not. */
  readonly maxBytes: number
}

/**
 * `besteffort`: each call's leaf follows its record within a second or two; calls never wait for it. `strict`: that a call is
 * about to be served is on disk before an upstream hears of it, and no call is served where that fails. `off`: no leaf.
 */
export type AuditMode = 'off' | 'besteffort' | 'strict'

/** The log that outsiders can verify. */
export interface AuditConfig {
  /** Of all calls that no rule in `models` is about. */
  readonly mode: AuditMode
  /** Modes by model, the first that fits; `*` at the end of a name stands for any rest. Absent = none. */
  readonly models?: readonly { readonly models: string; readonly mode: AuditMode }[]
  /** Whether records have hashes of requests and answers, kept or not, which leaves commit to. Absent = they have. */
  readonly hashBodies?: boolean
  /** Who is to be named in the leaf of a call as the system that made it. Absent = none. */
  readonly systems?: readonly SystemRule[]
  /** Where each checkpoint is kept as well; null = nowhere. */
  readonly remember: string | null
  /** Who is asked to sign each checkpoint: their verifier keys and submission prefixes. */
  readonly witnesses: readonly { readonly key: string; readonly url: string }[]
  /** How many of them must have signed a checkpoint for it to count as witnessed. */
  readonly quorum: number
  /** What is kept of requests and answers, encrypted; null = nothing. */
  readonly bodies: BodiesConfig | null
}

export interface BodiesConfig {
  readonly maxBytes: number
  readonly redact: readonly ('email' | 'iban' | 'card' | 'phone' | 'ip' | 'key')[]
  /** Patterns of one's own: regular expressions by the name that stands in their place. Absent = none. */
  readonly patterns?: Readonly<Record<string, string>>
  /** A module that redacts what patterns cannot; absent or null = none. */
  readonly hook?: string | null
  /** What is older is removed; absent or null = it stays until it is erased. */
  readonly keepMs?: number | null
}

/** An AI system of the operator's: calls that have all that is named. Null = any. */
export interface SystemRule {
  readonly id: string
  readonly keys: readonly string[] | null
  readonly features: readonly string[] | null
  readonly models: readonly string[] | null
}

/** What people are told of, and where. */
export interface AlertConfig {
  /** From one look to the next. */
  readonly everyMs: number
  /** An alert that stays open is told again after this time; null = once. */
  readonly remindMs: number | null
  /** It is over when all has been well for this long. */
  readonly clearMs: number
  /** Excess over the usual from which an hour's spend is told, nano-USD a minute. */
  readonly anomalyPerMinute: number
  /** What a leak loses from which it is told, nano-USD a minute. */
  readonly leakPerMinute: number
  readonly to: readonly AlertChannel[]
}

/** Secrets are resolved values. The address of a webhook is one: whoever knows it can write there. */
export type AlertChannel =
  | { readonly type: 'webhook' | 'slack'; readonly url: string; /** Signs what is sent; null = unsigned. */ readonly secret: string | null }
  | { readonly type: 'email'; readonly host: string; readonly port: number; /** `tls` from the first byte, `starttls` required after the greeting, `none` for a relay on this machine. */ readonly security: 'tls' | 'starttls' | 'none'; /** Null = no login. */ readonly user: string | null; readonly password: string | null; readonly from: string; readonly to: readonly string[] }

/** The pages for people, and how they sign in. */
export interface DashboardConfig {
  readonly mode: 'on' | 'off'
  /** Scheme, host and port that browsers see, without a slash at the end; null = what a request's Host says. */
  readonly publicUrl: string | null
  /** Whether the pages can be looked at without signing in; other than `none` only on a loopback address. */
  readonly anonymous: 'none' | 'viewer' | 'auditor'
  /** A session ends after so long, */
  readonly sessionMs: number
  /** or when nothing was heard of it for so long. */
  readonly idleMs: number
  readonly oidc: OidcConfig | null
}

/** An identity provider. The client's secret is a resolved value; null = a public client. */
export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | null
  /** For the button. */
  readonly name: string
  /** The claim that names a user's groups; null = none is looked at. */
  readonly roleClaim: string | null
  /** Group to role; of several the one with the most rights counts. */
  readonly roles: Readonly<Record<string, Role>>
  /** Of users whom no group gives a role; `none` = they may not in. */
  readonly defaultRole: Role | 'none'
  /** Where these users are members. */
  readonly tenant: string
  /** What is asked for: `openid` and more, such as one that brings the groups. */
  readonly scopes: readonly string[]
}

/** The store of calls that can be asked about. */
export interface TelemetryConfig {
  readonly mode: 'on' | 'off'
  /** What started longer ago is deleted from it; the journal is another matter. */
  readonly keepMs: number
  /** MiB that the database may use. */
  readonly memoryMb: number
  /** A server that keeps it; null = DuckDB, in the data folder. The password is a resolved value. */
  readonly clickhouse: { readonly url: string; readonly database: string; readonly user: string; readonly password: string } | null
}

export interface RecordConfig {
  /** Whether a record has hashes of the parts of its prompt: some microseconds a call, more for long ones. */
  readonly hashSegments: boolean
}

export interface ServerConfig {
  readonly host: string
  readonly port: number
  /** Where the journal, the control database and the key of secrets live. */
  readonly dataDir: string
  /** How long running calls may go on after SIGTERM. */
  readonly drainMs: number
  /** Keys that exist without a database, by secret: the demo's. */
  readonly staticKeys: readonly { readonly id: string; readonly secret: string; readonly tenant: string }[]
}

/** Limits on every input. Above: 413, 400 or 431. */
export interface RequestLimits {
  readonly maxBodyBytes: number
  readonly maxJsonDepth: number
  readonly maxHeaderBytes: number
  /** Time for the whole header and for the whole body of a request to come. */
  readonly headerMs: number
  readonly bodyMs: number
  readonly maxConnections: number
  /** Bytes buffered towards a slow reader before the upstream is paused. */
  readonly writeBufferBytes: number
}

export interface Timeouts {
  readonly connectMs: number
  /** Until the first byte of the answer. */
  readonly firstByteMs: number
  /** Between two chunks. */
  readonly idleMs: number
  readonly totalMs: number
}

export interface RetryConfig {
  /** Tries in all, the first included. */
  readonly attempts: number
  readonly baseMs: number
  readonly maxMs: number
  /** Retries may be at most this share of calls, over a minute. */
  readonly budgetShare: number
}

export interface PoolConfig {
  readonly id: string
  readonly kind: 'dedicated' | 'serverless' | 'tokens'
  readonly region: string | null
  readonly protocol: UpstreamProtocol
  readonly endpoints: readonly EndpointConfig[]
  /** Asked model -> the upstream's name of it. */
  readonly models: Readonly<Record<string, string>>
  readonly apis: readonly Api[]
  /** Paths that take the place of `/v1/chat/completions` and so on, after the endpoint's URL; `{model}` is the upstream's name of the model. See protocols/presets.ts. */
  readonly paths?: Readonly<Partial<Record<Api, string>>>
  readonly auth: UpstreamAuth
  readonly card: RateCard
  readonly priceVersion: string
  readonly capacity: number
  readonly maxInFlight: number | null
  readonly alwaysWarm: boolean
  readonly coldStartSeconds: number
  /** GPUs of one replica, for pools that are billed by time. */
  readonly gpusPerReplica: number
  readonly metrics: { readonly path: string; readonly intervalMs: number } | null
  readonly health: { readonly path: string; readonly intervalMs: number } | null
  /** Sockets to each endpoint. */
  readonly connections: number
  /** Endpoints may be link-local addresses, where clouds keep their metadata services. Default false. */
  readonly allowLinkLocal?: boolean
}

export type UpstreamProtocol = 'openai' | 'anthropic' | 'runpod' | 'replicate'

export interface EndpointConfig {
  readonly id: string
  /** Base URL, without `/v1/...`: `http://10.0.0.5:8000`. */
  readonly url: string
  readonly canaryShare: number | null
}

/** Secrets are resolved values; they are never logged and never in a record. */
export type UpstreamAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly secret: string }
  | { readonly type: 'header'; readonly header: string; readonly secret: string }
  | { readonly type: 'aws-sigv4'; readonly region: string; readonly service: string }
  | { readonly type: 'google-adc'; readonly scopes: readonly string[] }

export interface PrewarmRule {
  readonly pool: string
  /** Cron, five fields, in `timeZone`; or `learned`: from the hours that were busy in the past weeks. */
  readonly cron: string | 'learned'
  readonly timeZone: string
  /** Minutes before the moment that the pool must be warm. */
  readonly leadMinutes: number
  /** Minutes that it is kept warm with a dummy request from then on. */
  readonly keepMinutes: number
  readonly replicas: number
  readonly via: 'dummy-request' | 'runpod-workers-min' | 'modal-min-containers' | 'replicate-min-instances'
  /** Where the provider is told; absent = its public API, with the pool's own credentials. */
  readonly control?: { readonly url: string; readonly auth: UpstreamAuth }
}

export interface LoopRule {
  /** What a loop leads to. */
  readonly action: 'off' | 'warn' | 'throttle' | 'kill'
  /** The same canonical request, or the same steps in its history, so many times ... */
  readonly repeats: number
  /** ... within this time ... */
  readonly windowMs: number
  /** ... and a spend of the session above this a minute, nano-USD. */
  readonly spendPerMinute: number
  /** What such a spend leads to where nothing repeats. */
  readonly spend: 'off' | 'warn' | 'throttle'
}

/** The rule for all calls, and narrower ones: of a key, else of a feature. `spend` absent = off, `rules` absent = none. */
export interface LoopConfig extends Omit<LoopRule, 'spend'> {
  readonly spend?: LoopRule['spend']
  readonly rules?: readonly (LoopRule & { readonly key: string | null; readonly feature: string | null })[]
}
