import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { SpillwayError } from '../../core/errors.ts'
import { readJournal } from '../../store/journal-file/read-journal.ts'
import { insightsOf } from '../insight/insights-of.ts'
import { writeRequests } from '../insight/write-requests.ts'
import { CardinalityGuard } from './cardinality-guard.ts'
import { loadJournal } from './load-journal.ts'
import type { Telemetry } from './open-telemetry.ts'
import { type OpenedStore, openStore } from './open-store.ts'
import type { FromWorker, LoadAnswer, PlainError, QueryReply, QueryRequest, ToWorker, WorkerSettings } from './messages.ts'

/** Transactions of a step: between steps the thread that asked may say something else. */
const STEP_BATCHES = 10

/** The thread that owns the telemetry database and loads the journal into it. Started by `openTelemetry`. */
async function main(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const tell = (message: FromWorker, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved)
  const { folder, journal, prices } = settings
  let opened: OpenedStore
  try {
    opened = await openStore(settings)
  } catch (error) {
    tell({ type: 'refused', error: plain(error) })
    port.close()
    return
  }
  const { store, exportCalls, batchRows } = opened
  // Files of answers that nobody fetched to the end.
  const exportFolder = join(folder, 'exports')
  rmSync(exportFolder, { recursive: true, force: true })
  mkdirSync(exportFolder, { recursive: true, mode: 0o700 })
  const guard = new CardinalityGuard(store)
  const load = async (until: number): Promise<LoadAnswer> => ({ ...(await loadJournal((position) => readJournal(journal, position, () => until), store, guard, STEP_BATCHES, batchRows)), grouped: guard.grouped })
  const query = async ({ path, search, ...asking }: QueryRequest): Promise<QueryReply> => {
    // Its schemas take memory that a gateway nobody asks need not have.
    const { answerQuery } = await import('../query/answer-query.ts')
    const answer = await answerQuery(path, search, { ...asking, store, prices, exports: { calls: exportCalls, file: () => join(exportFolder, randomUUID()) } })
    return answer.type === 'file' ? answer : { type: 'json', status: answer.status, bytes: new TextEncoder().encode(answer.text) }
  }
  const leaks: Telemetry['leaks'] = async (tenant, window, lean) => {
    const { report, without } = await insightsOf(store, tenant, window, prices)
    if (lean !== undefined) await writeRequests(lean.file, without(lean.findings))
    return report
  }
  const answerOf = (asked: ToWorker['asked'], args: ToWorker['args']): Promise<unknown> => {
    if (asked === 'load') return load(args[0] as number)
    if (asked === 'query') return query(args[0] as QueryRequest)
    if (asked === 'leaks') return leaks(...(args as Parameters<Telemetry['leaks']>))
    return (store[asked] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
  }
  port.on('message', ({ id, asked, args }: ToWorker) => {
    answerOf(asked, args).then(
      (value) => {
        // Moved, not copied: the thread that serves should have no work with it.
        tell({ type: 'answer', id, value }, asked === 'query' ? buffersOf(value as QueryReply) : [])
        if (asked === 'close') port.close()
      },
      (error: unknown) => tell({ type: 'failed', id, error: plain(error) }),
    )
  })
  tell({ type: 'ready' })
}

function buffersOf(reply: QueryReply): ArrayBuffer[] {
  return reply.type === 'json' ? [reply.bytes.buffer] : []
}

function plain(error: unknown): PlainError {
  if (error instanceof SpillwayError) return { code: error.code, message: error.message, mend: error.mend, place: error.place }
  return { code: null, message: error instanceof Error ? error.message : String(error), mend: '', place: {} }
}

if (parentPort !== null) await main(parentPort, workerData as WorkerSettings)
