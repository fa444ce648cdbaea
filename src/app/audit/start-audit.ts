import { Worker } from 'node:worker_threads'
import { oneLine, SpillwayError } from '../../core/errors.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import type { WitnessStatus } from '../../prove/witness/cosigning.ts'
import type { AuditConfig } from '../../route/config-types.ts'
import type { AuditSettings, FromAudit, ToAudit } from './audit-worker.ts'
import { workerFile } from '../../store/worker-file.ts'

export interface AuditStatus {
  /** Why the log has stopped; null = it runs. Calls that are served since are in no log. */
  readonly stopped: string | null
  readonly size: number
  readonly witnesses: readonly WitnessStatus[]
}

export interface RunningAudit {
  /** What lies before this position of the journal is in the log. */
  readonly position: () => number
  readonly status: () => AuditStatus
  /** Takes what the journal has, says so in the log and lets go of it. Call it when the journal is closed. */
  readonly stop: () => Promise<void>
}

export interface AuditOptions extends Pick<AuditConfig, 'remember' | 'witnesses' | 'quorum'> {
  readonly dataDir: string
  /** Position up to which the journal is on disk. */
  readonly durable: () => number
  readonly log: GatewayLog
}

const TELL_MS = 250

/** Sequences the journal of a data folder into its log, in a thread. Rejects where the log cannot be written from the start. */
export async function startAudit({ durable, log, ...rest }: AuditOptions): Promise<RunningAudit> {
  const settings: AuditSettings = { ...rest, durable: durable() }
  const worker = new Worker(workerFile(new URL('audit-worker.ts', import.meta.url), 'audit-worker.js'), { workerData: settings, name: 'spillway-audit' })
  const tell = (type: ToAudit['type']): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage({ type, durable: durable() } satisfies ToAudit)
  }
  let position = 0
  const timer = setInterval(() => tell('durable'), TELL_MS)
  timer.unref()
  let status: AuditStatus = { stopped: null, size: 0, witnesses: [] }
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    worker.on('error', (error) => {
      status = { ...status, stopped: error.message }
      log.error({ code: 'INTERNAL' }, `the audit log has stopped: ${oneLine(error.message)}`)
      reject(error)
    })
    worker.on('message', (message: FromAudit) => {
      if (message.type === 'failure') log.warn({}, `audit: ${message.line}`)
      else if (message.type === 'committed') {
        position = message.position
        resolve()
      }
      else if (message.type === 'status') status = { ...status, size: message.size, witnesses: message.witnesses }
      else if (message.error !== null) {
        const { code, message: text, mend, place } = message.error
        const error = code === null ? new Error(text) : new SpillwayError(code, text, mend, place)
        log.error({ code: code ?? 'INTERNAL' }, `the audit log has stopped: ${error instanceof SpillwayError ? error.toLine() : oneLine(text)}`)
        clearInterval(timer)
        status = { ...status, stopped: code ?? 'INTERNAL' }
        reject(error)
      }
    })
  })
  return {
    position: () => position,
    status: () => status,
    stop: async () => {
      clearInterval(timer)
      tell('stop')
      await ended
    },
  }
}
