import type { Api } from '../../../core/call.ts'
import type { PoolConfig, UpstreamProtocol } from '../../config-types.ts'
import type { ParsedCall, UpstreamAdapter } from '../../seams.ts'
import type { HttpSend } from '../http-send.ts'

/** A cold pool may take so many times its typical start; never more than ten minutes. */
const PATIENCE = 4
const LEAST_MS = 30_000
const MOST_MS = 600_000
const MAX_BYTES = 1024 * 1024

/** Sends the smallest call that there is to an endpoint of a pool, so that a replica starts or stays. Rejects where it fails. */
export type SendDummy = (pool: PoolConfig) => Promise<void>

export function dummySender(adapters: Readonly<Record<UpstreamProtocol, UpstreamAdapter>>, send: HttpSend): SendDummy {
  return async (pool) => {
    const call = dummyCall(pool)
    const timeoutMs = Math.min(MOST_MS, Math.max(LEAST_MS, PATIENCE * 1000 * pool.coldStartSeconds))
    for (const endpoint of pool.endpoints) {
      const request = await adapters[pool.protocol].request(call, pool, endpoint, 'prewarm')
      const { status } = await send({
        url: (request.origin ?? new URL(endpoint.url).origin) + request.path,
        method: request.method,
        headers: request.headers,
        body: request.body,
        timeoutMs,
        maxBytes: MAX_BYTES,
        allowLinkLocal: pool.allowLinkLocal === true,
      })
      if (status >= 400) throw new Error(`status ${status}`)
    }
  }
}

const MESSAGES = [{ role: 'user', content: 'ping' }] as const

const BODIES: Readonly<Record<Api, object>> = {
  chat: { messages: MESSAGES, max_tokens: 1 },
  completions: { prompt: 'ping', max_tokens: 1 },
  messages: { messages: MESSAGES, max_tokens: 1 },
  responses: { input: 'ping', max_output_tokens: 16 },
  embeddings: { input: 'ping' },
}

function dummyCall({ apis, models }: PoolConfig): ParsedCall {
  const api = apis[0] ?? 'chat'
  const model = Object.keys(models)[0] ?? ''
  const json = { model, ...BODIES[api] }
  return {
    api,
    model,
    stream: false,
    body: Buffer.from(JSON.stringify(json)),
    json,
    promptTokens: 1,
    maxOutputTokens: 1,
    attribution: { user: null, feature: 'prewarm', session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} },
    priority: 'standard',
    residency: null,
    retryCount: null,
    forward: { 'content-type': 'application/json' },
  }
}
