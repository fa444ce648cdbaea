import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { DEMO_KEY, MESSAGES, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('the process', () => {
  it('answers health, readiness and metrics, without a key and without a secret', async () => {
    const call = await fetch(`${server.baseURL}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 4 }) })
    expect([call.status, call.headers.get('x-spillway-pool')]).toEqual([200, 'floor'])
    expect(await (await fetch(`${server.base}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${server.base}/readyz`)).status).toBe(200)
    const metrics = await (await fetch(`${server.base}/metrics`)).text()
    expect(metrics).toMatch(/spillway_calls_total\{pool="floor"/u)
    expect(metrics).not.toContain(DEMO_KEY)
  })

  it('has every finished call in the journal once it has stopped', async () => {
    await server.server.stop()
    const kept: unknown[] = []
    for await (const { record } of journalReader(journalFolder(server.data)).read(0)) kept.push(record)
    const ids = kept.flatMap((record) => ((record as { kind: string }).kind === 'call' ? [(record as CallRecord).id] : []))
    expect(ids).toEqual(server.records.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain(DEMO_KEY)
  })
})
