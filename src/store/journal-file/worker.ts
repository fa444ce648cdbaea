import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { SpillwayError } from '../../core/errors.ts'
import { GROUP_BYTES } from './frame-group.ts'
import { GroupCommit } from './group-commit.ts'
import { nodeFs } from './journal-fs.ts'
import { lockJournal, type JournalLock } from './lock.ts'
import type { FromWorker, PlainError, ToWorker, WorkerSettings } from './messages.ts'

/** The thread that owns the journal's files. Started by `openJournal`. */
function main(port: MessagePort, settings: WorkerSettings): void {
  const tell = (message: FromWorker): void => port.postMessage(message, message.type === 'durable' ? [...message.memory] : [])
  let lock: JournalLock | undefined
  try {
    nodeFs.makeFolder(settings.folder)
    lock = lockJournal(settings.folder)
    const commit = new GroupCommit(
      nodeFs,
      { ...settings, unclean: lock.unclean },
      { durable: (records, position, synced) => tell({ type: 'durable', records, position, memory: reusable(synced) }), disk: (failure) => tell({ type: 'disk', failure }) },
    )
    serve(port, commit, lock, tell)
    tell({ type: 'ready', position: commit.position })
  } catch (error) {
    lock?.release(false)
    tell({ type: 'refused', error: plain(error, settings.folder) })
    port.close()
  }
}

function serve(port: MessagePort, commit: GroupCommit, lock: JournalLock, tell: (message: FromWorker) => void): void {
  port.on('message', (message: ToWorker) => {
    if (message.type === 'batch') commit.add(Buffer.from(message.memory, 0, message.end))
    else if (message.type === 'seal') commit.seal()
    else if (message.type === 'flush') tell({ type: 'flushed', id: message.id, failure: commit.commit() })
    else {
      const failure = commit.close()
      lock.release(failure === null)
      tell({ type: 'closed', failure })
      port.close()
    }
  })
}

/** Memory of the usual groups. Sent to and fro it is counted once, where new memory for each group would make V8 collect garbage every second. */
function reusable(synced: readonly Buffer[]): ArrayBuffer[] {
  return synced.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer && buffer.byteLength === GROUP_BYTES ? [buffer] : []))
}

function plain(error: unknown, folder: string): PlainError {
  if (error instanceof SpillwayError) return { code: error.code, message: error.message, mend: error.mend, file: error.place.file ?? folder }
  return { code: 'JOURNAL_FAILED', message: `the journal cannot be opened: ${(error as Error).message}`, mend: 'Check the folder, its permissions and the space on its disk', file: folder }
}

if (parentPort !== null) main(parentPort, workerData as WorkerSettings)
