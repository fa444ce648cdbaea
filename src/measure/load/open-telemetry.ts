import { Worker } from 'node:worker_threads'
import { SpillwayError } from '../../core/errors.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import type { Asked, FromWorker, LoadAnswer, PlainError, QueryReply, QueryRequest, ToWorker, WorkerSettings } from './messages.ts'
import { workerFile } from '../../store/worker-file.ts'
import type { LeakReport } from '../insight/finding.ts'
import type { ListedPrice, Window } from '../insight/insights-of.ts'

export interface TelemetryOptions {
  /** Of the database: a folder of its own; made where it is not there. */
  readonly folder: string
  /** Of the journal to load. */
  readonly journal: string
  /** MiB that DuckDB may use. Default 512. */
  readonly memoryMb?: number
  /** Default 2. */
  readonly threads?: number
  /** Token prices that calls may have been priced with; absent = leaks split costs by usual relations. */
  readonly prices?: readonly ListedPrice[]
  /** A server that keeps it instead of DuckDB; the folder is for exports then. */
  readonly clickhouse?: WorkerSettings['clickhouse']
}

/** The store without `append`: the journal is the only way in. */
/** Where to write the requests as they would be without leaks, for the planner: without these findings, or all but hypotheses. */
export interface LeanTrace {
  readonly file: string
  readonly findings?: readonly string[]
}

export interface Telemetry extends Omit<TelemetryStore, 'append'> {
  /** Loads some of what the journal holds before position `until`; `more` says whether to ask again. */
  readonly load: (until: number) => Promise<LoadAnswer>
  /** Answers a question of the API, all of it in the thread: what comes back is sent as it is. Rejects for defects alone. */
  readonly query: (request: QueryRequest) => Promise<QueryReply>
  /** Resolves with the reason when the thread has ended unasked: every further question is refused. */
  readonly ended: Promise<string>
  /** Searches a window for leaks of money; reads all of it twice, and answers other questions in between. */
  readonly leaks: (tenant: string, window: Window, lean?: LeanTrace) => Promise<LeakReport>
}

/**
 * Opens the telemetry of a data folder in a thread of its own, so that neither loading nor a query takes a turn from the thread
 * that serves. Throws what opening the store throws.
 */
export async function openTelemetry({ folder, journal, memoryMb = 512, threads = 2, prices = [], clickhouse = null }: TelemetryOptions): Promise<Telemetry> {
  const settings: WorkerSettings = { folder, journal, memoryMb, threads, prices, clickhouse }
  const worker = new Worker(workerFile(new URL('worker.ts', import.meta.url), 'telemetry-worker.js'), { workerData: settings, name: 'spillway-telemetry' })
  const first = await new Promise<FromWorker>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new SpillwayError('TELEMETRY_UNAVAILABLE', 'the telemetry thread ended while it started', 'Check the memory that the machine has left')))
  })
  if (first.type === 'refused') throw thrown(first.error)
  return telemetryIn(worker)
}

function telemetryIn(worker: Worker): Telemetry {
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>()
  let lastId = 0
  let ended = false
  let closing: Promise<void> | null = null
  worker.on('message', (message: FromWorker) => {
    if (message.type !== 'answer' && message.type !== 'failed') return
    const { resolve, reject } = waiting.get(message.id)!
    waiting.delete(message.id)
    if (message.type === 'answer') resolve(message.value)
    else reject(thrown(message.error))
  })
  let tellEnded: (reason: string) => void
  const whenEnded = new Promise<string>((resolve) => (tellEnded = resolve))
  const end = (reason: string): void => {
    ended = true
    if (closing === null) tellEnded(reason)
    for (const { reject } of waiting.values()) reject(new SpillwayError('TELEMETRY_UNAVAILABLE', reason, 'Restart Spillway; the journal has everything that was not loaded'))
    waiting.clear()
  }
  worker.on('error', (error) => end(`the telemetry thread failed: ${error.message}`))
  worker.on('exit', () => end('the telemetry thread has ended'))

  const ask = <T>(asked: Asked, ...args: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closing !== null && asked !== 'close') throw new SpillwayError('TELEMETRY_CLOSED', 'the telemetry store is closed', 'This is a defect of Spillway; please report it')
      if (ended) throw new SpillwayError('TELEMETRY_UNAVAILABLE', 'the telemetry thread has ended', 'Restart Spillway; the journal has everything that was not loaded')
      const message: ToWorker = { id: ++lastId, asked, args }
      waiting.set(message.id, { resolve: resolve as (value: unknown) => void, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(message)
    })

  return {
    load: (until) => ask('load', until),
    query: (request) => ask('query', request),
    ended: whenEnded,
    leaks: (tenant, window, lean) => ask('leaks', tenant, window, lean),
    position: () => ask('position'),
    calls: (tenant, query) => ask('calls', tenant, query),
    observation: (tenant, id) => ask('observation', tenant, id),
    trace: (tenant, traceId) => ask('trace', tenant, traceId),
    scan: (tenant, query) => ask('scan', tenant, query),
    scores: (tenant, query) => ask('scores', tenant, query),
    aggregate: (tenant, query) => ask('aggregate', tenant, query),
    breakdown: (tenant, query) => ask('breakdown', tenant, query),
    outcomes: (tenant, query) => ask('outcomes', tenant, query),
    poolUse: (query) => ask('poolUse', query),
    distribution: (tenant, query) => ask('distribution', tenant, query),
    seal: (before) => ask('seal', before),
    retain: (before) => ask('retain', before),
    stats: () => ask('stats'),
    close: () => {
      if (closing === null) {
        const asked = ended ? Promise.resolve() : ask<void>('close')
        closing = asked.then(async () => {
          await worker.terminate()
        })
      }
      return closing
    },
  }
}

function thrown({ code, message, mend, place }: PlainError): Error {
  return code === null ? new Error(message) : new SpillwayError(code, message, mend, place)
}
