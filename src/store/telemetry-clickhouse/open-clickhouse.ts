import { SpillwayError } from '../../core/errors.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { type AggregateQuery, type AggregateRow, type AppendResult, type BreakdownQuery, type BreakdownRow, type CallPage, type CallQuery, MOST_STEPS, type OutcomeQuery, type OutcomeRow, type PoolUse, type PoolUseQuery, type ScanQuery, type TelemetryBatch, type TelemetryStats, type TelemetryStore, type TraceRows } from '../telemetry.ts'
import type { ExportCalls } from '../telemetry-exports.ts'
import { checkAggregateQuery, checkBreakdownQuery, checkCallQuery, checkDistributionQuery, checkOutcomeQuery, checkPoolUseQuery, checkRows, checkScanQuery } from '../telemetry/check-query.ts'
import { writeCursor } from '../telemetry/cursor.ts'
import { logBucketValue } from '../telemetry/log-bucket.ts'
import { endsToTry, startsToTry } from '../telemetry/spans-to-try.ts'
import { observationOf, scoreOf } from './columns.ts'
import { CommitLog } from './commit-log.ts'
import { exportStatements } from './export-calls.ts'
import { findById, findScores, findTrace } from './lookup.ts'
import { makeRows } from './make-rows.ts'
import { migrate } from './migrate.ts'
import { outcomeRow, outcomesStatement } from './outcomes.ts'
import { aggregateRow, aggregateStatement, breakdownRow, breakdownStatement, callsStatement, distributionStatement, poolUseStatement, scanStatement, scoresStatement } from './select.ts'
import { connectServer, type Row, type Server, type ServerOptions, type Statement } from './server.ts'
import { countStored, deleteBefore, forgetAfter, mergeDaysBefore } from './upkeep.ts'

export interface ClickhouseStore extends TelemetryStore {
  readonly exportCalls: ExportCalls
}

export interface ClickhouseOptions extends ServerOptions {
  /** Names the journal that is loaded, and never another: positions are kept by it. */
  readonly journal: string
  /** The server itself drops days that are older, also while no Spillway runs. By its own clock. */
  readonly keepDays?: number
}

/**
 * Telemetry in a ClickHouse server, which several Spillways may share, each with a journal of its own. Throws TELEMETRY_UNAVAILABLE,
 * TELEMETRY_ACCESS_DENIED, TELEMETRY_DATABASE_MISSING, TELEMETRY_VERSION_UNSUPPORTED, TELEMETRY_SCHEMA_NEWER.
 */
export async function openClickhouse({ journal, keepDays, ...options }: ClickhouseOptions): Promise<ClickhouseStore> {
  const server = connectServer(options)
  try {
    await migrate(server)
    if (keepDays !== undefined) await forgetAfter(server, keepDays)
    return new ClickhouseTelemetry(server, journal)
  } catch (error) {
    await server.close()
    throw error
  }
}

const NOTHING: AppendResult = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: 0 }
/** Others may be faster so many times before we give up, until the loader tries again. */
const MOST_TRIES = 20

class ClickhouseTelemetry implements ClickhouseStore {
  readonly #server: Server
  readonly #log: CommitLog
  /** Where our journal stood when we saw it last; null = not known. */
  #known: number | null = null
  /** Changes come one after another. */
  #changes: Promise<unknown> = Promise.resolve()
  readonly #asking = new Set<Promise<unknown>>()
  #closed = false

  constructor(server: Server, journal: string) {
    this.#server = server
    this.#log = new CommitLog(server, journal)
  }

  append(batch: TelemetryBatch): Promise<AppendResult> {
    return this.#change(() => this.#append(batch))
  }

  async #append(batch: TelemetryBatch): Promise<AppendResult> {
    // Whatever fails on the way, a commit may have come through.
    const known = this.#known
    this.#known = null
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const head = await this.#log.head()
      if (batch.at <= head.position) return NOTHING
      if (known !== null && head.position !== known) {
        throw new SpillwayError('TELEMETRY_LOCKED', 'another Spillway has loaded a journal of the same name', 'Give each journal a name of its own; nothing was counted twice', { file: this.#server.place })
      }
      const { rows, result } = await makeRows(this.#server, head.seq + 1, batch)
      if (await this.#log.commit(head, batch.at, result, rows)) {
        this.#known = batch.at
        return result
      }
    }
    throw new SpillwayError('TELEMETRY_UNAVAILABLE', `others were faster ${MOST_TRIES} times in a row`, 'It is tried again; let fewer Spillways load into one database', { file: this.#server.place })
  }

  /** Changes something where a batch was left half done: what is before the position must be there. */
  position(): Promise<number> {
    return this.#change(async () => (this.#known = (await this.#log.head()).position))
  }

  async calls(tenant: string, query: CallQuery): Promise<CallPage> {
    checkCallQuery(query)
    let rows: Row[] = []
    for (const from of startsToTry(query)) {
      rows = await this.#ask(callsStatement(tenant, { ...query, from }))
      if (rows.length > query.limit) break
    }
    const calls = rows.slice(0, query.limit).map(observationOf)
    return { calls, next: rows.length > query.limit ? writeCursor(calls.at(-1)!) : null }
  }

  observation(tenant: string, id: string): Promise<Observation | null> {
    return this.#read(() => findById(this.#server, tenant, id))
  }

  async trace(tenant: string, traceId: string): Promise<TraceRows | null> {
    const [steps, scores] = await this.#read(() => Promise.all([findTrace(this.#server, tenant, traceId), findScores(this.#server, tenant, traceId)]))
    if (steps.length === 0 && scores.length === 0) return null
    return { observations: steps.slice(0, MOST_STEPS), scores, cut: steps.length > MOST_STEPS }
  }

  async scan(tenant: string, query: ScanQuery): Promise<readonly Observation[]> {
    checkScanQuery(query)
    let rows: Row[] = []
    for (const until of endsToTry(Math.max(query.from, query.after?.at ?? query.from), query.until)) {
      rows = await this.#ask(scanStatement(tenant, { ...query, until }))
      if (rows.length === query.limit) break
    }
    return rows.map(observationOf)
  }

  async scores(tenant: string, query: ScanQuery): Promise<readonly Score[]> {
    checkScanQuery(query)
    return (await this.#ask(scoresStatement(tenant, query))).map(scoreOf)
  }

  async aggregate(tenant: string, query: AggregateQuery): Promise<readonly AggregateRow[]> {
    checkAggregateQuery(query)
    const rows = await this.#ask(aggregateStatement(tenant, query))
    checkRows(rows.length)
    return rows.map((row) => aggregateRow(row, query))
  }

  async breakdown(tenant: string, query: BreakdownQuery): Promise<readonly BreakdownRow[]> {
    checkBreakdownQuery(query)
    const rows = await this.#ask(breakdownStatement(tenant, query))
    checkRows(rows.length)
    return rows.map((row) => breakdownRow(row, query))
  }

  async outcomes(tenant: string, query: OutcomeQuery): Promise<readonly OutcomeRow[]> {
    checkOutcomeQuery(query)
    return (await this.#ask(outcomesStatement(tenant, query))).map((row) => outcomeRow(row, query))
  }

  async poolUse(query: PoolUseQuery): Promise<readonly PoolUse[]> {
    checkPoolUseQuery(query)
    const rows = await this.#ask(poolUseStatement(query))
    return rows.map(({ tenant, pool, cost }) => ({ tenant: tenant as string, pool: pool as string, nanoUsd: cost as string }))
  }

  async distribution(tenant: string, query: Parameters<TelemetryStore['distribution']>[1]): ReturnType<TelemetryStore['distribution']> {
    checkDistributionQuery(query)
    const rows = await this.#ask(distributionStatement(tenant, query))
    return rows.map(({ bucket, calls }) => ({ value: logBucketValue(bucket as number), calls: Number(calls) }))
  }

  readonly exportCalls: ExportCalls = async (tenant, query, format, file) => {
    checkCallQuery({ ...query, limit: 1 })
    const statements = exportStatements(tenant, query, format)
    const [row] = await this.#ask(statements.count)
    await this.#read(() => this.#server.save(statements.file, file))
    return Number(row!['calls'])
  }

  seal(before: number): Promise<void> {
    return this.#change(() => mergeDaysBefore(this.#server, before))
  }

  retain(before: number): Promise<void> {
    return this.#change(() => deleteBefore(this.#server, before))
  }

  stats(): Promise<TelemetryStats> {
    return this.#change(async () => {
      const { position, repeated, replaced, merged } = await this.#log.head()
      return { ...(await countStored(this.#server)), position, repeated, replaced, merged }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#changes
    await Promise.allSettled(this.#asking)
    await this.#server.close()
  }

  #ask(statement: Statement): Promise<Row[]> {
    return this.#read(() => this.#server.rows(statement))
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    this.#requireOpen()
    const answer = work()
    this.#asking.add(answer)
    try {
      return await answer
    } finally {
      this.#asking.delete(answer)
    }
  }

  async #change<T>(work: () => Promise<T>): Promise<T> {
    this.#requireOpen()
    const result = this.#changes.then(work)
    this.#changes = result.catch(() => {})
    return result
  }

  #requireOpen(): void {
    if (this.#closed) throw new SpillwayError('TELEMETRY_CLOSED', 'the telemetry store is closed', 'This is a defect of Spillway; please report it')
  }
}
