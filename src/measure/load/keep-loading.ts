import type { Clock } from '../../core/clock.ts'
import type { Telemetry } from './open-telemetry.ts'

export interface KeepLoadingOptions {
  readonly telemetry: Telemetry
  /** Position up to which the journal is on disk for certain: what a power cut might take back is not loaded. */
  readonly durable: () => number
  readonly clock: Clock
  /** What started longer ago is deleted. */
  readonly retainMs: number
  /** Days that ended longer ago are sealed. Default 2 days. */
  readonly sealMs?: number
  /** Told of what failed, once a try; null = it works again. */
  readonly onTrouble: (error: Error | null) => void
  /** Calls `work` after so long; gives what cancels it. */
  readonly later: (work: () => void, ms: number) => () => void
}

export interface Loading {
  readonly stats: () => LoadingStats
  /** Waits for the step that runs. What is not loaded yet waits in the journal for the next start. */
  readonly stop: () => Promise<void>
}

export interface LoadingStats {
  /** Of the journal: everything before it has been read. */
  readonly position: number
  /** Unix ms: all that was durable then is loaded. Null until the loader has caught up for the first time. */
  readonly asOf: number | null
  readonly observations: number
  readonly scores: number
  readonly gaps: number
  readonly lost: number
  readonly malformed: number
  readonly grouped: number
  /** Failures in a row. */
  readonly failures: number
}

const DAY_MS = 86_400_000
/** What comes within it is one transaction: each costs some 20 ms of CPU in DuckDB, however small, and a part of each table in ClickHouse. */
const POLL_MS = 1000
const KEEP_MS = 3_600_000
const FIRST_BACKOFF_MS = 1000
const LONGEST_BACKOFF_MS = 60_000

/**
 * Loads what the journal gains, once a second, at once while there is more, and once an hour seals and deletes days. A failure is told and tried again,
 * each time after twice as long, up to a minute; the journal keeps what waits.
 */
export function keepLoading({ telemetry, durable, clock, retainMs, sealMs = 2 * DAY_MS, onTrouble, later }: KeepLoadingOptions): Loading {
  const counted = { position: 0, observations: 0, scores: 0, gaps: 0, lost: 0, malformed: 0, grouped: 0, failures: 0 }
  let asOf: number | null = null
  let keptAt = -Infinity
  let stopped = false
  let cancel: (() => void) | null = null
  let running: Promise<void> = Promise.resolve()

  const step = async (): Promise<number> => {
    const [began, until] = [clock.now(), durable()]
    // The first time the store says where it is; then nothing is asked of it while the journal gains nothing.
    if (asOf === null || until > counted.position) {
      const { counts, position, grouped, more } = await telemetry.load(until)
      for (const name of ['observations', 'scores', 'gaps', 'lost', 'malformed'] as const) counted[name] += counts[name]
      Object.assign(counted, { position: more ? position : Math.max(position, until), grouped })
      if (more) return 0
    }
    asOf = began
    if (clock.now() - keptAt >= KEEP_MS) {
      // Forget first: what goes need not be sealed.
      await telemetry.retain(clock.now() - retainMs)
      await telemetry.seal(clock.now() - sealMs)
      keptAt = clock.now()
    }
    return POLL_MS
  }
  const turn = async (): Promise<void> => {
    let pause: number
    try {
      pause = await step()
      if (counted.failures > 0) onTrouble(null)
      counted.failures = 0
    } catch (error) {
      pause = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** counted.failures)
      counted.failures++
      onTrouble(error as Error)
    }
    if (!stopped) schedule(pause)
  }
  const schedule = (ms: number): void => {
    cancel = later(() => {
      running = turn()
    }, ms)
  }
  schedule(0)

  return {
    stats: () => ({ ...counted, asOf }),
    stop: async () => {
      stopped = true
      cancel?.()
      await running
    },
  }
}
