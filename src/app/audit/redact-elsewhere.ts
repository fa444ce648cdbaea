import { Worker } from 'node:worker_threads'
import { SpillwayError } from '../../core/errors.ts'
import { workerFile } from '../../store/worker-file.ts'
import type { FromRedactor, RedactSettings, ToRedactor } from './redact-worker.ts'

export interface Redacted {
  readonly request: string
  readonly response: string
  readonly removed: number
}

export interface Redactor {
  /** Null = nothing of the call is to be kept. Rejects where the hook fails, or takes longer than it may. One at a time. */
  readonly redact: (parts: ToRedactor) => Promise<Redacted | null>
  readonly stop: () => Promise<void>
}

/** For both bodies of a call, at the most. Starting has as long again. */
const TIMEOUT_MS = 2000
const START_MS = 10_000
const MEMORY_MB = 256

/**
 * Redaction by patterns and a hook of the operator's own, in a thread: whatever they do, calls go on. A thread that hangs or dies is
 * replaced for the next call. Throws CONFIG_INVALID where the hook cannot be loaded.
 */
export async function redactElsewhere(settings: RedactSettings, timeoutMs = TIMEOUT_MS): Promise<Redactor> {
  let thread: Worker | null = await started(settings)
  let stopped = false
  return {
    redact: async (parts) => {
      if (stopped) throw new Error('the gateway is stopping')
      const worker = (thread ??= await started(settings))
      try {
        const answer = await answerOf(worker, timeoutMs, () => {
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
          worker.postMessage(parts)
        })
        if (answer.type === 'redacted') return answer.kept === null ? null : { ...answer.kept, removed: answer.removed }
        throw new Error(answer.type === 'failed' ? answer.message : 'it began again')
      } catch (error) {
        thread = null
        await worker.terminate()
        throw error
      }
    },
    stop: async () => {
      stopped = true
      await thread?.terminate()
      thread = null
    },
  }
}

async function started(settings: RedactSettings): Promise<Worker> {
  const worker = new Worker(workerFile(new URL('redact-worker.ts', import.meta.url), 'redact-worker.js'), { workerData: settings, name: 'spillway-redact', resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } })
  // Heard of by whoever waits for an answer; between two calls nobody does.
  worker.on('error', () => {})
  worker.unref()
  try {
    const first = await answerOf(worker, START_MS, () => {})
    if (first.type === 'ready') return worker
    throw new Error(first.type === 'failed' ? first.message : 'it spoke before its turn')
  } catch (error) {
    await worker.terminate()
    throw new SpillwayError('CONFIG_INVALID', `audit.bodies cannot redact: ${(error as Error).message}`, 'Mend audit.bodies.hook or audit.bodies.patterns: the hook is a module that exports a function redact(text, {part})', settings.hook === null ? {} : { file: settings.hook }, { cause: error })
  }
}

function answerOf(worker: Worker, timeoutMs: number, ask: () => void): Promise<FromRedactor> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      then()
    }
    const onMessage = (message: FromRedactor): void => settle(() => resolve(message))()
    const onError = (error: Error): void => settle(() => reject(error))()
    const onExit = settle(() => reject(new Error('its thread has ended')))
    const timer = setTimeout(settle(() => reject(new Error(`it took longer than ${timeoutMs} ms`))), timeoutMs)
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    ask()
  })
}
