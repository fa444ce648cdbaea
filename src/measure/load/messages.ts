import type { ErrorCode, Place } from '../../core/errors.ts'
import type { ClickhouseOptions } from '../../store/telemetry-clickhouse/open-clickhouse.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import type { Asking, FileAnswer } from '../query/route.ts'
import type { ListedPrice } from '../insight/insights-of.ts'
import type { LoadStep } from './load-journal.ts'

/** What the telemetry thread is started with, asked, and what it answers. Plain data. */
export interface WorkerSettings {
  /** Of the database. */
  readonly folder: string
  readonly journal: string
  readonly memoryMb: number
  readonly threads: number
  readonly prices: readonly ListedPrice[]
  /** Null = DuckDB. */
  readonly clickhouse: Omit<ClickhouseOptions, 'journal'> | null
}

/** Questions to the store, the loader's step, questions of the API, and the search for leaks, which reads too much to be sent over. */
export type Asked = Exclude<keyof TelemetryStore, 'append'> | 'load' | 'query' | 'leaks'

/** A question of the API as it comes: a path, a query string, and who asks what of it. */
export interface QueryRequest extends Omit<Asking, 'store' | 'exports' | 'prices'> {
  readonly path: string
  readonly search: string
}

/** `bytes` are JSON, to be sent as they are. */
export type QueryReply = { readonly type: 'json'; readonly status: number; readonly bytes: Uint8Array<ArrayBuffer> } | { readonly type: 'file'; readonly answer: FileAnswer }

export interface ToWorker {
  readonly id: number
  readonly asked: Asked
  readonly args: readonly unknown[]
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly error: PlainError }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }

export interface PlainError {
  readonly code: ErrorCode | null
  readonly message: string
  readonly mend: string
  readonly place: Place
}

export interface LoadAnswer extends LoadStep {
  /** Observations that lost a name to the cardinality guard since the thread began. */
  readonly grouped: number
}
