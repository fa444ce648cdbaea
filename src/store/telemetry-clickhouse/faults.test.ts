import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TelemetryBatch, TelemetryStore } from '../telemetry.ts'
import { memoryTelemetry } from '../telemetry/memory.ts'
import { anObservation, aScore, DAY, T0 } from '../telemetry/testing.ts'
import { openClickhouse } from './open-clickhouse.ts'
import type { ServerOptions } from './server.ts'
import { startProxy, type Fault, type Proxy } from './testing-proxy.ts'
import { startTestServer, titleOf, type TestServer } from './testing-server.ts'

const found = await startTestServer()
const server = found as TestServer
const ALL = { from: T0 - 400 * DAY, until: T0 + 400 * DAY }

/** More for a soak: SPILLWAY_KILLS=50 vitest run faults */
const KILLS = Number(process.env['SPILLWAY_KILLS'] ?? 3)

const application = anObservation({ id: 's', source: 'otlp', responseId: 'r', startedAt: T0 - 20, attribution: { user: 'ann', session: 'chat', traceId: 't' } })
const gateway = anObservation({ id: 'g', responseId: 'r', attribution: { user: null } })

/** A little of everything, the middle one above all: new rows, two views, a row that changes its day, one that repeats, scores. */
const BATCHES: readonly TelemetryBatch[] = [
  { observations: [application, anObservation({ id: 'moves' }), anObservation({ id: 'stays' })], scores: [aScore({ traceId: 't', value: 0 })], at: 10 },
  { observations: [gateway, anObservation({ id: 'moves', startedAt: T0 + 3 * DAY }), anObservation({ id: 'stays' }), anObservation({ id: 'new' })], scores: [aScore({ traceId: 't' })], at: 20 },
  { observations: [anObservation({ id: 'new', status: 201 }), gateway], scores: [], at: 30 },
]

/** The statements of the middle batch. */
const STATEMENTS = ['SELECT', 'SELECT', 'INSERT INTO loaded', 'SELECT', 'INSERT INTO places', 'INSERT INTO observations', 'INSERT INTO scores']

describe.runIf(typeof found !== 'string')(`${titleOf(found)}`, () => {
  let proxy: Proxy
  let options: ServerOptions
  let store: TelemetryStore
  let expected: unknown

  const open = (parts: Partial<ServerOptions> = {}): Promise<TelemetryStore> => openClickhouse({ ...options, url: proxy.url, journal: 'one', ...parts })

  beforeEach(async () => {
    proxy = await startProxy(server.url())
    options = await server.emptyDatabase()
    store = await open()
    const plain = memoryTelemetry()
    for (const batch of BATCHES) await plain.append(batch)
    expected = await everything(plain)
  })

  afterEach(async () => {
    await store.close()
    await proxy.stop()
  })

  afterAll(() => server.stop())

  it('the statements of a batch are those that are harmed below', async () => {
    await store.append(BATCHES[0]!)
    proxy.watch(() => null)
    await store.append(BATCHES[1]!)
    expect(proxy.seen).toEqual(STATEMENTS)
  })

  describe.each(STATEMENTS.map((name, index) => [index, name] as const))('the way to the server is cut at statement %i of a batch, %s', (index) => {
    it.each<[string, Fault]>([
      ['before it is there', 'cut before'],
      ['after it is done', 'cut after'],
    ])('%s: whoever goes on, everything is there once', async (_, fault) => {
      await store.append(BATCHES[0]!)
      proxy.watch((at) => (at === index ? fault : null))
      await expect(store.append(BATCHES[1]!)).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE', place: { file: `${proxy.url}/${options.database}` } })
      // Another process, for which what is left is one batch; then the one that failed, which loads nothing twice.
      await whileOpen(await open(), async (other) => {
        await load(other, true)
        expect(await everything(other)).toEqual(expected)
      })
      await load(store, false)
      expect(await everything(store)).toEqual(expected)
    })
  })

  it.each(STATEMENTS.map((name, index) => [index, name] as const))('the same process goes on after a cut at statement %i of a batch, %s', async (index) => {
    await store.append(BATCHES[0]!)
    proxy.watch((at) => (at === index ? 'cut after' : null))
    await expect(store.append(BATCHES[1]!)).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
    await store.append(BATCHES[1]!)
    await load(store, false)
    expect(await everything(store)).toEqual(expected)
  })

  it.each(['INSERT INTO loaded', 'INSERT INTO observations'])('the disk is full at %s: told, and no position without its rows', async (statement) => {
    await store.append(BATCHES[0]!)
    proxy.watch((_, words) => (words === statement ? { code: 243, message: 'Cannot reserve 1.00 MiB, not enough space' } : null))
    const refused = { code: 'TELEMETRY_UNAVAILABLE', message: 'the disk of ClickHouse is full' }
    await expect(store.append(BATCHES[1]!)).rejects.toMatchObject(refused)
    await expect(load(store, false)).rejects.toMatchObject(refused)
    proxy.watch(() => null)
    await load(store, false)
    expect(await everything(store)).toEqual(expected)
  })

  it('no answer comes: given up after the limit, and loaded once', async () => {
    await whileOpen(await open({ timeoutMs: 3000 }), async (own) => {
      proxy.watch((_, words) => (words === 'INSERT INTO loaded' ? 'hang' : null))
      await expect(own.append(BATCHES[0]!)).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE', message: 'ClickHouse did not answer within 3 s' })
    })
    proxy.watch(() => null)
    await whileOpen(await open(), async (patient) => {
      await load(patient, false)
      expect(await everything(patient)).toEqual(expected)
    })
  })

  it('the server is gone: says where nothing listens', async () => {
    await proxy.stop()
    await expect(store.append(BATCHES[0]!)).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE', message: 'ClickHouse cannot be reached: nothing listens there', place: { file: `${proxy.url}/${options.database}` } })
  })

  it.runIf(typeof found !== 'string' && server.restart !== null)(`the server is killed ${KILLS} times in mid-batch: everything is there once`, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const database = await server.emptyDatabase()
      const own = await openClickhouse({ ...database, url: proxy.url, journal: 'one' })
      await own.append(BATCHES[0]!)
      // At the commit and at what comes after it, in turn.
      proxy.watch((at) => (at === 2 + (kill % 5) ? { during: server.kill } : null))
      await expect(own.append(BATCHES[1]!)).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
      await own.close()
      await server.restart!()
      await whileOpen(await openClickhouse({ ...database, url: server.url(), journal: 'one' }), async (again) => {
        await load(again, false)
        expect(await everything(again)).toEqual(expected)
      })
      await proxy.stop()
      proxy = await startProxy(server.url())
    }
  })
})

async function everything(store: TelemetryStore): Promise<unknown> {
  const { bytes: _, sealedDays: __, ...stats } = await store.stats()
  return {
    stats,
    calls: await store.calls('default', { ...ALL, limit: 100 }),
    trace: await store.trace('default', 't'),
    sums: await store.aggregate('default', { ...ALL, by: ['user'], measures: ['calls', 'costNanoUsd'] }),
  }
}

/** As the loader does: from the position on, what is left in one batch or as it was. */
async function load(into: TelemetryStore, asOne: boolean): Promise<void> {
  const position = await into.position()
  const left = BATCHES.filter(({ at }) => at > position)
  if (!asOne) for (const batch of left) await into.append(batch)
  else if (left.length > 0) await into.append({ observations: left.flatMap(({ observations }) => observations), scores: left.flatMap(({ scores }) => scores), at: left.at(-1)!.at })
}

async function whileOpen<T>(own: TelemetryStore, work: (own: TelemetryStore) => Promise<T>): Promise<T> {
  try {
    return await work(own)
  } finally {
    await own.close()
  }
}
