import { get } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import type { Telemetry } from '../../measure/load/open-telemetry.ts'
import { ROUTES } from '../../measure/query/answer-query.ts'
import { anObservation, aScore, HOUR, T0 } from '../../store/telemetry/testing.ts'
import { TELEMETRY_OFF } from '../telemetry/start-telemetry.ts'
import { CALLER, KEYS, startApi, type TestApi } from './testing.ts'

const CANARY = 'canary'
const ODD = `x'; DROP TABLE observations; --"`
/** Everything in it that is text names the tenant. */
const secret = anObservation({
  tenant: 'acme',
  id: `${CANARY}:id`,
  spanId: `${CANARY}-span`,
  responseId: `${CANARY}-response`,
  modelAsked: `${CANARY}-model`,
  pool: `${CANARY}-pool`,
  provider: `${CANARY}-provider`,
  keyId: `${CANARY}-key`,
  attribution: { user: `${CANARY}-user`, feature: ODD, session: `${CANARY}-session`, prompt: `${CANARY}-prompt`, traceId: `${CANARY}-trace`, tags: { [`${CANARY}-tag`]: CANARY } },
})
const POOLS = [{ id: 'floor', nanoUsdPerHour: '2000000000', replicas: 1 }]
const PUBLIC = '/api/v1/openapi.json'

let api: TestApi
beforeAll(async () => {
  api = await startApi([secret, anObservation({ tenant: 'rival', id: 'own', pool: 'spill' })], [aScore({ tenant: 'acme', id: `${CANARY}-score`, name: `${CANARY}-name`, traceId: `${CANARY}-trace` })], T0 + HOUR, POOLS)
})
afterAll(() => api.close())

/** An address of each route that acme gets something from. */
const addressOf = (path: string): string => path.replace('{id}', path.includes('traces') ? `${CANARY}-trace` : encodeURIComponent(`${CANARY}:id`))

describe('tenants', () => {
  it.each(ROUTES.map(({ path }) => path))('%s: its own tenant sees it, another sees nothing of it', async (path) => {
    const mine = await api.get(addressOf(path))
    expect(mine.status).toBe(200)
    const theirs = await api.get(addressOf(path), 'sw_rival')
    expect(theirs.status).toBe(path.includes('{id}') ? 404 : 200)
    expect(await theirs.text()).not.toContain(CANARY)
  })

  it.each(['by=user', 'by=key', `by=tag:${CANARY}-tag`, `user=${CANARY}-user&by=model`, 'by=feature,prompt'])('costs %s tell another tenant nothing', async (search) => {
    const { rows, total } = (await (await api.get(`/api/v1/costs?${search}`, 'sw_rival')).json()) as { readonly rows: readonly unknown[]; readonly total: readonly { readonly calls: number }[] }
    expect(JSON.stringify(rows)).not.toContain(CANARY)
    expect(total).toMatchObject([{ calls: search.startsWith('user=') ? 0 : 1 }])
  })

  it("another tenant's page cursor opens nothing", async () => {
    const cursor = Buffer.from(JSON.stringify([T0 + 1, 'z'])).toString('base64url')
    const { calls } = (await (await api.get(`/api/v1/calls?cursor=${cursor}`, 'sw_rival')).json()) as { readonly calls: readonly { readonly id: string }[] }
    expect(calls.map(({ id }) => id)).toEqual(['own'])
  })
})

describe('the door', () => {
  const paths = ROUTES.map(({ path }) => addressOf(path))

  it.each(paths)('%s needs a key, and one that may read', async (path) => {
    expect((await api.get(path, null)).status).toBe(401)
    expect((await api.get(path, 'sw_wrong')).status).toBe(401)
    const refused = await api.get(path, CALLER)
    expect([refused.status, await refused.json()]).toEqual([403, { error: { code: 'scope_missing', message: 'This key may not ask. Use a key with the scope "read".', param: null } }])
  })

  it.each([...paths, PUBLIC])('%s is only asked with GET, and kept by no cache', async (path) => {
    const posted = await api.get(path, 'sw_acme', { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow'), ((await posted.json()) as { readonly error: { readonly code: string } }).error.code]).toEqual([405, 'GET', 'method_not_allowed'])
    const got = await api.get(path)
    expect([got.status, got.headers.get('cache-control'), got.headers.get('x-content-type-options')]).toEqual([200, 'no-store', 'nosniff'])
    await got.arrayBuffer()
  })

  it('the description of the API needs no key', async () => {
    const answer = await api.get(PUBLIC, null)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toMatchObject({ openapi: '3.1.0' })
  })

  it('what is no path of the API is left to others; what only looks like one is not found', async () => {
    expect((await api.get('/api/v2/calls')).status).toBe(418)
    expect((await api.get('/api/v1/nothing')).status).toBe(404)
  })

  it('SQL in every text is a text', async () => {
    const one = encodeURIComponent(ODD)
    for (const path of ['/api/v1/calls', '/api/v1/costs', '/api/v1/latency', '/api/v1/distribution', '/api/v1/export']) {
      for (const name of ['user', 'feature', 'from', 'cursor', 'by', `tag[${ODD}]`, ODD]) {
        const answer = await api.get(`${path}?${encodeURIComponent(name)}=${one}`)
        expect([200, 400]).toContain(answer.status)
        await answer.arrayBuffer()
      }
    }
    for (const path of ['calls', 'traces']) expect((await api.get(`/api/v1/${path}/${one}`)).status).toBe(404)
    const { calls } = (await (await api.get(`/api/v1/calls?feature=${one}`)).json()) as { readonly calls: readonly unknown[] }
    expect(calls).toHaveLength(1)
    expect(api.defects).toEqual([])
  })
})

describe('exports', () => {
  it('are files to save, and leave nothing behind', async () => {
    const csv = await api.get('/api/v1/export?format=csv')
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="spillway-calls-2026-11-18-2026-11-25.csv"')
    expect(await csv.text()).toContain(`${CANARY}-user`)
    const parquet = Buffer.from(await (await api.get('/api/v1/export?format=parquet')).arrayBuffer())
    expect(parquet.subarray(0, 4).toString()).toBe('PAR1')
    while (api.leftFiles().length > 0) await new Promise(setImmediate)
    expect(api.leftFiles()).toEqual([])
  })

  it('to a client that goes away leave nothing behind', async () => {
    await new Promise<void>((resolve) => {
      const request = get(`${api.base}/api/v1/export`, { headers: { authorization: 'Bearer sw_acme' } }, (response) => {
        response.destroy()
        resolve()
      })
      request.on('error', () => resolve())
    })
    while (api.leftFiles().length > 0) await new Promise(setImmediate)
    expect(api.defects).toEqual([])
  })
})

describe('a store that cannot be asked', () => {
  let kept: TestApi['service']
  beforeEach(() => {
    kept = api.service
  })
  afterEach(() => {
    api.service = kept
  })

  it('off, and being opened: 503 with a code', async () => {
    api.service = TELEMETRY_OFF
    const off = await api.get('/api/v1/calls')
    expect([off.status, await off.json()]).toMatchObject([503, { error: { code: 'telemetry_off' } }])
    api.service = { ...TELEMETRY_OFF, store: () => { throw new SpillwayError('TELEMETRY_UNAVAILABLE', 'is being opened', 'Ask again') } }
    const opening = await api.get('/api/v1/calls')
    expect([opening.status, opening.headers.get('retry-after'), await opening.json()]).toMatchObject([503, '1', { error: { code: 'telemetry_unavailable' } }])
  })

  it('a defect is 500, told to the log and not to the client', async () => {
    api.service = { ...kept, store: () => ({ query: () => Promise.reject(new TypeError('inner words')) }) as unknown as Telemetry }
    const answer = await api.get('/api/v1/calls')
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('inner')])
    expect(api.defects.splice(0)).toHaveLength(1)
  })

  it('twelve questions of a key at once, and no more; others have their turn', async () => {
    const waiting: (() => void)[] = []
    const reply = { type: 'json', status: 200, bytes: new TextEncoder().encode('{}') } as const
    api.service = { ...kept, store: () => ({ query: () => new Promise((resolve) => waiting.push(() => resolve(reply))) }) as unknown as Telemetry }
    const running = Array.from({ length: 12 }, () => api.get('/api/v1/calls'))
    while (waiting.length < 12) await new Promise(setImmediate)
    const one = await api.get('/api/v1/calls')
    expect([one.status, one.headers.get('retry-after')]).toEqual([429, '1'])
    const other = api.get('/api/v1/calls', Object.keys(KEYS)[1])
    while (waiting.length < 13) await new Promise(setImmediate)
    for (const go of waiting.splice(0)) go()
    expect((await Promise.all([...running, other])).every(({ status }) => status === 200)).toBe(true)
    api.service = kept
    expect((await api.get('/api/v1/calls')).status).toBe(200)
  })
})
