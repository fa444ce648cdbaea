import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { CallRecord } from '../../core/call.ts'
import type { RateCard, TokensCard } from '../../core/billing/rate-card.ts'
import { fallbackDecision } from '../../core/policy/fallback.ts'
import type { Decision, Policy, PolicyCall, PolicyEvent, Settled } from '../../core/policy/types.ts'
import { seededRandom } from '../../core/random.ts'
import type { EndpointConfig, GatewayConfig, PoolConfig } from '../config-types.ts'
import { createAdapters } from '../protocols/adapters.ts'
import { openaiFace } from '../protocols/openai/face.ts'
import type { Admission, Identity, Rejected } from '../seams.ts'
import type { GatewayDeps, GatewayLog } from './deps.ts'
import { createGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { poolSpecs } from './pool-specs.ts'

/** The key that the fake admission knows. */
export const KEY = 'sw_test_key'
/** What pools authenticate with in tests. */
export const PROVIDER_SECRET = 'provider-secret-canary-8d1f'

export const TOKENS_CARD: TokensCard = {
  rule: 'tokens',
  perMillion: { inputUncached: 1_000_000_000n, cacheRead: 100_000_000n, cacheWrite: null, output: 2_000_000_000n, reasoning: 2_000_000_000n, audioInput: null, audioOutput: null, imageInput: null },
  tiers: [],
  perCall: 0n,
}

export const HOURLY_CARD: RateCard = { rule: 'dedicated', perGpuHour: 3_600_000_000n, granularitySeconds: 1, minimumSeconds: 0, startupSeconds: null, commitment: null, spot: null, egressPerGb: null }

export function pool(id: string, urls: readonly string[], over: Partial<PoolConfig> = {}): PoolConfig {
  const endpoints: EndpointConfig[] = urls.map((url, n) => ({ id: `e${n}`, url, canaryShare: null }))
  return {
    id,
    kind: 'tokens',
    region: null,
    protocol: 'openai',
    endpoints,
    models: { m: 'm' },
    apis: ['chat', 'completions', 'embeddings', 'responses'],
    auth: { type: 'bearer', secret: PROVIDER_SECRET },
    card: TOKENS_CARD,
    priceVersion: 'test-1',
    capacity: 8,
    maxInFlight: null,
    alwaysWarm: true,
    coldStartSeconds: 0,
    gpusPerReplica: 1,
    metrics: null,
    health: null,
    connections: 64,
    ...over,
  }
}

type Overrides = { readonly [K in 'limits' | 'timeouts' | 'retries']?: Partial<GatewayConfig[K]> } & { readonly version?: string; readonly port?: number }

export function testConfig(pools: readonly PoolConfig[], over: Overrides = {}): GatewayConfig {
  return {
    version: over.version ?? 'v1',
    server: { host: '127.0.0.1', port: over.port ?? 0, dataDir: '/nonexistent', drainMs: 1000, staticKeys: [] },
    pools,
    policy: {
      sloTtftMs: null,
      weights: { prefix: 3, queue: 5, kv: 2 },
      saturation: { enter: 1, release: 0.8, queueThreshold: 5, kvThreshold: 0.8 },
      queue: { limit: 100, maxWaitMs: 1000 },
      staleAfterMs: 2000,
      breaker: { failureShare: 0.5, minimum: 10, consecutive: 5, windowMs: 10_000, openMs: 1000, maxOpenMs: 60_000, probes: 1 },
      prefixEntries: 1000,
      seed: 1,
    },
    limits: { maxBodyBytes: 1024 * 1024, maxJsonDepth: 64, maxHeaderBytes: 16 * 1024, headerMs: 5000, bodyMs: 5000, maxConnections: 5000, writeBufferBytes: 64 * 1024, ...over.limits },
    timeouts: { connectMs: 2000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 20_000, ...over.timeouts },
    retries: { attempts: 3, baseMs: 1, maxMs: 100, budgetShare: 0.2, ...over.retries },
    prewarm: [],
    loops: { action: 'off', repeats: 3, windowMs: 60_000, spendPerMinute: 0 },
    records: { hashSegments: false },
  }
}

/** Serves in the order of the configuration, keeps account of places, and waits or throws where a test says so. */
export class FakePolicy implements Policy {
  readonly events: PolicyEvent[] = []
  readonly calls: PolicyCall[] = []
  readonly inFlight = new Set<string>()
  readonly waiting = new Map<string, { readonly call: PolicyCall; readonly until: number }>()
  readonly #pools: Parameters<typeof fallbackDecision>[0]
  /** Most calls in flight; more wait. */
  limit = Number.POSITIVE_INFINITY
  maxWaitMs = 10_000
  breaks = false

  constructor(pools: readonly PoolConfig[]) {
    this.#pools = { pools: poolSpecs(pools) }
  }

  decide(call: PolicyCall, now: number): Decision {
    if (this.breaks) throw new Error('the policy is broken')
    this.calls.push(call)
    if (this.inFlight.size >= this.limit) {
      this.waiting.set(call.id, { call, until: now + this.maxWaitMs })
      return { kind: 'wait', until: now + this.maxWaitMs, reason: 'queued', wake: null }
    }
    return this.#place(call)
  }

  observe(event: PolicyEvent): void {
    if (this.breaks) throw new Error('the policy is broken')
    this.events.push(event)
    if (event.type !== 'finished' && event.type !== 'failed' && event.type !== 'aborted') return
    this.inFlight.delete(event.callId)
    this.waiting.delete(event.callId)
  }

  drain(now: number): Settled[] {
    const settled: Settled[] = []
    for (const [callId, { call, until }] of this.waiting) {
      if (now >= until) settled.push({ callId, decision: { kind: 'refuse', reason: 'wait-expired', retryAfterMs: 1000 } })
      else if (this.inFlight.size < this.limit) settled.push({ callId, decision: this.#place(call) })
      else continue
      this.waiting.delete(callId)
    }
    return settled
  }

  snapshot(): ReturnType<Policy['snapshot']> {
    return { waiting: this.waiting.size, pools: [] }
  }

  #place(call: PolicyCall): Decision {
    const decision = fallbackDecision(this.#pools, call)
    if (decision.kind !== 'dispatch') return decision
    this.inFlight.add(call.id)
    return { ...decision, reason: call.failed.length > 0 ? 'failover' : 'overflow-only' }
  }
}

/** One key, no limits; counts what is reserved and what was settled. */
export class FakeAdmission implements Admission {
  readonly settled: { readonly cost: bigint; readonly promptTokens: number; readonly outputTokens: number }[] = []
  open = 0
  rejection: Rejected | null = null

  identify(secret: string | null): Identity | Rejected {
    if (secret === KEY) return { ok: true, keyId: 'key-1', tenant: 'acme', models: null }
    return { ok: false, status: 401, code: 'invalid_api_key', message: 'The key is not valid.', retryAfterSeconds: null, keyId: null, tenant: '' }
  }

  admit({ secret, call }: Parameters<Admission['admit']>[0]): ReturnType<Admission['admit']> {
    const identity = this.rejection ?? this.identify(secret)
    if (!identity.ok) return identity
    this.open++
    let done = false
    const once = (then: () => void): void => {
      if (done) return
      done = true
      this.open--
      then()
    }
    const reservation = { settle: (actual: FakeAdmission['settled'][number]) => once(() => this.settled.push(actual)), release: () => once(() => undefined) }
    return { ...identity, residency: call.residency, priority: call.priority, reservation, warning: null }
  }
}

export interface Harness {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly policy: FakePolicy
  readonly admission: FakeAdmission
  readonly records: CallRecord[]
  /** Everything that was logged, as text. */
  readonly logged: string[]
  /** Resolves with the n-th record (from 1), when it is there. */
  readonly record: (n?: number) => Promise<CallRecord>
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  readonly deps: GatewayDeps
}

const running: (() => Promise<void>)[] = []

/** Ends all that a test has started; call it after each. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((stop) => stop()))
}

export async function startGateway(config: GatewayConfig, over: Partial<GatewayDeps> = {}): Promise<Harness> {
  const policy = new FakePolicy(config.pools)
  const admission = new FakeAdmission()
  const records: CallRecord[] = []
  const logged: string[] = []
  const waiters = new Set<() => void>()
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: GatewayLog = { info: write, warn: write, error: write }
  let ids = 0
  const clock = over.clock ?? { now: () => performance.timeOrigin + performance.now() }
  const deps: GatewayDeps = {
    config,
    policy,
    admission,
    sink: {
      append(record) {
        records.push(record)
        for (const check of waiters) check()
      },
    },
    adapters: createAdapters({ clock, random: seededRandom(2) }),
    faces: [openaiFace],
    clock,
    random: seededRandom(1),
    newCallId: () => `call-${++ids}`,
    log,
    ...over,
  }
  const gateway = createGateway(deps)
  const { port } = await gateway.listen()
  running.push(() => gateway.close())
  const url = `http://127.0.0.1:${port}`
  return {
    gateway,
    url,
    port,
    policy,
    admission,
    records,
    logged,
    deps,
    record: (n = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          const record = records[n - 1]
          if (record === undefined) return
          waiters.delete(check)
          resolve(record)
        }
        waiters.add(check)
        check()
      }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
  }
}

export interface Upstream {
  readonly url: string
  /** Bodies that came, parsed. */
  readonly bodies: Record<string, unknown>[]
  /** The same as text. */
  readonly texts: string[]
  readonly headers: IncomingMessage['headers'][]
}

/** An upstream by hand: `answer` gets each request after its body was read. */
export async function startUpstream(answer: (res: ServerResponse, body: Record<string, unknown>, req: IncomingMessage) => void): Promise<Upstream> {
  const upstream = { url: '', bodies: [] as Record<string, unknown>[], texts: [] as string[], headers: [] as IncomingMessage['headers'][] }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      upstream.texts.push(text)
      upstream.bodies.push(body)
      upstream.headers.push(req.headers)
      answer(res, body, req)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}

/** An upstream below HTTP: `onRequest` gets the socket when the head of a request has come. */
export async function startRawUpstream(onRequest: (socket: Socket) => void): Promise<{ readonly url: string; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      if (bytes.includes('HTTP/1.1\r\n')) onRequest(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

/** A client below HTTP. `text` is all that came so far; `until` resolves when it matches, or rejects at the end of the connection. */
export async function rawClient(port: number): Promise<{ readonly socket: Socket; readonly text: () => string; readonly until: (pattern: RegExp) => Promise<string>; readonly closed: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
  running.push(async () => {
    socket.destroy()
    await closed
  })
  await once(socket, 'connect')
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (pattern.test(text)) resolve(text)
      }
      socket.on('data', check)
      socket.on('close', () => reject(new Error(`closed before ${pattern}: ${text}`)))
      check()
    })
  return { socket, text: () => text, until, closed }
}

/** The head and body of a call, as bytes of HTTP. */
export function rawCall(body: unknown, head: readonly string[] = []): string {
  const text = JSON.stringify(body)
  return [`POST /v1/chat/completions HTTP/1.1`, 'host: gateway', `authorization: Bearer ${KEY}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(text)}`, ...head, '', text].join('\r\n')
}

export const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Say hello.' }] }

/** An answer of the chat API. */
export function chatAnswer(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm-served',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...over,
  }
}

export function sendJson(res: ServerResponse, json: unknown, status = 200, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json))
}

const chunk = (choices: unknown[], extra = {}): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm-served', choices, ...extra })}\n\n`

/** The chunks of a stream as an engine sends them: role, one delta a token, reason, usage where it was asked for, end. */
export function chatChunks(tokens: readonly string[], usage: boolean): string[] {
  const delta = (delta: unknown, finish: string | null = null): string => chunk([{ index: 0, delta, finish_reason: finish }])
  return [
    delta({ role: 'assistant', content: '' }),
    ...tokens.map((content) => delta({ content })),
    delta({}, 'stop'),
    ...(usage ? [chunk([], { usage: { prompt_tokens: 10, completion_tokens: tokens.length, total_tokens: 10 + tokens.length } })] : []),
    'data: [DONE]\n\n',
  ]
}

/** Whether a body asks for the usage in its stream. */
export function wantsUsage(body: Record<string, unknown>): boolean {
  return (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true
}

export function sendStream(res: ServerResponse, chunks: readonly string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const chunk of chunks) res.write(chunk)
  res.end()
}
