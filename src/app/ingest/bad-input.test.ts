import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { anObservation, aScore, HOUR, T0 } from '../../store/telemetry/testing.ts'
import { startApi, type TestApi } from '../api/testing.ts'
import { NOW } from '../../measure/ingest/protobuf/testing.ts'
import { startIngest } from './testing.ts'

const SQL = `x'); DROP TABLE observations; SELECT ('"\\\`--`
const TEXTS = ['id', 'name', 'spanId', 'responseId', 'provider', 'modelAsked', 'modelServed', 'keyId', 'pool', 'endpoint', 'reason', 'errorCode', 'finishReason', 'fingerprint'] as const
const FILTERS = ['user', 'feature', 'session', 'prompt', 'promptVersion', 'key', 'model', 'modelServed', 'provider', 'pool', 'endpoint', 'reason', 'name', 'fingerprint']

/** SQL in everything that is text. */
const hostile = anObservation({
  tenant: 'acme',
  ...(Object.fromEntries(TEXTS.map((field) => [field, SQL])) as Partial<Observation>),
  attribution: { user: SQL, feature: SQL, session: SQL, prompt: SQL, promptVersion: SQL, traceId: SQL, parentSpanId: SQL, tags: { [SQL.slice(0, 64)]: SQL } },
  tool: { name: SQL, argumentsHash: SQL, resultHash: SQL },
  toolsDeclared: [SQL],
  toolsCalled: [SQL],
  cost: { nanoUsd: '7' },
})

describe('SQL in every field, through the embedded store and back', () => {
  let api: TestApi
  beforeAll(async () => void (api = await startApi([hostile, anObservation({ tenant: 'acme', id: 'plain', cost: { nanoUsd: '5' } })], [aScore({ tenant: 'acme', id: SQL, name: SQL, label: SQL, traceId: SQL })], T0 + HOUR)))
  afterAll(() => api.close())

  const get = async (path: string): Promise<unknown> => (await api.get(path)).json()

  it('the call comes back as it went in', async () => {
    expect(await get(`/api/v1/calls/${encodeURIComponent(SQL)}`)).toMatchObject({ call: { id: SQL, name: SQL, provider: SQL, modelServed: SQL } })
    expect(await get(`/api/v1/traces/${encodeURIComponent(SQL)}`)).toMatchObject({ scores: [{ name: SQL, label: SQL }] })
  })

  it.each(FILTERS)('%s is a filter and a group with it', async (name) => {
    expect(await get(`/api/v1/costs?from=1d&by=${name}&${name}=${encodeURIComponent(SQL)}`)).toMatchObject({ rows: [{ group: [SQL], calls: 1, costNanoUsd: '7' }] })
  })

  it('a tag is one, too, and all calls are still there', async () => {
    const tag = encodeURIComponent(SQL.slice(0, 64))
    expect(await get(`/api/v1/costs?from=1d&by=model&tag[${tag}]=${encodeURIComponent(SQL)}`)).toMatchObject({ total: [{ calls: 1 }] })
    expect(await get('/api/v1/costs?from=1d&by=model')).toMatchObject({ total: [{ calls: 2, costNanoUsd: '12' }] })
    expect(api.defects).toEqual([])
  })
})

describe('two tenants with the same ids', () => {
  let api: TestApi
  const same = { id: 't:s', spanId: 's', attribution: { traceId: 't' } }
  beforeAll(async () => void (api = await startApi([anObservation({ tenant: 'acme', ...same, cost: { nanoUsd: '1' } }), anObservation({ tenant: 'rival', ...same, cost: { nanoUsd: '2' } }), anObservation({ tenant: 'acme', id: 'guessed', attribution: { traceId: 'hidden' } })], [], T0 + HOUR)))
  afterAll(() => api.close())

  it.each([['sw_acme', '1'], ['sw_rival', '2']])('%s sees its own call', async (key, nanoUsd) => {
    const answer = await api.get('/api/v1/calls/t:s', key)
    expect([answer.status, await answer.json()]).toMatchObject([200, { call: { cost: { nanoUsd } } }])
  })

  it.each(['/api/v1/calls/guessed', '/api/v1/traces/hidden'])('%s is 200 for its owner and 404 for who guesses', async (path) => {
    expect([(await api.get(path, 'sw_acme')).status, (await api.get(path, 'sw_rival')).status]).toEqual([200, 404])
  })
})

describe('another currency', () => {
  it('is refused by name, and no amount of it is taken for dollars', async () => {
    const server = await startIngest({ now: NOW })
    const response = await server.post('/api/calls', JSON.stringify({ calls: [{ id: 'a', startedAt: NOW, costUsd: 1 }, { id: 'b', startedAt: NOW, costUsd: 1, currency: 'EUR' }, { id: 'c', startedAt: NOW, costEur: 1 }, { id: 'd', startedAt: NOW, costUsd: '1 EUR' }] }))
    server.close()
    expect(await response.json()).toMatchObject({ accepted: 1, ids: ['call:a'], rejected: [{ index: 1, message: expect.stringMatching(/^currency is no field/u) }, { index: 2, message: expect.stringMatching(/^costEur is no field/u) }, { index: 3, message: expect.stringMatching(/^costUsd /u) }] })
    expect(server.journal.records).toHaveLength(1)
  })
})
