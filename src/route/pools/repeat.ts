import type { Random } from '../../core/random.ts'

export interface Repeating {
  /** Ends it and aborts what is running. */
  readonly stop: () => void
}

/** Share of the interval by which each wait varies to either side, so that many gateways do not ask in step. */
const JITTER = 0.1
const FIRST_WITHIN_MS = 500

/**
 * Runs a task again and again: `intervalMs` from the end of one run to the start of the next, jittered, so that there is never
 * more than one at a time. The task handles its own errors.
 */
export function repeat(task: (signal: AbortSignal) => Promise<void>, intervalMs: number, random: Random): Repeating {
  const abort = new AbortController()
  let timer: NodeJS.Timeout
  const after = (ms: number): void => {
    timer = setTimeout(run, ms)
    timer.unref()
  }
  const run = (): void => {
    void task(abort.signal).finally(() => {
      if (!abort.signal.aborted) after(intervalMs * (1 - JITTER + 2 * JITTER * random()))
    })
  }
  after(random() * Math.min(intervalMs, FIRST_WITHIN_MS))
  return {
    stop: () => {
      abort.abort()
      clearTimeout(timer)
    },
  }
}
