import { afterAll, beforeEach, afterEach, describe, expect, it } from 'vitest'
import type { TelemetryBatch, TelemetryStore } from '../telemetry.ts'
import { anObservation, DAY, T0 } from '../telemetry/testing.ts'
import { openClickhouse } from './open-clickhouse.ts'
import type { ServerOptions } from './server.ts'
import { startProxy, type Proxy } from './testing-proxy.ts'
import { startTestServer, titleOf, type TestServer } from './testing-server.ts'

const found = await startTestServer()
const server = found as TestServer
const ALL = { from: T0 - 400 * DAY, until: T0 + 400 * DAY }

describe.runIf(typeof found !== 'string')(`${titleOf(found)}`, () => {
  let options: ServerOptions
  let proxy: Proxy
  let stores: TelemetryStore[]

  beforeEach(async () => {
    options = await server.emptyDatabase()
    proxy = await startProxy(options.url)
    stores = []
  })

  afterEach(async () => {
    for (const store of stores) await store.close()
    await proxy.stop()
  })

  afterAll(() => server.stop())

  const open = async (journal: string, parts: Partial<ServerOptions> = {}): Promise<TelemetryStore> => {
    const store = await openClickhouse({ ...options, ...parts, journal })
    stores.push(store)
    return store
  }

  it('several open an empty database at once', async () => {
    const opened = await Promise.all(['a', 'b', 'c'].map((journal) => open(journal)))
    await opened[0]!.append({ observations: [anObservation()], scores: [], at: 1 })
    expect(await count(opened[2]!)).toBe(1)
  })

  it('two load the same journal at once: no record counts twice, and the one that is behind is told', async () => {
    const [one, two] = [await open('a'), await open('a')]
    await Promise.all([one.position(), two.position()])
    const answers = await Promise.allSettled([one.append(batch(0, 10)), two.append(batch(0, 15))])
    // Whoever is second has a batch that was loaded, or one that reaches farther than what the first has loaded.
    const position = await one.position()
    expect(await two.position()).toBe(position)
    expect(answers.map((answer) => (answer.status === 'rejected' ? (answer.reason as { code: string }).code : answer.value.added))).toEqual(position === 15 ? [0, 15] : [10, 'TELEMETRY_LOCKED'])
    await two.append(batch(position, 20))
    await expect(one.append(batch(position, 25))).rejects.toMatchObject({ code: 'TELEMETRY_LOCKED' })
    expect(await one.position()).toBe(20)
    await one.append(batch(20, 25))
    expect(await one.stats()).toMatchObject({ observations: 25, repeated: 0, replaced: 0, position: 25 })
  })

  it('two journals at once: each batch counts, two views of a call meet, and positions are their own', async () => {
    const ROUNDS = 6
    const gateway = await open('gateway')
    const spans = await open('spans')
    await Promise.all([
      ...Array.from({ length: ROUNDS }, (_, n) => gateway.append({ observations: [anObservation(call(n))], scores: [], at: n + 1 })),
      ...Array.from({ length: ROUNDS }, (_, n) => spans.append({ observations: [anObservation({ ...call(n), id: `s${n}`, source: 'otlp' }), anObservation({ id: 'both' })], scores: [], at: 100 * (n + 1) })),
    ])
    expect(await count(gateway)).toBe(ROUNDS + 1)
    expect(await gateway.stats()).toMatchObject({ observations: 2 * ROUNDS + 1, position: ROUNDS, merged: ROUNDS, repeated: ROUNDS - 1 })
    expect(await spans.position()).toBe(100 * ROUNDS)
  })

  it('who is overtaken between looking and committing begins anew on what the other left', async () => {
    const [slow, quick] = [await open('slow', { url: proxy.url }), await open('quick')]
    const application = anObservation({ id: 's', source: 'otlp', responseId: 'r' })
    proxy.watch((index, statement) => (index === 2 && statement === 'INSERT INTO loaded' ? { before: async () => void (await quick.append({ observations: [application], scores: [], at: 5 })) } : null))
    expect(await slow.append({ observations: [anObservation({ id: 'g', responseId: 'r' })], scores: [], at: 1 })).toMatchObject({ added: 1, merged: 1 })
    expect(proxy.seen.filter((statement) => statement === 'INSERT INTO loaded')).toHaveLength(2)
    expect(await count(slow)).toBe(1)
  })

  it('who commits and is gone before its rows are there leaves them to the next of any journal', async () => {
    const [gone, next] = [await open('gone', { url: proxy.url }), await open('next')]
    proxy.watch((_, statement) => (statement === 'INSERT INTO places' ? 'cut before' : null))
    await expect(gone.append({ observations: [anObservation({ id: 'g', responseId: 'r' })], scores: [], at: 1 })).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
    expect(await next.append({ observations: [anObservation({ id: 's', source: 'otlp', responseId: 'r' })], scores: [], at: 1 })).toMatchObject({ added: 1, merged: 1 })
    expect(await count(next)).toBe(1)
  })
})

function call(n: number): { readonly id: string; readonly responseId: string; readonly startedAt: number } {
  return { id: `g${n}`, responseId: `r${n}`, startedAt: T0 + n }
}

/** Records `from` to `until` of a journal. */
function batch(from: number, until: number): TelemetryBatch {
  return { observations: Array.from({ length: until - from }, (_, n) => anObservation({ id: `c${from + n}` })), scores: [], at: until }
}

async function count(store: TelemetryStore): Promise<unknown> {
  return (await store.aggregate('default', { ...ALL, by: [], measures: ['calls'] }))[0]!.values['calls']
}
