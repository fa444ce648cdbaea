import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeExports } from '../telemetry-exports.contract.ts'
import { describeTelemetryStore } from '../telemetry.contract.ts'
import type { Observation } from '../../core/observation.ts'
import { MEASURES } from '../telemetry.ts'
import { memoryTelemetry } from '../telemetry/memory.ts'
import { anObservation, aScore, DAY, HOUR, T0 } from '../telemetry/testing.ts'
import { openDatabase, rowsOf, within } from './database.ts'
import { openDuckdbTelemetry } from './open-duckdb.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-telemetry-'))
let stores = 0
afterAll(() => rmSync(root, { recursive: true }))

describeTelemetryStore('DuckDB', () => openDuckdbTelemetry({ folder: join(root, String(stores++)) }))

describe('DuckDB, opened again', () => {
  it('knows ids, sides, scores and position of before, from the table and from sealed days', async () => {
    const folder = join(root, 'again')
    const gateway = anObservation({ id: 'g', responseId: 'r' })
    const application = anObservation({ id: 's', source: 'otlp', responseId: 'q', startedAt: T0 + 5 * DAY })
    let store = await openDuckdbTelemetry({ folder })
    await store.append({ observations: [gateway, application], scores: [aScore()], at: 7 })
    await store.seal(T0 + 2 * DAY)
    await store.close()
    store = await openDuckdbTelemetry({ folder })
    expect(await store.position()).toBe(7)
    const second = [{ ...application, id: 's2', responseId: 'r', startedAt: T0 + 1 }, anObservation({ id: 'g2', responseId: 'q', startedAt: T0 + 5 * DAY })]
    expect(await store.append({ observations: [gateway, application, ...second], scores: [aScore({ value: 0 })], at: 8 })).toEqual({ added: 2, repeated: 2, replaced: 0, merged: 2, refused: 0 })
    expect(await store.stats()).toMatchObject({ observations: 4, scores: 1, sealedDays: 1 })
    const calls = (await store.calls('default', { from: 0, until: 4e12, limit: 9 })).calls
    expect(calls.filter(({ billable }) => billable).map(({ id }) => id)).toEqual(['g2', 'g'])
    await store.close()
  })

  it('sweeps away what a crash left half done, and nothing else', async () => {
    const folder = join(root, 'sweep')
    await (await openDuckdbTelemetry({ folder })).close()
    for (const name of ['day-2026-11-25-1.parquet', 'day-2026-11-25-1.parquet.tmp', 'mine.parquet']) writeFileSync(join(folder, name), '')
    await (await openDuckdbTelemetry({ folder })).close()
    expect(readdirSync(folder).filter((name) => name.includes('parquet'))).toEqual(['mine.parquet'])
  })

  it('refuses where a sealed day is missing, and a schema of the future', async () => {
    const folder = join(root, 'damaged')
    const store = await openDuckdbTelemetry({ folder })
    await store.append({ observations: [anObservation()], scores: [], at: 1 })
    await store.seal(T0 + 2 * DAY)
    await store.close()
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.parquet'))) rmSync(join(folder, name))
    await expect(openDuckdbTelemetry({ folder })).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
    const newer = join(root, 'newer')
    const database = await openDatabase({ folder: newer })
    await database.writer.run('INSERT INTO schema_version VALUES (99)')
    database.close()
    await expect(openDuckdbTelemetry({ folder: newer })).rejects.toMatchObject({ code: 'TELEMETRY_SCHEMA_NEWER' })
  })

  it('says so where the folder cannot be used, and what is no database', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    await expect(openDuckdbTelemetry({ folder: file })).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
    const folder = join(root, 'other')
    mkdirSync(folder)
    writeFileSync(join(folder, 'telemetry.duckdb'), 'x'.repeat(20_000))
    await expect(openDuckdbTelemetry({ folder })).rejects.toMatchObject({ code: 'TELEMETRY_UNAVAILABLE' })
  })

  it('answers the same while days are sealed under the questions', async () => {
    const store = await openDuckdbTelemetry({ folder: join(root, 'busy') })
    await store.append({ observations: Array.from({ length: 600 }, (_, n) => anObservation({ id: `c${n}`, startedAt: T0 + (n % 6) * DAY })), scores: [], at: 1 })
    const sealing = { done: false }
    const sealed = store.seal(T0 + 5 * DAY).finally(() => (sealing.done = true))
    const answers = new Set<unknown>()
    while (!sealing.done) answers.add((await store.aggregate('default', { from: 0, until: 4e12, by: [], measures: ['calls'] }))[0]!.values['calls'])
    await sealed
    expect([...answers]).toEqual([600])
    await store.close()
  })
})

const some = (n: number, of: readonly (string | null)[]): string | null => of[n % of.length]!

const call = (n: number): Observation =>
  anObservation({ id: `c${n}`, startedAt: T0 + n * 1.7 * HOUR, pool: some(n, ['floor', 'spill', null]), keyId: some(n, ['k1', 'k2']), modelServed: some(n, ['m1', null]), outcome: n % 7 === 0 ? 'client-aborted' : 'ok', attribution: { user: some(n, ['ann', 'bob', null]), feature: some(n, ['f1', 'f2', 'f3', null]) }, cost: { nanoUsd: String(n ** 5 * 1000) } })

describe('sums of sealed days', () => {
  it('answer as the rows do: by each dimension, in each bucket, from the middle of a day, with late rows', async () => {
    const [own, plain] = [await openDuckdbTelemetry({ folder: join(root, 'sums') }), memoryTelemetry()]
    const early = Array.from({ length: 90 }, (_, n) => call(n))
    const late = Array.from({ length: 9 }, (_, n) => call(n * 9 + 0.5))
    for (const store of [own, plain]) await store.append({ observations: early, scores: [], at: 1 })
    await own.seal(T0 + 5 * DAY)
    for (const store of [own, plain]) await store.append({ observations: late, scores: [], at: 2 })
    expect((await own.stats()).sealedDays).toBeGreaterThan(3)
    for (const by of [[], ['user'], ['feature'], ['pool'], ['modelServed'], ['key'], ['session'], ['feature', 'pool']] as const) {
      for (const bucketMs of [undefined, HOUR / 2, HOUR, 5 * HOUR, DAY, 7 * DAY]) {
        for (const where of [{}, { feature: ['f1', null] }, { user: ['ann'] }]) {
          const query = { from: T0 + 5.5 * HOUR, until: T0 + 4.6 * DAY, by, where, measures: MEASURES, ...(bucketMs === undefined ? {} : { bucketMs }) }
          const top = { by: 'costNanoUsd', limit: 2 } as const
          expect(await own.aggregate('default', query)).toEqual(await plain.aggregate('default', query))
          expect(await own.aggregate('default', { ...query, measures: ['calls'], top })).toEqual(await plain.aggregate('default', { ...query, measures: ['calls'], top }))
          const parts = { ...query, by: by.length > 0 ? by : (['pool'] as const), top }
          expect(await own.breakdown('default', parts)).toEqual(await plain.breakdown('default', parts))
        }
      }
    }
    await own.close()
  })

  it('days that were sealed before there were sums answer from their rows', async () => {
    const folder = join(root, 'unsummed')
    const store = await openDuckdbTelemetry({ folder })
    await store.append({ observations: [anObservation({ id: 'a' }), anObservation({ id: 'b', startedAt: T0 + 3 * DAY })], scores: [], at: 1 })
    await store.seal(T0 + 2 * DAY)
    await store.close()
    const { writer, close } = await openDatabase({ folder })
    await writer.run('UPDATE sealed_days SET summed = false; DELETE FROM sealed_sums')
    close()
    const again = await openDuckdbTelemetry({ folder })
    expect((await again.aggregate('default', { from: 0, until: 4e12, by: [], measures: ['calls'] }))[0]!.values).toEqual({ calls: 2 })
    await again.close()
  })
})

describeExports('DuckDB', () => openDuckdbTelemetry({ folder: join(root, String(stores++)) }))

it('a question without end is ended, and its connection answers the next one', async () => {
  const { writer, close } = await openDatabase({ folder: join(root, 'endless') })
  await expect(within(writer, 20, () => rowsOf(writer, 'SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 8'))).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_TOO_LARGE' })
  expect(await within(writer, 60_000, () => rowsOf(writer, 'SELECT 1 AS one'))).toEqual([{ one: 1 }])
  await expect(within(writer, 60_000, () => rowsOf(writer, 'SELECT nothing'))).rejects.toThrow(/nothing/u)
  close()
})
