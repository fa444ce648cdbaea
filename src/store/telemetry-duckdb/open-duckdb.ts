import type { DuckDBConnection } from '@duckdb/node-api'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { type AggregateQuery, type AggregateRow, type AppendResult, type BreakdownQuery, type BreakdownRow, type CallPage, type CallQuery, MOST_STEPS, type OutcomeQuery, type OutcomeRow, type PoolUse, type PoolUseQuery, type ScanQuery, type TelemetryBatch, type TelemetryStats, type TelemetryStore, type TraceRows } from '../telemetry.ts'
import type { ExportCalls } from '../telemetry-exports.ts'
import { checkAggregateQuery, checkBreakdownQuery, checkCallQuery, checkDistributionQuery, checkOutcomeQuery, checkPoolUseQuery, checkRows, checkScanQuery } from '../telemetry/check-query.ts'
import { writeCursor } from '../telemetry/cursor.ts'
import { logBucketValue } from '../telemetry/log-bucket.ts'
import { endsToTry, startsToTry } from '../telemetry/spans-to-try.ts'
import { appendBatch, DaysAreSealed } from './append-batch.ts'
import { type Row, observationOf, observationOfJson, scoreOf } from './columns.ts'
import { type Database, type DatabaseOptions, coded, openDatabase, rowsOf, within } from './database.ts'
import { exportStatement } from './export-calls.ts'
import { Gate } from './gate.ts'
import { findById, findTrace } from './lookup.ts'
import { outcomesStatement } from './outcomes.ts'
import { commitDay, deleteBefore, openDaysBefore, unsealDays, writeDay } from './seal.ts'
import { dayOf, SealedDays } from './sealed-days.ts'
import { sourcesOf } from './sealed-sums.ts'
import { seenDigest, SeenIds } from './seen-ids.ts'
import { type Statement, aggregateStatement, breakdownStatement, bucketStart, callsStatement, distributionStatement, hoursStatement, poolUseStatement, scanStatement, scoresStatement } from './select.ts'
import { textKey } from '../telemetry/text-key.ts'

export interface DuckdbStore extends TelemetryStore {
  readonly exportCalls: ExportCalls
}

/**
 * Telemetry in one DuckDB file, days that are past in a Parquet file each. For a thread of its own: every statement runs beside
 * the thread that calls, but rows are made and read on it. Throws TELEMETRY_LOCKED, TELEMETRY_SCHEMA_NEWER, TELEMETRY_UNAVAILABLE.
 */
export async function openDuckdbTelemetry(options: DatabaseOptions): Promise<DuckdbStore> {
  const database = await openDatabase(options)
  try {
    const days = await SealedDays.load(database)
    days.check()
    days.sweep()
    return new DuckdbTelemetry(database, days)
  } catch (error) {
    database.close()
    throw coded(error, database.folder)
  }
}

/** A question that takes longer holds up all others: it is ended. */
const LONGEST_QUESTION_MS = 60_000

class DuckdbTelemetry implements DuckdbStore {
  readonly #database: Database
  readonly #gate = new Gate()
  #days: SealedDays
  /** Read from the database when it is first needed: asking does not wait for it. */
  #seen: SeenIds | null = null
  /** Changes come one after another. */
  #changes: Promise<unknown> = Promise.resolve()
  /** The end of what each reading connection does at present. */
  readonly #reading: Promise<unknown>[]
  #nextReader = 0
  #closed = false

  constructor(database: Database, days: SealedDays) {
    this.#database = database
    this.#days = days
    this.#reading = database.readers.map(() => Promise.resolve())
  }

  append(batch: TelemetryBatch): Promise<AppendResult> {
    return this.#change(async () => {
      this.#seen ??= await loadSeen(this.#database, this.#days)
      for (;;) {
        const outcome = await appendBatch(this.#database, this.#days, this.#seen, batch)
        if (!(outcome instanceof DaysAreSealed)) return outcome
        await this.#swap(() => unsealDays(this.#database, this.#days, outcome.days))
      }
    })
  }

  async position(): Promise<number> {
    return Number((await this.#read((connection) => rowsOf(connection, 'SELECT position FROM loaded')))[0]!['position'])
  }

  async calls(tenant: string, query: CallQuery): Promise<CallPage> {
    checkCallQuery(query)
    // The newest are wanted, so the newest hours are asked first: a wide row is read only where it may be shown.
    let rows: Row[] = []
    for (const from of startsToTry(query)) {
      rows = await this.#ask((days) => callsStatement(days.source(days.within(from, query.until)), tenant, { ...query, from }))
      if (rows.length > query.limit) break
    }
    const calls = rows.slice(0, query.limit).map(observationOf)
    return { calls, next: rows.length > query.limit ? writeCursor(calls.at(-1)!) : null }
  }

  observation(tenant: string, id: string): Promise<Observation | null> {
    return this.#read((connection) => findById(connection, this.#days, tenant, id))
  }

  async trace(tenant: string, traceId: string): Promise<TraceRows | null> {
    const { steps, judged } = await this.#read(async (connection) => ({
      steps: await findTrace(connection, this.#days, tenant, traceId),
      judged: await rowsOf(connection, `SELECT * FROM scores WHERE trace_key = ${textKey(traceId)} AND tenant = $1 AND trace_id = $2 ORDER BY judged_at, id LIMIT ${MOST_STEPS}`, [tenant, traceId]),
    }))
    if (steps.length === 0 && judged.length === 0) return null
    return { observations: steps.slice(0, MOST_STEPS), scores: judged.map(scoreOf), cut: steps.length > MOST_STEPS }
  }

  async scan(tenant: string, query: ScanQuery): Promise<readonly Observation[]> {
    checkScanQuery(query)
    // Wide rows are read and sorted only of the hours that the page needs.
    const from = Math.max(query.from, query.after?.at ?? query.from)
    const until = await this.#endOfPage(tenant, from, query)
    const rows = await this.#ask((days) => scanStatement(days.source(days.within(from, until)), tenant, { ...query, until }))
    return rows.map(observationOfJson)
  }

  /** A moment before `until` by which there are enough rows for a page, else `until`. */
  async #endOfPage(tenant: string, from: number, query: ScanQuery): Promise<number> {
    for (const end of endsToTry(from, query.until)) {
      let wanted = query.limit
      for (const { hour, calls } of await this.#ask((days) => hoursStatement(days.source(days.within(from, end)), tenant, { ...query, until: end }))) {
        wanted -= Number(calls)
        if (wanted <= 0) return Math.min(query.until, ((hour as number) + 1) * HOUR_MS)
      }
    }
    return query.until
  }

  async scores(tenant: string, query: ScanQuery): Promise<readonly Score[]> {
    checkScanQuery(query)
    return (await this.#ask(() => scoresStatement(tenant, query))).map(scoreOf)
  }

  async aggregate(tenant: string, query: AggregateQuery): Promise<readonly AggregateRow[]> {
    checkAggregateQuery(query)
    const rows = await this.#ask((days) => aggregateStatement(query.quantiles === undefined ? sourcesOf(days, query) : { source: days.source(days.within(query.from, query.until)), sums: null }, tenant, query))
    checkRows(rows.length)
    return rows.map((row) => aggregateRow(row, query))
  }

  async breakdown(tenant: string, query: BreakdownQuery): Promise<readonly BreakdownRow[]> {
    checkBreakdownQuery(query)
    const rows = await this.#ask((days) => breakdownStatement(sourcesOf(days, query), tenant, query))
    checkRows(rows.length)
    return rows.map((row) => ({ at: atOf(row, query), group: row['rank'] === null ? null : groupOf(row, query), values: valuesOf(row, query) }))
  }

  async outcomes(tenant: string, query: OutcomeQuery): Promise<readonly OutcomeRow[]> {
    checkOutcomeQuery(query)
    const rows = await this.#ask((days) => outcomesStatement(days.source(days.within(query.from, query.until)), tenant, query))
    return rows.map((row) => outcomeRow(row, query))
  }

  async poolUse(query: PoolUseQuery): Promise<readonly PoolUse[]> {
    checkPoolUseQuery(query)
    if (query.pools.length === 0) return []
    const rows = await this.#ask((days) => poolUseStatement(days.source(days.within(query.from, query.until)), query))
    return rows.map(({ tenant, pool, cost }) => ({ tenant: tenant as string, pool: pool as string, nanoUsd: String(cost) }))
  }

  async distribution(tenant: string, query: Parameters<TelemetryStore['distribution']>[1]): ReturnType<TelemetryStore['distribution']> {
    checkDistributionQuery(query)
    const rows = await this.#ask((days) => distributionStatement(days.source(days.within(query.from, query.until)), tenant, query))
    return rows.map(({ bucket, calls }) => ({ value: logBucketValue(bucket as number), calls: Number(calls) }))
  }

  readonly exportCalls: ExportCalls = async (tenant, query, format, file) => {
    checkCallQuery({ ...query, limit: 1 })
    const rows = await this.#ask((days) => exportStatement(days.source(days.within(query.from, query.until)), tenant, query, format, file))
    return Number(rows[0]!['Count'])
  }

  seal(before: number): Promise<void> {
    return this.#change(async () => {
      for (const day of await openDaysBefore(this.#database, dayOf(before))) {
        const name = await writeDay(this.#database, this.#days, day)
        await this.#swap(() => commitDay(this.#database, day, name))
      }
    })
  }

  retain(before: number): Promise<void> {
    return this.#change(async () => {
      const gone = this.#days.days.filter((day) => day < dayOf(before))
      await this.#swap(() => deleteBefore(this.#database, before, gone))
    })
  }

  async stats(): Promise<TelemetryStats> {
    const [row] = await this.#read((connection) =>
      rowsOf(connection, `SELECT *, (SELECT count(*) FROM observations) + coalesce((SELECT sum(calls) FROM sealed_days), 0) AS observations, (SELECT count(*) FROM scores) AS scores FROM loaded`),
    )
    const number = (name: string): number => Number(row![name])
    const bytes = ['telemetry.duckdb', 'telemetry.duckdb.wal'].map((name) => join(this.#database.folder, name)).reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), this.#days.bytes)
    return { observations: number('observations'), scores: number('scores'), position: number('position'), sealedDays: this.#days.days.length, bytes, repeated: number('repeated'), replaced: number('replaced'), merged: number('merged') }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#changes
    await Promise.all(this.#reading)
    this.#database.close()
  }

  #ask(statement: (days: SealedDays) => Statement): Promise<Row[]> {
    return this.#read((connection) => {
      const { sql, values } = statement(this.#days)
      return rowsOf(connection, sql, values)
    })
  }

  async #read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#requireOpen()
    const reader = this.#nextReader++ % this.#reading.length
    const result = this.#reading[reader]!.then(() => this.#gate.together(() => within(this.#database.readers[reader]!, LONGEST_QUESTION_MS, () => work(this.#database.readers[reader]!))))
    this.#reading[reader] = result.catch(() => {})
    try {
      return await result
    } catch (error) {
      throw coded(error, this.#database.folder)
    }
  }

  async #change<T>(work: () => Promise<T>): Promise<T> {
    this.#requireOpen()
    const result = this.#changes.then(work)
    this.#changes = result.catch(() => {})
    try {
      return await result
    } catch (error) {
      throw coded(error, this.#database.folder)
    }
  }

  /** Changes which files hold what, with no query inside. */
  #swap(work: () => Promise<void>): Promise<void> {
    return this.#gate.alone(async () => {
      await work()
      this.#days = await SealedDays.load(this.#database)
      this.#days.sweep()
    })
  }

  #requireOpen(): void {
    if (this.#closed) throw new SpillwayError('TELEMETRY_CLOSED', 'the telemetry store is closed', 'This is a defect of Spillway; please report it')
  }
}

const HOUR_MS = 3_600_000

async function loadSeen({ writer }: Database, days: SealedDays): Promise<SeenIds> {
  const seen = new SeenIds()
  for (const [table, source] of [['observations', days.source(days.days)], ['scores', 'scores']] as const) {
    const stream = await writer.stream(`SELECT CAST(digest & 4294967295 AS UINTEGER), CAST(digest >> 32 AS UINTEGER) FROM (SELECT ${seenDigest(table)} AS digest FROM ${source})`)
    for (let chunk = await stream.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await stream.fetchChunk()) {
      const lows = chunk.getColumnValues(0) as number[]
      const highs = chunk.getColumnValues(1) as number[]
      for (const [index, low] of lows.entries()) seen.add(low | 0, highs[index]! | 1)
    }
  }
  const sides = await rowsOf(writer, `SELECT DISTINCT tenant, source = 'gateway' AS gateway FROM ${days.source(days.days)} WHERE response_key IS NOT NULL`)
  for (const { tenant, gateway } of sides) seen.addSide(tenant as string, gateway as boolean)
  return seen
}

function aggregateRow(row: Row, query: AggregateQuery): AggregateRow {
  const { quantiles } = query
  const shares = row['quantiles'] as { readonly items: readonly number[] } | null
  return {
    at: atOf(row, query),
    group: groupOf(row, query),
    values: valuesOf(row, query),
    quantiles: quantiles === undefined ? [] : quantiles.at.map((_, index) => (shares === null ? null : logBucketValue(shares.items[index]!))),
  }
}

function outcomeRow(row: Row, query: OutcomeQuery): OutcomeRow {
  const sums = (name: string): OutcomeRow['all'] => ({ tasks: Number(row[`${name}_tasks`]), nanoUsd: String(row[`${name}_cost`]), squares: Number(row[`${name}_squares`]) })
  return { group: groupOf(row, query), all: sums('all'), judged: sums('judged'), succeeded: sums('succeeded') }
}

function atOf(row: Row, { bucketMs }: Pick<AggregateQuery, 'bucketMs'>): number | null {
  return bucketMs === undefined ? null : bucketStart(Number(row['bucket_at']), bucketMs)
}

function groupOf(row: Row, { by }: Pick<AggregateQuery, 'by'>): (string | null)[] {
  return by.map((_, index) => row[`g${index}`] as string | null)
}

function valuesOf(row: Row, { measures }: Pick<AggregateQuery, 'measures'>): AggregateRow['values'] {
  return Object.fromEntries(measures.map((measure) => [measure, measure === 'costNanoUsd' ? String(row[measure]) : Number(row[measure])]))
}
