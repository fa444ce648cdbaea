import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request as undiciRequest } from 'undici'
import type { Clock } from '../../core/clock.ts'
import type { EndpointConfig, PoolConfig } from '../config-types.ts'
import type { Exchange, ParsedCall, ResponseReader, UpstreamAdapter, UpstreamRequest } from '../seams.ts'
import { anthropicFace } from './anthropic/face.ts'
import { openaiFace } from './openai/face.ts'
import { parseBody } from './parse-body.ts'
import { CallError } from './parse-error.ts'
import type { ClientFace } from './parse-face.ts'

/** 2026-11-25T12:00:00Z. */
export const NOW = 1_795_608_000_000
export const fixedClock: Clock = { now: () => NOW }

export function endpointAt(url: string): EndpointConfig {
  return { id: 'e1', url, canaryShare: null }
}

export function poolOf(over: Partial<PoolConfig> = {}): PoolConfig {
  return {
    id: 'p1',
    kind: 'tokens',
    region: null,
    protocol: 'openai',
    endpoints: [endpointAt('http://127.0.0.1:1')],
    models: {},
    apis: ['chat', 'completions', 'messages'],
    auth: { type: 'none' },
    card: { rule: 'tokens', perMillion: { inputUncached: 1n, cacheRead: 1n, cacheWrite: 1n, output: 1n, reasoning: 1n, audioInput: null, audioOutput: null, imageInput: null }, tiers: [], perCall: 0n },
    priceVersion: 'test',
    capacity: 10,
    maxInFlight: null,
    alwaysWarm: true,
    coldStartSeconds: 0,
    gpusPerReplica: 1,
    metrics: null,
    health: null,
    connections: 1,
    ...over,
  }
}

/** A call as the faces parse it. */
export function callOf(face: 'chat' | 'completions' | 'embeddings' | 'responses' | 'messages', json: object, headers: Record<string, string> = {}): ParsedCall {
  const body = parseBody(Buffer.from(JSON.stringify(json)), 64)
  return face === 'messages' ? anthropicFace.parse(face, body, headers) : openaiFace.parse(face, body, headers)
}

/** Pushes the bytes in pieces that are cut at the given places, and returns all that the client gets. */
export function readThrough(reader: ResponseReader, bytes: Buffer | string, cuts: readonly number[] = []): string {
  const input = Buffer.from(bytes)
  const places = [0, ...cuts.map((cut) => cut % (input.length + 1)).sort((a, b) => a - b), input.length]
  const out: Buffer[] = []
  const add = (piece: Buffer | null): void => {
    if (piece !== null) out.push(piece)
  }
  for (let i = 1; i < places.length; i++) add(reader.push(input.subarray(places[i - 1], places[i])))
  add(reader.end())
  return Buffer.concat(out).toString()
}

/** The `data:` of each event of a stream, parsed; `[DONE]` as it is. */
export function dataOf(stream: string): unknown[] {
  return stream
    .split('\n\n')
    .map((block) => block.split('\n').find((line) => line.startsWith('data: '))?.slice(6))
    .filter((data) => data !== undefined)
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as unknown)))
}

export interface Listening {
  readonly url: string
  readonly close: () => Promise<void>
}

export async function listen(handler: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>): Promise<Listening> {
  const server: Server = createServer((req, res) => {
    Promise.resolve(handler(req, res)).catch((error: unknown) => res.destroy(error as Error))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export async function bodyOf(req: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function sendTo(endpoint: EndpointConfig): Exchange['send'] {
  return async ({ method, path, origin, headers, body }: UpstreamRequest, signal) => {
    const answer = await undiciRequest((origin ?? new URL(endpoint.url).origin) + path, { method, headers, body, signal })
    return { status: answer.statusCode, headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])), body: answer.body }
  }
}

/** The smallest gateway there is: one face, one upstream, no policy. What the real one does with both, in order. */
export function tinyGateway(face: ClientFace, adapter: UpstreamAdapter, pool: PoolConfig): Promise<Listening> {
  const endpoint = pool.endpoints[0]!
  return listen(async (req, res) => {
    const route = face.route(req.method ?? '', (req.url ?? '').split('?', 1)[0]!, req.headers)
    const aborting = new AbortController()
    res.on('close', () => aborting.abort(new Error('the client has gone')))
    try {
      if (route?.kind === 'local') {
        const { status, json } = route.answer(parseBody(await bodyOf(req), 64), req.headers)
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
        return
      }
      if (route?.kind !== 'call') {
        res.writeHead(404).end()
        return
      }
      const call = face.parse(route.api, parseBody(await bodyOf(req), 64), req.headers)
      const send = sendTo(endpoint)
      const answer = adapter.run === undefined ? await send(await adapter.request(call, pool, endpoint, 'c1'), aborting.signal) : await adapter.run({ call, pool, endpoint, callId: 'c1', send, signal: aborting.signal })
      const reader = adapter.response(call, answer.status, answer.headers['content-type'] ?? '', () => ({ cost_usd: '0.01' }))
      res.writeHead(answer.status, { 'content-type': reader.contentType ?? answer.headers['content-type'] ?? '', ...reader.headers })
      for await (const chunk of answer.body) {
        const bytes = reader.push(chunk)
        if (bytes !== null) res.write(bytes)
      }
      res.end(reader.end() ?? undefined)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      res.writeHead(error.failure.status, { 'content-type': 'application/json' }).end(face.errorBody(error.failure))
    }
  })
}
