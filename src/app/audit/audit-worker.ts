import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { type ErrorCode, oneLine, type Place, SpillwayError } from '../../core/errors.ts'
import { CHECKPOINT } from '../../prove/log/log-files.ts'
import { openLog } from '../../prove/log/open-log.ts'
import { runSequencer } from '../../prove/sequence/run-sequencer.ts'
import type { WitnessStatus } from '../../prove/witness/cosigning.ts'
import type { AuditConfig } from '../../route/config-types.ts'
import { readJournal } from '../../store/journal-file/read-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { readAudit } from './audit-home.ts'
import { BUILD } from './build.ts'
import { startCosigning } from './start-cosigning.ts'

export interface AuditSettings {
  readonly dataDir: string
  /** Where each checkpoint is kept as well, best on another machine's disk; null = nowhere. */
  readonly remember: string | null
  readonly witnesses: AuditConfig['witnesses']
  /** How many of them must have signed. */
  readonly quorum: number
  /** Position up to which the journal is on disk. */
  readonly durable: number
}

/** `durable`: what the journal has on disk by now; nothing beyond is taken, since a power cut could still undo it. */
export type ToAudit = { readonly type: 'durable' | 'stop'; readonly durable: number }

export type FromAudit =
  /** After each commit: what lies before this position of the journal is in the log. The first one says that the log can be written. */
  | { readonly type: 'committed'; readonly position: number }
  | { readonly type: 'failure'; readonly line: string }
  /** After each commit, and each second without one. */
  | { readonly type: 'status'; readonly size: number; readonly witnesses: readonly WitnessStatus[] }
  /** The last message; `error` = why it ended before it was told to. */
  | { readonly type: 'ended'; readonly error: { readonly code: ErrorCode | null; readonly message: string; readonly mend: string; readonly place: Place } | null }

/** The thread that sequences: it waits for the disk, which the thread that serves must never do. */
async function main(port: MessagePort, { dataDir, remember, durable, witnesses, quorum }: AuditSettings): Promise<void> {
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
    const warn = (line: string): void => tell({ type: 'failure', line })
    const keepCheckpoint = (): void => {
      if (remember !== null) keep(join(options.folder, CHECKPOINT), remember, warn)
    }
    const cosigning = startCosigning({ log: options, witnesses, quorum, onPublished: keepCheckpoint, warn })
    let size = 0
    const tellStatus = (): void => tell({ type: 'status', size, witnesses: cosigning.status() })
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
      onCommit: (committed, position) => {
        size = committed
        keepCheckpoint()
        cosigning.offer()
        tell({ type: 'committed', position })
        tellStatus()
      },
      onFailure: (error) => warn(error.toLine()),
    })
    await cosigning.finish()
    tellStatus()
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
