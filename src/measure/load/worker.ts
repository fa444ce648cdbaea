import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { SpillwayError } from '../../core/errors.ts'
import { readJournal } from '../../store/journal-file/read-journal.ts'
import { openDuckdbTelemetry } from '../../store/telemetry-duckdb/open-duckdb.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import { insightsOf, type Window } from '../insight/insights-of.ts'
import { CardinalityGuard } from './cardinality-guard.ts'
import { loadJournal } from './load-journal.ts'
import type { FromWorker, LoadAnswer, PlainError, ToWorker, WorkerSettings } from './messages.ts'

/** Transactions of a step: between steps the thread that asked may say something else. */
const STEP_BATCHES = 10

/** The thread that owns the telemetry database and loads the journal into it. Started by `openTelemetry`. */
async function main(port: MessagePort, { folder, journal, memoryMb, threads, prices }: WorkerSettings): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message)
  let store: TelemetryStore
  try {
    store = await openDuckdbTelemetry({ folder, memoryMb, threads })
  } catch (error) {
    tell({ type: 'refused', error: plain(error) })
    port.close()
    return
  }
  const guard = new CardinalityGuard(store)
  const load = async (until: number): Promise<LoadAnswer> => ({ ...(await loadJournal((position) => readJournal(journal, position, () => until), store, guard, STEP_BATCHES)), grouped: guard.grouped })
  const answerTo = async (asked: ToWorker['asked'], args: readonly unknown[]): Promise<unknown> => {
    if (asked === 'load') return load(args[0] as number)
    if (asked === 'leaks') return (await insightsOf(store, args[0] as string, args[1] as Window, prices)).report
    return (store[asked] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
  }
  port.on('message', ({ id, asked, args }: ToWorker) => {
    const answer = answerTo(asked, args)
    answer.then(
      (value) => {
        tell({ type: 'answer', id, value })
        if (asked === 'close') port.close()
      },
      (error: unknown) => tell({ type: 'failed', id, error: plain(error) }),
    )
  })
  tell({ type: 'ready' })
}

function plain(error: unknown): PlainError {
  if (error instanceof SpillwayError) return { code: error.code, message: error.message, mend: error.mend, place: error.place }
  return { code: null, message: error instanceof Error ? error.message : String(error), mend: '', place: {} }
}

if (parentPort !== null) await main(parentPort, workerData as WorkerSettings)
