import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { answerQuery } from '../../src/measure/query/answer-query.ts'
import { callObservation } from '../../src/measure/load/call-observation.ts'
import { openDuckdbTelemetry } from '../../src/store/telemetry-duckdb/open-duckdb.ts'
import type { CallRecord } from '../../src/core/call.ts'
import type { Observation } from '../../src/core/observation.ts'
import { machine } from '../gateway/machine.ts'
import { callTexts, traceOf } from './call-texts.ts'

/**
 * A dashboard's questions over a full store, from the query to the bytes of the answer: p50 and p95 of each. Calls are loaded as the
 * loader does, then multiplied inside DuckDB with ids, traces, users, sessions and times of their own; all days but the last two are
 * sealed, as in use.
 * Run: npm run bench:query [--rows 10000000] [--memory 512] [--rounds 20] [--only 'cost per'] [--folder on-the-disk-to-measure]
 */
const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '10000000' }, memory: { type: 'string', default: '512' }, rounds: { type: 'string', default: '20' }, folder: { type: 'string', default: tmpdir() }, only: { type: 'string', default: '' } } })
const [ROWS, MEMORY, ROUNDS] = [Number(options.rows), Number(options.memory), Number(options.rounds)]
const SEED_ROWS = 20_000
/** Loaded as they are, so that the store finds them by the keys that it makes of ids. */
const TRACED_ROWS = 3000
const COPIES = Math.ceil(ROWS / SEED_ROWS)
const DAYS = 14
const DAY_MS = 86_400_000
const START = Date.parse('2026-11-01T00:00:00Z')
const END = START + DAYS * DAY_MS

const folder = mkdtempSync(join(options.folder, 'spillway-bench-query-'))
const print = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`)
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!

function seeds(rows: number): Observation[] {
  const textOf = callTexts({ rows, from: START, days: DAYS })
  return Array.from({ length: rows }, (_, n) => callObservation(JSON.parse(textOf(n)) as CallRecord))
}

async function fill(): Promise<void> {
  const store = await openDuckdbTelemetry({ folder, memoryMb: MEMORY })
  await store.append({ observations: seeds(SEED_ROWS), scores: [], at: 1 })
  await store.close()
  const instance = await DuckDBInstance.create(join(folder, 'telemetry.duckdb'), { threads: '2', memory_limit: `${MEMORY}MiB`, temp_directory: join(folder, 'tmp') })
  const connection = await instance.connect()
  await connection.run('CREATE TEMP TABLE seeds AS SELECT row_number() OVER (ORDER BY started_at, id) - 1 AS n, * FROM observations; DELETE FROM observations')
  // In the order of time, day by day, as a loader writes them: copy c of seed n comes n * COPIES + c-th.
  for (let day = 0; day < DAYS; day++) {
    await connection.run(`
      INSERT INTO observations SELECT * EXCLUDE (n, c, moment) REPLACE (
        id || '-' || c AS id, CAST(hash(id || c) % 4294967296 AS UINTEGER) AS id_key, response_id || '-' || c AS response_id, CAST(hash(response_id || c) % 4294967296 AS UINTEGER) AS response_key,
        trace_id || '-' || c AS trace_id, CAST(hash(trace_id || '-' || c) % 4294967296 AS UINTEGER) AS trace_key,
        'user-' || CAST(floor(20000 * pow((hash(id || c) % 1000003) / 1000003, 2)) AS INTEGER) AS user_name, 'session-' || (hash(c || id) % 1000000) AS session, moment AS started_at, CAST(floor(moment / 3600000) AS INTEGER) AS hour)
      FROM (SELECT *, ${START} + (n * ${COPIES} + c) * ${DAYS * DAY_MS} / ${SEED_ROWS * COPIES}::DOUBLE AS moment FROM seeds, (SELECT range AS c FROM range(${COPIES})) WHERE n >= ${(SEED_ROWS / DAYS) * day} AND n < ${(SEED_ROWS / DAYS) * (day + 1)})`)
  }
  // Three calls a trace; a verdict on each fifth.
  await connection.run(`INSERT INTO scores SELECT tenant, 'score-' || trace_id, CAST(hash(trace_id) % 4294967296 AS UINTEGER), 'resolved', 'api', hash(trace_id) // 7 % 2, NULL, min(started_at), trace_id, any_value(trace_key), NULL, NULL FROM observations WHERE hash(trace_id) % 5 = 0 GROUP BY tenant, trace_id`)
  await connection.run('CHECKPOINT')
  connection.closeSync()
  instance.closeSync()
}

console.log(`${machine()}\nDuckDB in ${MEMORY} MiB and 2 threads; ${folder}\n`)
try {
  let start = performance.now()
  await fill()
  print('making the rows', `${((performance.now() - start) / 1000).toFixed(0)} s`)
  const store = await openDuckdbTelemetry({ folder, memoryMb: MEMORY })
  await store.append({ observations: seeds(TRACED_ROWS), scores: [], at: 2 })
  start = performance.now()
  await store.seal(START + (DAYS - 2) * DAY_MS)
  const { observations, scores, bytes, sealedDays } = await store.stats()
  print(`${observations} calls, ${scores} scores, ${sealedDays} of ${DAYS} days sealed`, `${(bytes / 1e6).toFixed(0)} MB; sealing took ${((performance.now() - start) / 1000).toFixed(0)} s`)

  const asked = async (path: string, search: string): Promise<Record<string, unknown>> => {
    const answer = await answerQuery(path, search, { tenant: 'default', admin: false, store, now: END, asOf: null, behindBytes: 0, exports: null, prices: [], dedicated: [] })
    if (answer.type !== 'json' || answer.status !== 200) throw new Error(`${path}?${search}: ${answer.type === 'json' ? answer.text : answer.type}`)
    return JSON.parse(answer.text) as Record<string, unknown>
  }
  const all = `from=${new Date(START).toISOString()}&to=${new Date(END).toISOString()}`
  let page = (await asked('/api/v1/calls', `${all}&limit=100`))['next'] as string
  let trace = 0
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...['user', 'feature', 'prompt', 'model', 'pool', 'key', 'session'].map((by) => [`costs by ${by}, top 20`, () => asked('/api/v1/costs', `by=${by}&top=20&${all}`)] as const),
    ['costs in all, by hour', () => asked('/api/v1/costs', `bucket=1h&${all}`)],
    ['costs by feature, by day', () => asked('/api/v1/costs', `by=feature&bucket=1d&top=10&${all}`)],
    ['costs by model, by hour', () => asked('/api/v1/costs', `by=model&bucket=1h&top=10&${all}`)],
    ['costs by user, by day', () => asked('/api/v1/costs', `by=user&bucket=1d&top=10&${all}`)],
    ['costs by a tag', () => asked('/api/v1/costs', `by=tag:team&top=10&${all}`)],
    ['costs of one feature, by prompt version', () => asked('/api/v1/costs', `by=promptVersion&feature=feature-7&top=10&${all}`)],
    ['cost per success by feature', () => asked('/api/v1/costs', `by=feature&success=resolved&${all}`)],
    ['latency: TTFT by model', () => asked('/api/v1/latency', `metric=ttft&by=model&${all}`)],
    ['latency: duration in all', () => asked('/api/v1/latency', `metric=total&${all}`)],
    ['calls, first page', () => asked('/api/v1/calls', `limit=100&${all}`)],
    ['calls, the next page and the next', async () => (page = (await asked('/api/v1/calls', `limit=100&cursor=${page}&${all}`))['next'] as string)],
    ['calls of one feature, first page', () => asked('/api/v1/calls', `limit=100&feature=feature-7&${all}`)],
    ['a trace by id', () => asked(`/api/v1/traces/${traceOf(((trace += 1) * 997) % TRACED_ROWS)}`, '')],
  ]
  console.log()
  for (const [what, question] of questions.filter(([name]) => name.includes(options.only))) {
    const times: number[] = []
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const at = performance.now()
        await question()
        times.push(performance.now() - at)
      }
    } catch (error) {
      print(what, (error as Error).message.slice(0, 200))
      continue
    }
    times.sort((a, b) => a - b)
    print(what, `p50 ${quantile(times, 0.5).toFixed(1).padStart(7)} ms   p95 ${quantile(times, 0.95).toFixed(1).padStart(7)} ms`)
  }
  await store.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
