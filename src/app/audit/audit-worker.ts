import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { type ErrorCode, oneLine, type Place, SpillwayError } from '../../core/errors.ts'
import { CHECKPOINT } from '../../prove/log/log-files.ts'
import { openLog } from '../../prove/log/open-log.ts'
import { runSequencer } from '../../prove/sequence/run-sequencer.ts'
import { readJournal } from '../../store/journal-file/read-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { readAudit } from './audit-home.ts'
import { BUILD } from './build.ts'

export interface AuditSettings {
  readonly dataDir: string
  /** Where each checkpoint is kept as well, best on another machine's disk; null = nowhere. */
  readonly remember: string | null
  /** Position up to which the journal is on disk. */
  readonly durable: number
}

/** `durable`: what the journal has on disk by now; nothing beyond is taken, since a power cut could still undo it. */
export type ToAudit = { readonly type: 'durable' | 'stop'; readonly durable: number }

export type FromAudit =
  /** After each commit: what lies before this position of the journal is in the log. The first one says that the log can be written. */
  | { readonly type: 'committed'; readonly position: number }
  | { readonly type: 'failure'; readonly line: string }
  /** The last message; `error` = why it ended before it was told to. */
  | { readonly type: 'ended'; readonly error: { readonly code: ErrorCode | null; readonly message: string; readonly mend: string; readonly place: Place } | null }

/** The thread that sequences: it waits for the disk, which the thread that serves must never do. */
async function main(port: MessagePort, { dataDir, remember, durable }: AuditSettings): Promise<void> {
  const tell = (message: FromAudit): void => port.postMessage(message)
  let limit = durable
  let wake: (() => void) | undefined
  const stop = new AbortController()
  port.on('message', (message: ToAudit) => {
    limit = message.durable
    if (message.type === 'stop') stop.abort()
    if (message.type === 'stop') wake?.()
  })
  try {
    const { log: options, keys } = readAudit(dataDir)
    await runSequencer({
      keys,
      build: BUILD,
      clock: { now: () => Date.now() },
      signal: stop.signal,
      journal: { read: (position) => readJournal(journalFolder(dataDir), position, () => limit) },
      journalEnd: () => limit,
      open: () => openLog({ ...options, remembered: remember === null ? [] : kept(remember) }),
      wait: (ms) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, stop.signal.aborted ? 0 : ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        }),
      onCommit: (_, position) => {
        if (remember !== null) keep(join(options.folder, CHECKPOINT), remember, (line) => tell({ type: 'failure', line }))
        tell({ type: 'committed', position })
      },
      onFailure: (error) => tell({ type: 'failure', line: error.toLine() }),
    })
    tell({ type: 'ended', error: null })
  } catch (error) {
    tell({ type: 'ended', error: error instanceof SpillwayError ? error.toJSON().error : { code: null, message: (error as Error).message, mend: '', place: {} } })
  }
  port.close()
}

function kept(file: string): Buffer[] {
  try {
    return [readFileSync(file)]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new SpillwayError('FILE_NOT_READABLE', 'the kept checkpoint cannot be read', 'Check the disk that audit.remember is on', { file }, { cause: error })
  }
}

/** Calls are logged though the other disk may be away. */
function keep(checkpoint: string, file: string, onFailure: (line: string) => void): void {
  try {
    writeFileSync(`${file}.tmp`, readFileSync(checkpoint))
    renameSync(`${file}.tmp`, file)
  } catch (error) {
    onFailure(`the checkpoint was not kept in ${oneLine(file)} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

if (parentPort !== null) void main(parentPort, workerData as AuditSettings)
