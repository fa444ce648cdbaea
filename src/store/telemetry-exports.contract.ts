import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ExportCalls } from './telemetry-exports.ts'
import type { TelemetryStore } from './telemetry.ts'
import { anObservation, DAY, T0 } from './telemetry/testing.ts'

/** What every store that exports must write. `open` gives an empty one. */
export function describeExports(name: string, open: () => Promise<TelemetryStore & { readonly exportCalls: ExportCalls }>): void {
  const root = mkdtempSync(join(tmpdir(), 'spillway-exports-'))
  afterAll(() => rmSync(root, { recursive: true }))

  describe(`exports of ${name}`, () => {
    const ALL = { from: T0 - 9 * DAY, until: T0 + 9 * DAY, limit: 100 }

    it('as CSV has every call of the tenant, newest first, from the table and from sealed days, and runs nothing in a spreadsheet', async () => {
      const store = await open()
      const file = join(root, 'calls.csv')
      const odd = '=HYPERLINK("http://x"), \'"; DROP TABLE observations'
      await store.append({ observations: [anObservation({ startedAt: T0 - 5 * DAY, attribution: { user: odd, feature: '＋1', tags: { team: 'core' } }, cost: { nanoUsd: '8999999999999999999' } }), anObservation({ id: 'b', ttftMs: null, status: null, attribution: { user: null } }), anObservation({ id: 'foreign', tenant: 'other' }), anObservation({ id: 'step', kind: 'tool', billable: false })], scores: [], at: 1 })
      await store.seal(T0)
      expect(await store.exportCalls('default', { ...ALL, billableOnly: true }, 'csv', file)).toBe(2)
      const [header, newest, oldest, ...more] = readFileSync(file, 'utf8').trimEnd().split('\n')
      expect(more).toEqual([])
      const names = header!.replaceAll('"', '').split(',')
      const cellsOf = (line: string): Record<string, string> => Object.fromEntries([...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/gu)].map((match, index) => [names[index] ?? '', match[1]!.replace(/^"(.*)"$/su, '$1').replaceAll('""', '"')]))
      expect(cellsOf(oldest!)).toMatchObject({ id: 'call-1', startedAt: '2026-11-20T08:00:00.000Z', durationMs: '1200.25', user: `'${odd}`, feature: "'＋1", tags: '{"team":"core"}', ttftMs: '80.5', status: '200', inputTokens: '120', outputTokens: '55', costUsd: '8999999999.999999999', costNanoUsd: '8999999999999999999', costStatus: 'complete' })
      expect(cellsOf(newest!)).toMatchObject({ id: 'b', user: '', ttftMs: '', status: '', tags: '' })
      await store.close()
    })

    it('as Parquet has texts as they are, and numbers as numbers', async () => {
      const store = await open()
      const file = join(root, 'calls.parquet')
      await store.append({ observations: [anObservation({ attribution: { user: '=1+1' } })], scores: [], at: 1 })
      expect(await store.exportCalls('default', { ...ALL, where: { user: ['=1+1'] } }, 'parquet', file)).toBe(1)
      await store.close()
      const reader = await (await DuckDBInstance.create()).connect()
      const rows = (await reader.runAndReadAll(`SELECT "user", "costNanoUsd", epoch_ms("startedAt") AS at FROM read_parquet('${file}')`)).getRowObjects()
      expect(rows).toEqual([{ user: '=1+1', costNanoUsd: 1_500_000n, at: BigInt(T0) }])
      reader.closeSync()
    })

    it('as requests has what a plan is made from, oldest first, and leaves out calls whose tokens nobody counted', async () => {
      const store = await open()
      const file = join(root, 'requests.jsonl')
      await store.append({ observations: [anObservation({ startedAt: T0 + 1.5 }), anObservation({ id: 'b', startedAt: T0, usage: { output: 7 } }), anObservation({ id: 'none', usage: {}, usageSource: 'none' })], scores: [], at: 1 })
      expect(await store.exportCalls('default', ALL, 'requests', file)).toBe(2)
      expect(readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([{ t: T0, input: 0, output: 7, cached: 0 }, { t: T0 + 1.5, input: 120, output: 55, cached: 20 }])
      await store.close()
    })

    it('is refused where the question is none', async () => {
      const store = await open()
      await expect(store.exportCalls('default', { ...ALL, from: 2, until: 1 }, 'csv', join(root, 'none.csv'))).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
      await store.close()
    })
  })
}
