import { createClient, type ClickHouseClient } from '@clickhouse/client'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anObservation, aScore, DAY, T0 } from '../telemetry/testing.ts'
import { checkVersion } from './migrate.ts'
import { openClickhouse } from './open-clickhouse.ts'
import type { ServerOptions } from './server.ts'
import { startProxy, type Proxy } from './testing-proxy.ts'
import { startTestServer, titleOf, type TestServer } from './testing-server.ts'

const found = await startTestServer()
const server = found as TestServer
const ALL = { from: T0 - 400 * DAY, until: T0 + 400 * DAY }

describe('a ClickHouse', () => {
  it.each(['25.8.1.5101', '25.10.2', '26.7.2.1', '27.1'])('of version %s will do', (version) => {
    expect(() => checkVersion(version, 'http://db')).not.toThrow()
  })

  it.each(['25.7.9', '24.12.1', '18.16.1', ''])('of version "%s" is too old', (version) => {
    expect(() => checkVersion(version, 'http://db')).toThrow(expect.objectContaining({ code: 'TELEMETRY_VERSION_UNSUPPORTED', place: { file: 'http://db' } }))
  })

  it.each([
    ['no URL', 'localhost', 'the URL of ClickHouse is none'],
    ['a URL of another kind', 'ftp://localhost', 'the URL of ClickHouse is none'],
    ['a URL with a password', 'http://ann:secret@db:8123', 'the URL of ClickHouse holds a user or password'],
  ])('at %s is refused, and no secret is repeated', async (_, url, message) => {
    const refused = openClickhouse({ url, database: 'd', user: 'u', password: 'p', journal: 'one' })
    await expect(refused).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE', message })
    await expect(refused).rejects.toSatisfy((error: unknown) => !JSON.stringify(error).includes('secret'))
  })
})

describe.runIf(typeof found !== 'string')(`${titleOf(found)}`, () => {
  let options: ServerOptions
  let proxy: Proxy

  beforeEach(async () => {
    options = await server.emptyDatabase()
    proxy = await startProxy(options.url)
  })

  afterEach(() => proxy.stop())
  afterAll(() => server.stop())

  const withClient = async <T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> => {
    const client = createClient({ url: options.url, username: options.user, password: options.password, database: options.database })
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
  const ask = (query: string): Promise<unknown[]> => withClient(async (client) => (await client.query({ query, format: 'JSONEachRow' })).json())

  describe('cannot be opened', () => {
    it.each<[string, Partial<ServerOptions>, object]>([
      ['with a wrong password', { password: 'guess' }, { code: 'TELEMETRY_ACCESS_DENIED', message: 'ClickHouse refuses user or password' }],
      ['with a database that is not there', { database: 'nowhere' }, { code: 'TELEMETRY_DATABASE_MISSING' }],
      ['where nothing listens', { url: 'http://127.0.0.1:1' }, { code: 'TELEMETRY_UNAVAILABLE', message: 'ClickHouse cannot be reached: nothing listens there' }],
      ['at a host that is unknown', { url: 'http://nowhere.invalid:8123' }, { code: 'TELEMETRY_UNAVAILABLE' }],
    ])('%s', async (_, parts, error) => {
      const asked = { ...options, ...parts }
      await expect(openClickhouse({ ...asked, journal: 'one' })).rejects.toMatchObject({ ...error, place: { file: `${asked.url}/${asked.database}` } })
    })

    it.each<[number, string]>([
      [497, 'TELEMETRY_ACCESS_DENIED'],
      [164, 'TELEMETRY_ACCESS_DENIED'],
      [243, 'TELEMETRY_UNAVAILABLE'],
      [999, 'TELEMETRY_UNAVAILABLE'],
    ])('where the schema is refused with %i', async (code, expected) => {
      proxy.watch((_, statement) => (statement.startsWith('CREATE TABLE') ? { code, message: 'no' } : null))
      await expect(openClickhouse({ ...options, url: proxy.url, journal: 'one' })).rejects.toMatchObject({ code: expected })
    })

    it('that has the schema of a newer Spillway', async () => {
      await (await openClickhouse({ ...options, journal: 'one' })).close()
      await withClient((client) => client.command({ query: 'INSERT INTO schema_version VALUES (99)' }))
      await expect(openClickhouse({ ...options, journal: 'one' })).rejects.toMatchObject({ code: 'TELEMETRY_SCHEMA_NEWER' })
    })
  })

  it('opening that ends half-way is done again', async () => {
    proxy.watch((_, statement) => (statement === 'CREATE TABLE IF NOT EXISTS scores' ? 'cut after' : null))
    await expect(openClickhouse({ ...options, url: proxy.url, journal: 'one' })).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
    const store = await openClickhouse({ ...options, journal: 'one' })
    expect(await store.append({ observations: [anObservation()], scores: [aScore()], at: 1 })).toMatchObject({ added: 1 })
    await store.close()
    expect(await ask('SELECT version FROM schema_version')).toEqual([{ version: 1 }])
  })

  it.each([158, 159, 160, 241])('a question that is refused with %i was too large', async (code) => {
    const store = await openClickhouse({ ...options, url: proxy.url, journal: 'one' })
    proxy.watch(() => ({ code, message: 'too much' }))
    await expect(store.calls('default', { ...ALL, limit: 1 })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_TOO_LARGE' })
    await store.close()
  })

  it('merges what has several parts into one a day, and leaves alone what is one', async () => {
    const store = await openClickhouse({ ...options, url: proxy.url, journal: 'one' })
    for (const n of [0, 1, 2]) await store.append({ observations: [anObservation({ id: `a${n}` }), ...(n === 0 ? [anObservation({ id: 'b', startedAt: T0 + DAY })] : [])], scores: [], at: n + 1 })
    proxy.watch(() => null)
    await store.seal(T0 + 3 * DAY)
    await store.seal(T0 + 3 * DAY)
    expect(proxy.seen.filter((statement) => statement === 'OPTIMIZE')).toHaveLength(1)
    expect(await store.stats()).toMatchObject({ observations: 4, sealedDays: 2 })
    await store.close()
  })

  it('keeps a score by its last content: what is deleted brings no older one back', async () => {
    const store = await openClickhouse({ ...options, journal: 'one' })
    await store.append({ observations: [], scores: [aScore({ traceId: 't', at: T0 + DAY })], at: 1 })
    await store.append({ observations: [], scores: [aScore({ traceId: 't', at: T0 - DAY })], at: 2 })
    await store.retain(T0)
    expect(await store.trace('default', 't')).toBeNull()
    expect((await store.stats()).scores).toBe(0)
    await store.close()
  })

  it('a score that names another trace now is found there only', async () => {
    const store = await openClickhouse({ ...options, journal: 'one' })
    await store.append({ observations: [], scores: [aScore({ traceId: 'before' })], at: 1 })
    await store.append({ observations: [], scores: [aScore({ traceId: 'now' })], at: 2 })
    expect([await store.trace('default', 'before'), (await store.trace('default', 'now'))!.scores.length]).toEqual([null, 1])
    await store.close()
  })

  it('lets the server forget by itself, and changes that only where it changes', async () => {
    for (const keepDays of [380, 380, 90]) await (await openClickhouse({ ...options, url: proxy.url, journal: 'one', keepDays })).close()
    expect(await ask("SELECT extract(create_table_query, 'TTL .*toIntervalDay[(]([0-9]+)[)]') AS days FROM system.tables WHERE database = currentDatabase() AND name = 'observations'")).toEqual([{ days: '90' }])
    expect(proxy.seen.filter((statement) => statement === 'ALTER TABLE observations')).toHaveLength(2)
  })

  it('half a character in a text keeps nothing out', async () => {
    const store = await openClickhouse({ ...options, journal: 'one' })
    expect(await store.append({ observations: [anObservation({ name: 'a\ud800b', attribution: { tags: { 'k\udc00': 'v\ud800' } } })], scores: [], at: 1 })).toMatchObject({ added: 1 })
    expect(await store.observation('default', 'call-1')).toMatchObject({ name: 'a\ufffdb', attribution: { tags: { 'k\ufffd': 'v\ufffd' } } })
    await store.close()
  })

  it('whatever text stands in whatever field, a batch comes in and is read as it came', async () => {
    const store = await openClickhouse({ ...options, journal: 'one' })
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((written) => written.isWellFormed())
    const observation = fc.record({ tenant: text, id: text, name: text, responseId: text, pool: text, fingerprint: text, errorCode: text, user: text, tag: text }).map(({ user, tag, ...parts }) => anObservation({ ...parts, attribution: { user, traceId: user, tags: { [tag]: user } } }))
    let at = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(observation, { selector: ({ tenant }) => tenant, minLength: 1, maxLength: 20 }), async (observations) => {
        await store.append({ observations, scores: observations.map(({ tenant, id, name }) => aScore({ tenant, id, name, label: name })), at: ++at })
        for (const one of observations) {
          expect(await store.observation(one.tenant, one.id)).toEqual(one)
          const { user, tags } = one.attribution
          expect(await store.aggregate(one.tenant, { ...ALL, by: [`tag:${Object.keys(tags)[0]!}`], measures: [], where: { user: [user], pool: [one.pool] } })).toMatchObject([{ group: [user] }])
        }
      }),
      { numRuns: 10, endOnFailure: true },
    )
    await store.close()
  })

  it('a batch of tens of megabytes is one batch', async () => {
    const store = await openClickhouse({ ...options, journal: 'one' })
    const long = 'x'.repeat(15_000_000)
    expect(await store.append({ observations: [anObservation({ toolsDeclared: [long] }), anObservation({ id: 'two', toolsDeclared: [long] })], scores: [], at: 1 })).toMatchObject({ added: 2 })
    expect((await store.observation('default', 'two'))!.toolsDeclared[0]!.length).toBe(long.length)
    await store.close()
  })
})
