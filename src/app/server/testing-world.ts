import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GatewayConfig, PoolConfig } from '../../route/config-types.ts'
import { CHAT, pool, rawClient, testConfig } from '../../route/gateway/testing.ts'
import { SECRETS } from './testing-keys.ts'
import type { Whole } from './testing-whole.ts'

/** What every call says, and nobody else may. */
export const BODY_CANARY = 'body-canary-5ce1'

export type FaceName = 'openai' | 'anthropic'
export type Answering = (res: ServerResponse, body: Record<string, unknown>, req: IncomingMessage) => void

export interface CallParts {
  readonly key?: string | null
  readonly body?: unknown
  readonly headers?: readonly string[]
  readonly path?: string
  readonly method?: string
}

/** What a walk to an error has at hand. */
export interface World {
  readonly face: FaceName
  readonly whole: Whole
  /** Answers as the walk says, well by default. */
  readonly upstream: { url: string; answer: Answering; came: () => void }
  /** The bytes of a call in the dialect of the face, by the open key and with the canary in its prompt. */
  readonly call: (parts?: CallParts) => Buffer
  /** Sends bytes and returns all that comes until the connection is closed. */
  readonly ask: (bytes: Buffer | string, port?: number) => Promise<string>
  /** New rules for what follows. */
  readonly configure: (change?: Change) => void
  /** Makes a call that the upstream has and does not answer; returns once it has. */
  readonly hold: (parts?: CallParts) => Promise<void>
}

export interface Change {
  readonly pools?: readonly PoolConfig[]
  readonly over?: Parameters<typeof testConfig>[1]
  readonly policy?: Partial<GatewayConfig['policy']>
  readonly loops?: Partial<GatewayConfig['loops']>
}

/** A world around a running server, seen through one face. */
export function worldOf(whole: Whole, upstream: World['upstream'], face: FaceName): World {
  const call: World['call'] = ({ key = SECRETS['open']!, body = {}, headers = [], path, method = 'POST' } = {}) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify({ ...CHAT, messages: [{ role: 'user', content: BODY_CANARY }], max_tokens: 1000, ...(body as object) }))
    const own = face === 'openai' ? { path: '/v1/chat/completions', key: `authorization: Bearer ${key}` } : { path: '/v1/messages', key: `x-api-key: ${key}` }
    const head = [`${method} ${path ?? own.path} HTTP/1.1`, 'host: gateway', ...(key === null ? [] : [own.key]), 'connection: close', `content-length: ${bytes.length}`, ...(headers.some((line) => line.startsWith('content-type')) ? [] : ['content-type: application/json']), ...headers]
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
  }
  const ask: World['ask'] = async (bytes, port = whole.server.port) => {
    const client = await rawClient(port)
    client.socket.write(bytes)
    return client.closed
  }
  return {
    face,
    whole,
    upstream,
    call,
    ask,
    configure: (change) => whole.reload(configOf(upstream.url, change)),
    hold: async (parts) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      upstream.came = resolve
      upstream.answer = () => {}
      const client = await rawClient(whole.server.port)
      client.socket.write(call(parts))
      await promise
    },
  }
}

export function configOf(url: string, { pools, over, policy, loops }: Change = {}): GatewayConfig {
  const config = testConfig(pools ?? [poolAt(url)], { ...over, retries: { attempts: 1, ...over?.retries } })
  return { ...config, policy: { ...config.policy, ...policy }, loops: { ...config.loops, ...loops } }
}

const APIS = { apis: ['chat', 'completions', 'embeddings', 'responses', 'messages'] } as const
export const poolAt = (url: string, over: Partial<PoolConfig> = {}): PoolConfig => pool('api', [url], { ...APIS, ...over })
