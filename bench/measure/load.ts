import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Score } from '../../src/core/observation.ts'
import { seededRandom } from '../../src/core/random.ts'
import { CardinalityGuard } from '../../src/measure/load/cardinality-guard.ts'
import { loadJournal } from '../../src/measure/load/load-journal.ts'
import { answerQuery } from '../../src/measure/query/answer-query.ts'
import type { JournalEntry } from '../../src/store/journal.ts'
import { type DuckdbStore, openDuckdbTelemetry } from '../../src/store/telemetry-duckdb/open-duckdb.ts'
import { openClickhouse } from '../../src/store/telemetry-clickhouse/open-clickhouse.ts'
import { startTestServer } from '../../src/store/telemetry-clickhouse/testing-server.ts'
import type { TelemetryStore } from '../../src/store/telemetry.ts'
import { callTexts, idOf, traceOf } from './call-texts.ts'

/**
 * The telemetry store: rows a second from records (parsed from JSON as the journal's are) into DuckDB or ClickHouse (at CLICKHOUSE_URL,
 * or chdb, which answers one statement at a time), from empty to full; then the questions of a dashboard over all of it, first as it was
 * loaded, then with all days but the last two sealed.
 * Run: node bench/measure/load.ts [--store clickhouse] [--rows 10000000] [--memory 512] [--folder on-the-disk-to-measure]
 */
const { values: options } = parseArgs({ options: { store: { type: 'string', default: 'duckdb' }, rows: { type: 'string', default: '1000000' }, memory: { type: 'string', default: '512' }, folder: { type: 'string', default: tmpdir() } } })
const ROWS = Number(options.rows)
const DAYS = 30
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-10-26T00:00:00Z')
const ROUNDS = 20

const random = seededRandom(2)
const pick = (below: number): number => Math.floor(random() * below)
const textOf = callTexts({ rows: ROWS, from: START, days: DAYS })

/** Made a chunk at a time and timed apart, so that only reading counts. */
let making = 0
async function* entries(position: number): AsyncGenerator<JournalEntry, void, undefined> {
  for (let n = position; n < ROWS; ) {
    const before = performance.now()
    const texts = Array.from({ length: Math.min(20_000, ROWS - n) }, (_, index) => textOf(n + index))
    making += performance.now() - before
    for (const text of texts) yield { position: n, next: ++n, record: JSON.parse(text) as unknown }
  }
}

const print = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`)
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
const rss = (): string => `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`

type Store = TelemetryStore & Partial<Pick<DuckdbStore, 'exportCalls'>>

const ALL = { from: START, until: START + DAYS * DAY_MS } as const
const exported = join(options.folder, `spillway-bench-export-${process.pid}`)
const questions: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ['cost by feature and day', (store) => store.aggregate('default', { ...ALL, by: ['feature'], bucketMs: DAY_MS, measures: ['calls', 'costNanoUsd', 'inputTokens', 'outputTokens'] })],
  ['TTFT p50, p95, p99 by model and hour', (store) => store.aggregate('default', { ...ALL, by: ['modelServed'], bucketMs: HOUR_MS, measures: ['calls'], quantiles: { metric: 'ttftMs', at: [0.5, 0.95, 0.99] } })],
  ['the 20 users that cost the most', (store) => store.aggregate('default', { ...ALL, by: ['user'], measures: ['calls', 'costNanoUsd'], top: { by: 'costNanoUsd', limit: 20 } })],
  ['input tokens p50, p95 by prompt and version', (store) => store.aggregate('default', { ...ALL, by: ['prompt', 'promptVersion'], measures: ['costNanoUsd'], quantiles: { metric: 'inputTokens', at: [0.5, 0.95] } })],
  ['cost by team (a tag)', (store) => store.aggregate('default', { ...ALL, by: ['tag:team'], measures: ['costNanoUsd'] })],
  ['cost per success by feature (a score for each fifth trace)', (store) => store.outcomes('default', { ...ALL, by: ['feature'], score: 'resolved', success: { above: 0 }, limit: 50 })],
  ['what tenants used of a pool', (store) => store.poolUse({ ...ALL, pools: ['floor'] })],
  ['GET /api/v1/costs?by=user&top=20, to the bytes of the answer', (store) => asked(store, '/api/v1/costs', `by=user&top=20&from=${isoStart}`)],
  ['GET /api/v1/costs?by=feature&bucket=1d', (store) => asked(store, '/api/v1/costs', `by=feature&bucket=1d&top=10&from=${isoStart}`)],
  ['a day of calls as a CSV file (DuckDB)', async (store) => store.exportCalls?.('default', { from: START + 9 * DAY_MS, until: START + 10 * DAY_MS, limit: 1_000_000 }, 'csv', exported)],
  ['distribution of TTFT', (store) => store.distribution('default', { ...ALL, metric: 'ttftMs' })],
  ['the last 50 calls of a feature', (store) => store.calls('default', { ...ALL, limit: 50, where: { feature: ['feature-7'] } })],
  ['a call by id', (store) => store.observation('default', idOf(pick(ROWS)))],
  ['a trace by id', (store) => store.trace('default', traceOf(pick(ROWS)))],
]

const isoStart = new Date(START).toISOString()
async function asked(store: Store, path: string, search: string): Promise<unknown> {
  const answer = await answerQuery(path, search, { tenant: 'default', admin: false, store, now: ALL.until, asOf: null, behindBytes: 0, exports: null, prices: [], dedicated: [] })
  if (answer.type !== 'json' || answer.status !== 200) throw new Error(`${path}?${search} was not answered`)
  return answer.text
}

/** A score for each fifth trace. */
async function judge(store: Store): Promise<void> {
  for (let n = 0; n < ROWS; ) {
    const scores: Score[] = []
    for (; n < ROWS && scores.length < 20_000; n += 15) scores.push({ tenant: 'default', id: `score-${n}`, name: 'resolved', source: 'api', value: pick(2), label: null, at: START, traceId: traceOf(n), observationId: null, sessionId: null })
    await store.append({ observations: [], scores, at: ROWS + n })
  }
}

async function ask(store: Store): Promise<void> {
  for (const [what, question] of questions) {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now()
      const answer = await question(store)
      times.push(performance.now() - start)
      if (what === 'a trace by id' && answer === null) throw new Error('a trace is missing')
    }
    times.sort((a, b) => a - b)
    print(`  ${what}`, `p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`)
  }
}

const [cpu] = cpus()
const folder = mkdtempSync(join(options.folder, 'spillway-bench-load-'))
const server = options.store === 'clickhouse' ? await startTestServer(folder) : null
if (typeof server === 'string') throw new Error(server)
const database = await server?.emptyDatabase()
const open = (): Promise<Store> => (database === undefined ? openDuckdbTelemetry({ folder, memoryMb: Number(options.memory) }) : openClickhouse({ ...database, journal: 'bench' }))
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}; ${ROWS} rows over ${DAYS} days, records of ${textOf(0).length} bytes, ${server === null ? `DuckDB in ${options.memory} MiB and 2 threads` : `ClickHouse ${server.version}`}; ${folder}\n`)
let store = await open()
const guard = new CardinalityGuard(store)
const rates: number[] = []
let [startedAt, loaded, made, rounds] = [performance.now(), 0, 0, 0]
// The generator goes on where it is, as a journal's reader would.
const reading = entries(0)
for (let more = true; more; ) {
  const step = await loadJournal(() => ({ [Symbol.asyncIterator]: () => ({ next: () => reading.next() }) }), store, guard, Math.ceil(ROWS / 2000 / 10))
  more = step.more
  const elapsed = performance.now() - startedAt - (making - made)
  if (step.position > loaded) rates.push(((step.position - loaded) / elapsed) * 1000)
  ;[startedAt, loaded, made, rounds] = [performance.now(), step.position, making, rounds + 1]
}
print('rows a second, tenth by tenth', rates.map((rate) => `${(rate / 1000).toFixed(1)}k`).join(' '))
const full = await store.stats()
if (full.observations !== ROWS) throw new Error(`${full.observations} rows of ${ROWS} arrived`)
print('on disk', `${(full.bytes / 1e6).toFixed(0)} MB, ${(full.bytes / ROWS).toFixed(0)} bytes a row`)
print('resident after loading', rss())
await judge(store)
console.log('\nas loaded:')
await ask(store)
print('resident', rss())

const sealing = performance.now()
await store.seal(START + (DAYS - 2) * DAY_MS)
const sealed = await store.stats()
console.log()
print(`sealing ${sealed.sealedDays} days`, `${((performance.now() - sealing) / 1000).toFixed(1)} s; on disk ${(sealed.bytes / 1e6).toFixed(0)} MB`)
await store.close()
const opening = performance.now()
store = await open()
await store.position()
print('opening', `${(performance.now() - opening).toFixed(0)} ms`)
console.log('\nwith those days sealed:')
await ask(store)
const first = performance.now()
await store.append({ observations: [], scores: [], at: 3 * ROWS + 1 })
print('first append after opening (DuckDB reads all ids)', `${(performance.now() - first).toFixed(0)} ms`)
print('resident', rss())
await store.close()
await server?.stop()
rmSync(folder, { recursive: true })
rmSync(exported, { force: true })
