import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { startTestServer, titleOf, type TestServer } from '../../store/telemetry-clickhouse/testing-server.ts'
import { anObservation } from '../../store/telemetry/testing.ts'
import type { QueryRequest } from './messages.ts'
import { openTelemetry, type Telemetry } from './open-telemetry.ts'
import { aCall } from './testing.ts'

const found = await startTestServer()
const server = found as TestServer
const root = mkdtempSync(join(tmpdir(), 'spillway-telemetry-clickhouse-'))
const ALL = { from: 0, until: 4e12 } as const

describe.runIf(typeof found !== 'string')(`${titleOf(found)}`, () => {
  afterAll(async () => {
    await server.stop()
    rmSync(root, { recursive: true })
  })

  it('is loaded by the thread from several journals, goes on where it was, and answers the API', async () => {
    const clickhouse = await server.emptyDatabase()
    const open = (name: string): Promise<Telemetry> => openTelemetry({ folder: join(root, name, 'telemetry'), journal: join(root, name, 'journal'), clickhouse })
    const call = aCall({ responseId: 'r' })
    const first = await write('one', call)
    let one = await open('one')
    expect(await one.load(first)).toMatchObject({ counts: { observations: 1 }, position: first, more: false })
    await one.close()
    // The application's view of the call comes to another Spillway.
    const spans = await write('two', { kind: 'observation', schemaVersion: 1, observation: anObservation({ id: 's', tenant: call.tenant, source: 'otlp', responseId: 'r', startedAt: call.arrivedAt }) })
    const two = await open('two')
    expect(await two.load(spans)).toMatchObject({ counts: { observations: 1 }, position: spans })
    const second = await write('one', aCall({ id: 'later' }))
    one = await open('one')
    expect(await one.position()).toBe(first)
    expect(await one.load(second)).toMatchObject({ counts: { observations: 1 }, position: second })
    const [row] = await two.aggregate(call.tenant, { ...ALL, by: [], measures: ['calls'] })
    expect([row!.values, (await two.stats()).observations]).toEqual([{ calls: 2 }, 3])
    const asking = { tenant: call.tenant, admin: false, asOf: null, now: call.arrivedAt + 1000, behindBytes: 0, dedicated: [] }
    expect(await answerOf(two, { path: '/api/v1/calls', search: '', ...asking })).toMatchObject({ status: 200 })
    const reply = await two.query({ path: '/api/v1/export', search: 'format=csv', ...asking })
    expect(reply.type === 'file' && readFileSync(reply.answer.file, 'utf8').trimEnd().split('\n').length).toBe(3)
    await one.close()
    await two.close()
  })
})

/** Writes records to a journal; its length then. */
async function write(name: string, ...records: readonly object[]): Promise<number> {
  const journal = await openJournal({ folder: join(root, name, 'journal'), clock: { now: () => 1000 } })
  for (const record of records) journal.append(record as Parameters<typeof journal.append>[0])
  await journal.flush()
  const { bytes } = journal.stats()
  await journal.close()
  return bytes
}

async function answerOf(telemetry: Telemetry, request: QueryRequest): Promise<{ readonly status: number; readonly text: string }> {
  const reply = await telemetry.query(request)
  if (reply.type !== 'json') throw new Error('a file')
  return { status: reply.status, text: Buffer.from(reply.bytes).toString('utf8') }
}
