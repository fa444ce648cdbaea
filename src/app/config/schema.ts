import Type, { type Static, type TSchema } from 'typebox'
import { REDACTION_RULES, type RedactionRule } from '../../prove/bodies/redact.ts'
import { OFFERS, TOKEN_OFFER } from '../../core/catalog/schema.ts'
import { ROLES, type Role } from '../../store/people.ts'
import { PRESETS, type PresetName } from '../../route/protocols/presets.ts'

/**
 * The shape of spillway.yaml: what the program checks by, and what docs/spillway.schema.json (for editors) is written
 * from. Every field says in `description` what belongs there, in words that follow "give": an error quotes them.
 * Values here are as a person writes them; `gatewayConfig` turns them into numbers and fills in defaults.
 */

const closed = { additionalProperties: false } as const
const optional = Type.Optional

export const ID = '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$'
/** References to secrets; anything else there is refused as a literal. The annotation `secret` marks the field. */
export const SECRET_REFERENCE = '^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:.{1,1000}|store:[A-Za-z0-9][A-Za-z0-9._-]{0,99})$'

const id = (what: string) => Type.String({ pattern: ID, description: `${what}: letters, digits, dots, dashes, slashes` })
const words = (description: string, maxLength = 200) => Type.String({ minLength: 1, maxLength, description })
const duration = (what: string) => Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h|d)$', description: `${what}, such as 500ms, 30s or 5m` })
const bytes = (what: string) => Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,3})? ?(B|KB|MB|GB|KiB|MiB|GiB)$', description: `${what}, such as 64KB or 20MB` })
const rate = (what: string) => Type.String({ pattern: '^\\$\\d{1,9}(\\.\\d{1,9})?/(s|min|h|day)$', description: `${what}, such as $5/h or $0.10/min` })
const count = (what: string, maximum = 1_000_000) => Type.Integer({ minimum: 1, maximum, description: `${what}: a whole number from 1 to ${maximum}` })
const number = (what: string, minimum: number, maximum: number) => Type.Number({ minimum, maximum, description: `${what}: a number from ${minimum} to ${maximum}` })
const flag = (what: string) => Type.Boolean({ description: `true or false: ${what}` })
const oneOf = <T extends string[]>(...values: [...T]) => Type.Enum<T>(values, { description: `one of ${values.join(', ')}` })
const secret = (what: string) => Type.String({ pattern: SECRET_REFERENCE, secret: true, description: `${what} as env:NAME, file:/path or store:name` })
const share = (what: string) => {
  const description = `${what}, as 5% or 0.05`
  return Type.Union([Type.String({ pattern: '^\\d{1,3}(\\.\\d{1,6})?%$', description }), Type.Number({ minimum: 0, maximum: 1, description })], { description })
}
const orNull = <T extends TSchema>(schema: T) => {
  const { description } = schema as { description?: string }
  return Type.Union([schema, Type.Null()], { description: `${description}, or null for none` })
}
const object = <T extends Record<string, TSchema>>(description: string, properties: T) => Type.Object(properties, { ...closed, description })

const url = (what: string) => Type.String({ minLength: 1, maxLength: 2000, description: `${what}, such as http://10.0.0.5:8000` })

const KEY = object('a key {id, secret, tenant}', { id: id('an id'), secret: secret('the secret that clients send'), tenant: optional(id('the tenant that it belongs to')) })

const SERVER = object('the server: {host, port, data, drain, keys}', {
  host: optional(words('the address to listen on, such as 127.0.0.1 or 0.0.0.0', 255)),
  port: optional(Type.Integer({ minimum: 0, maximum: 65_535, description: 'a port from 0 (any free one) to 65535' })),
  data: optional(words('the folder for the journal, the control database and keys', 1000)),
  drain: optional(duration('how long running calls may go on after SIGTERM')),
  keys: optional(Type.Array(KEY, { maxItems: 1000, description: 'a list of keys that exist without a database' })),
})

const ENDPOINT = Type.Union(
  [
    url('a base URL'),
    object('an endpoint {id, url, canary}', {
      id: optional(id('an id, unique in the pool')),
      url: url('its base URL'),
      canary: optional(orNull(share('the share of sessions that it gets as a canary'))),
    }),
  ],
  { description: 'a base URL, or {id, url, canary}' },
)

const upstreamModel = words("the upstream's name of the model")
const MODELS = Type.Union(
  [
    Type.Array(words('the name of a model'), { minItems: 1, maxItems: 1000, description: 'a list of names' }),
    Type.Record(Type.String(), upstreamModel, { minProperties: 1, maxProperties: 1000, description: 'a map from the name that clients ask for to the name that the upstream knows' }),
  ],
  { description: 'the models, as a list of names or a map {asked name: name at the upstream}' },
)

const AUTH = Type.Union(
  [
    object('{type: none}', { type: Type.Literal('none') }),
    object('{type: bearer, secret}', { type: Type.Literal('bearer'), secret: secret('the token') }),
    object('{type: header, header, secret}', { type: Type.Literal('header'), header: Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$', description: 'the name of a header, such as api-key' }), secret: secret('its value') }),
    object('{type: aws-sigv4, region, service}', { type: Type.Literal('aws-sigv4'), region: words('the AWS region, such as us-east-1', 50), service: words('the AWS service, such as bedrock or sagemaker', 50) }),
    object('{type: google-adc, scopes}', { type: Type.Literal('google-adc'), scopes: optional(Type.Array(words('an OAuth scope'), { minItems: 1, maxItems: 20, description: 'a list of OAuth scopes' })) }),
  ],
  { description: 'how to authenticate: {type: none, bearer, header, aws-sigv4 or google-adc, ...}' },
)

const probe = (what: string) =>
  Type.Union(
    [
      Type.Literal(false, { description: 'false' }),
      object('{path, every}', { path: optional(Type.String({ pattern: '^/[!-~]{0,500}$', description: 'a path that starts with /' })), every: optional(duration('the time from one to the next')) }),
    ],
    { description: `${what} as {path, every}, or false for none` },
  )

const CARD = Type.Union([OFFERS.dedicated.properties.card, OFFERS.serverless.properties.card, TOKEN_OFFER.properties.card], {
  description: 'a billing card as in catalog/README.md: {rule: dedicated, serverless or tokens, ...}',
})

const API = oneOf('chat', 'completions', 'embeddings', 'responses', 'messages')

const path = optional(Type.String({ pattern: '^/[!-~]{0,500}$', description: 'a path that starts with /, with {model} for the name of the model' }))

const POOL = object('a pool {id, endpoints, models, offer or card, ...}', {
  id: id('an id'),
  kind: optional(oneOf('dedicated', 'serverless', 'tokens')),
  region: optional(orNull(words('the region, such as eu-central-1', 100))),
  protocol: optional(oneOf('openai', 'anthropic', 'runpod', 'replicate')),
  preset: optional(oneOf(...(Object.keys(PRESETS) as PresetName[]))),
  parameters: optional(Type.Record(Type.String(), words('the value of a parameter of the preset'), { maxProperties: 20, description: 'a map of the parameters of the preset, such as {resource: my-resource}' })),
  endpoints: optional(Type.Array(ENDPOINT, { minItems: 1, maxItems: 1000, description: 'a list of base URLs, or of {id, url, canary}' })),
  allowLinkLocal: optional(flag('whether endpoints may be link-local addresses, where clouds keep their metadata services')),
  models: MODELS,
  apis: optional(Type.Array(API, { minItems: 1, maxItems: 5, description: 'a list of chat, completions, embeddings, responses, messages' })),
  paths: optional(object('paths by API', { chat: path, completions: path, embeddings: path, responses: path, messages: path })),
  auth: optional(AUTH),
  offer: optional(words('the id of an offer of the catalog (see "spillway catalog list" and "spillway catalog list tokens")')),
  card: optional(CARD),
  gpus: optional(count('the GPUs of one replica', 1024)),
  capacity: optional(count('the requests that one endpoint holds within the SLO')),
  maxInFlight: optional(orNull(count('the most requests in flight over the pool'))),
  alwaysWarm: optional(flag('whether the pool never scales to zero')),
  coldStart: optional(duration('the typical time until a cold pool serves')),
  metrics: optional(probe('the scrape of engine metrics')),
  health: optional(probe('the health check')),
  connections: optional(count('the sockets to each endpoint', 65_535)),
})

const BREAKER = object('the circuit breaker', {
  failureShare: optional(share('the share of failures that opens it')),
  minimum: optional(count('the calls in the window before the share counts')),
  consecutive: optional(count('the failures in a row that open it')),
  window: optional(duration('the window')),
  open: optional(duration('the first time that it stays open')),
  maxOpen: optional(duration('the longest time that it stays open')),
  probes: optional(count('the probes at once while half-open', 1000)),
})

const ROUTING = object('how calls are routed', {
  sloTtft: optional(orNull(duration('the time to first token that the floor must keep'))),
  weights: optional(object('{prefix, queue, kv}', { prefix: optional(number('the weight of a prefix hit', 0, 1000)), queue: optional(number('the weight of the queue', 0, 1000)), kv: optional(number('the weight of the KV cache', 0, 1000)) })),
  saturation: optional(
    object('{enter, release, queueThreshold, kvThreshold}', {
      enter: optional(number('the saturation from which a pool counts as full', 0.01, 100)),
      release: optional(number('the saturation below which it no more does', 0.01, 100)),
      queueThreshold: optional(number('the waiting requests of an engine that mean full', 0.1, 1_000_000)),
      kvThreshold: optional(number('the KV cache usage that means full', 0.01, 1)),
    }),
  ),
  queue: optional(object('{limit, maxWait}', { limit: optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'the calls that may wait: a whole number from 0 to 1000000' })), maxWait: optional(duration('the longest wait')) })),
  staleAfter: optional(duration('the age from which scraped metrics count for nothing')),
  breaker: optional(BREAKER),
  prefixEntries: optional(count('the entries of the prefix index', 10_000_000)),
  seed: optional(Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: 'a seed: a whole number from 0 to 4294967295' })),
})

const LIMITS = object('limits on requests', {
  maxBody: optional(bytes('the largest request body')),
  maxJsonDepth: optional(count('the deepest nesting of JSON', 10_000)),
  maxHeaders: optional(bytes('the largest header of a request')),
  headerTimeout: optional(duration('the time for the whole header to come')),
  bodyTimeout: optional(duration('the time for the whole body to come')),
  maxConnections: optional(count('the most connections from clients')),
  writeBuffer: optional(bytes('what is buffered for a slow reader before the upstream is paused')),
})

const TIMEOUTS = object('timeouts towards upstreams', {
  connect: optional(duration('the time to connect')),
  firstByte: optional(duration('the time until the first byte of the answer')),
  idle: optional(duration('the time between two chunks')),
  total: optional(duration('the time for the whole answer')),
})

const RETRIES = object('retries', {
  attempts: optional(count('the tries in all, the first included', 20)),
  base: optional(duration('the wait before the first retry')),
  max: optional(duration('the longest wait')),
  budget: optional(share('the share of calls over a minute that may be retries')),
})

const PREWARM = object('a rule {pool, cron, timeZone, lead, keep, replicas, via}', {
  pool: id('the id of a serverless pool'),
  cron: words('a cron expression of five fields, such as "50 8 * * 1-5", or learned'),
  timeZone: optional(words('an IANA time zone, such as Europe/Berlin', 100)),
  lead: optional(duration('how long before that moment warming starts')),
  keep: optional(duration('how long from that moment the pool is kept warm')),
  replicas: optional(count('the replicas to keep warm', 1000)),
  via: optional(oneOf('dummy-request', 'runpod-workers-min', 'modal-min-containers', 'replicate-min-instances')),
  control: optional(object('{url, auth}', { url: url("the address of the provider's control API"), auth: optional(AUTH) })),
})

const LOOP_RULE = {
  action: optional(oneOf('off', 'warn', 'throttle', 'kill')),
  repeats: optional(Type.Integer({ minimum: 2, maximum: 10_000, description: 'the same request so many times: a whole number from 2 to 10000' })),
  window: optional(duration('the window')),
  spendAbove: optional(rate('the spend of the session')),
  spend: optional(oneOf('off', 'warn', 'throttle')),
}
const LOOPS = object('the guard against agents that loop', {
  ...LOOP_RULE,
  rules: optional(Type.Array(object('a rule {key or feature, action, repeats, window, spendAbove, spend}', { key: optional(id('the id of a key')), feature: optional(words('the name of a feature')), ...LOOP_RULE }), { maxItems: 1000, description: 'a list of rules for keys and features' })),
})

const JOURNAL = object('what of the journal is kept: {keep, maxSize}', {
  keep: optional(orNull(duration('how long records are kept, once all who read them have had them'))),
  maxSize: optional(bytes('the most that the journal may take on disk: beyond it the oldest goes')),
})

const WITNESS = object('a witness {key, url}', {
  key: words("the witness's verifier key, as it has published it", 400),
  url: url("the witness's submission prefix"),
})

const SYSTEM = object('a system {id, keys, features, models}: calls that have all that is named', {
  id: id('the name of the system in the leaves'),
  keys: optional(Type.Array(id('the id of a key'), { minItems: 1, maxItems: 1000, description: 'a list of ids of keys' })),
  features: optional(Type.Array(words('the name of a feature'), { minItems: 1, maxItems: 1000, description: 'a list of features, as calls name them' })),
  models: optional(Type.Array(words('the name of a model'), { minItems: 1, maxItems: 1000, description: 'a list of models; * at the end stands for any rest' })),
})

const BODIES = object('what is kept of requests and answers: {keep, max, for, redact, patterns, hook}', {
  keep: optional(flag('whether they are kept, encrypted for each user')),
  max: optional(bytes('the most that is kept of a request and of an answer')),
  for: optional(orNull(duration('how long they are kept'))),
  patterns: optional(Type.Record(Type.String(), words('a regular expression', 1000), { maxProperties: 50, description: 'a map from a name, which stands in its place, to a regular expression' })),
  hook: optional(words('a file, a module that exports redact(text, {part})', 1000)),
  redact: optional(Type.Array(oneOf(...(REDACTION_RULES as RedactionRule[])), { maxItems: 10, description: `a list of what is taken out before: ${REDACTION_RULES.join(', ')}` })),
})

const AUDIT = object('the log of calls that outsiders can verify', {
  mode: optional(oneOf('off', 'besteffort', 'strict')),
  models: optional(Type.Record(Type.String(), oneOf('off', 'besteffort', 'strict'), { maxProperties: 1000, description: 'a map from a model (* at the end stands for any rest) to its mode' })),
  systems: optional(Type.Array(SYSTEM, { maxItems: 1000, description: 'a list of systems {id, keys, features, models}' })),
  hashBodies: optional(flag('whether leaves commit to requests and answers, kept or not')),
  remember: optional(words('a file, best on another machine, where each checkpoint is kept as well', 1000)),
  witnesses: optional(Type.Array(WITNESS, { maxItems: 32, description: 'a list of witnesses {key, url} that are asked to sign each checkpoint' })),
  quorum: optional(Type.Integer({ minimum: 0, maximum: 32, description: 'how many witnesses must have signed: a whole number from 0 to 32' })),
  bodies: optional(BODIES),
})
const RECORDS = object('what records hold: {hashSegments}', { hashSegments: optional(flag('whether records have hashes of the parts of the prompt')) })
const TELEMETRY = object('the store of calls that can be asked about: {mode, keep, memory, store, ...}', {
  mode: optional(oneOf('on', 'off')),
  keep: optional(duration('how long calls can be asked about')),
  memory: optional(bytes('the memory that the database may use')),
  store: optional(oneOf('duckdb', 'clickhouse')),
  url: optional(words('the HTTP address of ClickHouse, such as http://10.0.0.9:8123', 2000)),
  database: optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$', description: 'the name of a database: letters, digits, _' })),
  user: optional(words('the user to ask as', 200)),
  password: optional(secret('the password')),
})

const ADDRESS = '^[!-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,255}$'
const address = (what: string) => Type.String({ pattern: ADDRESS, description: `${what}, such as ops@example.com` })

const ALERT_CHANNEL = Type.Union(
  [
    object('{type: webhook, url, secret}', { type: Type.Literal('webhook'), url: secret('its address'), secret: optional(secret('what signs the messages')) }),
    object('{type: slack, url}', { type: Type.Literal('slack'), url: secret('the address of the incoming webhook') }),
    object('{type: email, host, port, security, user, password, from, to}', {
      type: Type.Literal('email'),
      host: words('the SMTP server', 255),
      port: optional(count('its port', 65_535)),
      security: optional(oneOf('tls', 'starttls', 'none')),
      user: optional(words('the user to log in as', 200)),
      password: optional(secret('the password')),
      from: address("the sender's address"),
      to: Type.Array(address('an address'), { minItems: 1, maxItems: 50, description: 'a list of addresses' }),
    }),
  ],
  { description: 'a channel: {type: webhook, slack or email, ...}' },
)

const ALERTS = object('what people are told of, and where', {
  every: optional(duration('the time from one look to the next')),
  remind: optional(orNull(duration('the time after which an open alert is told again'))),
  clear: optional(duration('how long all must be well for an alert to be over')),
  anomalyAbove: optional(rate('the excess over the usual spend from which it is told')),
  leaksAbove: optional(rate('what a leak loses from which it is told')),
  to: optional(Type.Array(ALERT_CHANNEL, { maxItems: 20, description: 'a list of channels' })),
})

const role = oneOf(...(ROLES as unknown as Role[]))

const OIDC = object('an identity provider {issuer, clientId, clientSecret, ...}', {
  issuer: words('its issuer identifier, such as https://login.example.com', 2000),
  clientId: words('the client id that it knows Spillway by'),
  clientSecret: optional(secret("the client's secret")),
  name: optional(words('what the button says', 60)),
  roleClaim: optional(words("the claim that names a user's groups, such as groups")),
  roles: optional(Type.Record(Type.String(), role, { maxProperties: 1000, description: 'a map from a group to a role, such as {finops: finance}' })),
  defaultRole: optional(oneOf(...(ROLES as unknown as Role[]), 'none')),
  tenant: optional(id('the tenant that its users belong to')),
  scopes: optional(Type.Array(words('a scope', 100), { minItems: 1, maxItems: 20, description: 'a list of scopes, openid among them' })),
})

const DASHBOARD = object('the pages for people: {mode, publicUrl, anonymous, session, idle, oidc}', {
  mode: optional(oneOf('on', 'off')),
  publicUrl: optional(words('the address that browsers see, such as https://spillway.example.com', 2000)),
  anonymous: optional(oneOf('none', 'viewer', 'auditor')),
  session: optional(duration('how long a session lasts')),
  idle: optional(duration('after how long without use it ends')),
  oidc: optional(OIDC),
})

export const CONFIG_FILE = Type.Object(
  {
    server: optional(SERVER),
    catalog: optional(words('a file of your own offers on top of the shipped catalog', 1000)),
    pools: Type.Array(POOL, { minItems: 1, maxItems: 1000, description: 'a list of pools: {id, endpoints, models, offer or card, ...}' }),
    routing: optional(ROUTING),
    limits: optional(LIMITS),
    timeouts: optional(TIMEOUTS),
    retries: optional(RETRIES),
    prewarm: optional(Type.Array(PREWARM, { maxItems: 1000, description: 'a list of rules: {pool, cron, ...}' })),
    loops: optional(LOOPS),
    journal: optional(JOURNAL),
    audit: optional(AUDIT),
    records: optional(RECORDS),
    alerts: optional(ALERTS),
    telemetry: optional(TELEMETRY),
    dashboard: optional(DASHBOARD),
  },
  { ...closed, title: 'Spillway configuration', description: 'spillway.yaml; see docs/configuration.md' },
)

export type ConfigFile = Static<typeof CONFIG_FILE>
export type PoolFile = Static<typeof POOL>
export type AlertsFile = Static<typeof ALERTS>
export type AuthFile = Static<typeof AUTH>
export type CardFile = Static<typeof CARD>
