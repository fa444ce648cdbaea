import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { PrewarmRule } from '../../config-types.ts'
import { httpClient } from '../http-send.ts'
import { poolOf } from '../testing.ts'
import { warmProvider } from './providers.ts'

const client = httpClient()
afterAll(() => client.close())
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

interface Seen {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: unknown
}

/** A provider on loopback that speaks as the documentation says: it keeps a minimum and tells it in `field`. */
async function fakeProvider(answer: (request: Seen) => { status?: number; body?: unknown }): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const one = { method: request.method ?? '', path: request.url ?? '', authorization: request.headers.authorization, body: text === '' ? null : (JSON.parse(text) as unknown) }
      seen.push(one)
      const { status = 200, body = {} } = answer(one)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function ruleOf(via: PrewarmRule['via'], url: string): PrewarmRule {
  return { pool: 'spill', cron: '0 9 * * *', timeZone: 'UTC', leadMinutes: 10, keepMinutes: 60, replicas: 2, via, control: { url, auth: { type: 'bearer', secret: 'key' } } }
}

describe('warmProvider', () => {
  it('RunPod: PATCH /endpoints/{id} with workersMin, for the job queue and for the OpenAI route', async () => {
    const { url, seen } = await fakeProvider(() => ({ body: { id: 'abc123', workersMin: 1, workersMax: 3 } }))
    const endpoints = ['https://api.runpod.ai/v2/abc123', 'https://api.runpod.ai/v2/abc123/openai', 'https://api.runpod.ai/v2/def-456'].map((one, index) => ({ id: String(index), url: one, canaryShare: null }))
    const provider = warmProvider(ruleOf('runpod-workers-min', url), poolOf({ endpoints }), client.send)!
    expect(await provider.minimum()).toBe(1)
    await provider.setMinimum(2)
    expect(seen).toEqual([
      ...['abc123', 'def-456'].map((id) => ({ method: 'GET', path: `/endpoints/${id}`, authorization: 'Bearer key', body: null })),
      ...['abc123', 'def-456'].map((id) => ({ method: 'PATCH', path: `/endpoints/${id}`, authorization: 'Bearer key', body: { workersMin: 2 } })),
    ].map((one) => expect.objectContaining(one)))
    expect(seen).toHaveLength(4)
  })

  it('Replicate: PATCH /deployments/{owner}/{name} with min_instances', async () => {
    const { url, seen } = await fakeProvider(() => ({ body: { current_release: { configuration: { min_instances: 0, max_instances: 5 } } } }))
    const pool = poolOf({ protocol: 'replicate', endpoints: [{ id: 'r', url: 'https://api.replicate.com', canaryShare: null }], models: { a: 'deployments/me/llama', b: 'meta/meta-llama-3-8b' } })
    const provider = warmProvider(ruleOf('replicate-min-instances', url), pool, client.send)!
    expect(await provider.minimum()).toBe(0)
    await provider.setMinimum(2)
    expect(seen).toEqual([
      { method: 'GET', path: '/deployments/me/llama', authorization: 'Bearer key', body: null },
      { method: 'PATCH', path: '/deployments/me/llama', authorization: 'Bearer key', body: { min_instances: 2 } },
    ])
  })

  it("Modal: POST to the user's own endpoint; one that does not tell the present minimum is fine", async () => {
    const { url, seen } = await fakeProvider(({ method }) => (method === 'GET' ? { status: 405 } : {}))
    const provider = warmProvider(ruleOf('modal-min-containers', url), poolOf(), client.send)!
    expect(await provider.minimum()).toBe(null)
    await provider.setMinimum(3)
    expect(seen.at(-1)).toEqual({ method: 'POST', path: '/', authorization: 'Bearer key', body: { min_containers: 3 } })
  })

  it.each([
    [401, 'the provider refuses the credentials (status 401)'],
    [429, 'the provider answers with status 429'],
    [500, 'the provider answers with status 500'],
  ])('a status %d is an error, fit for a log', async (status, message) => {
    const { url } = await fakeProvider(() => ({ status }))
    const provider = warmProvider(ruleOf('runpod-workers-min', url), poolOf({ endpoints: [{ id: 'a', url: 'https://api.runpod.ai/v2/abc', canaryShare: null }] }), client.send)!
    await expect(provider.setMinimum(1)).rejects.toThrowError(message)
    await expect(provider.minimum()).rejects.toThrowError(message)
  })

  it.each([{ workersMin: 'two' }, { workersMin: -1 }, { other: 1 }, null, []])('an answer of another shape (%j) leaves the present minimum unknown', async (body) => {
    const { url } = await fakeProvider(() => ({ body }))
    const provider = warmProvider(ruleOf('runpod-workers-min', url), poolOf({ endpoints: [{ id: 'a', url: 'https://api.runpod.ai/v2/abc', canaryShare: null }] }), client.send)!
    expect(await provider.minimum()).toBe(null)
  })

  it('a dummy request has no provider', () => {
    expect(warmProvider(ruleOf('dummy-request', 'http://x.test'), poolOf(), client.send)).toBe(null)
  })
})
