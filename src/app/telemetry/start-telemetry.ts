import type { Clock } from '../../core/clock.ts'
import { oneLine, SpillwayError } from '../../core/errors.ts'
import type { ListedPrice } from '../../measure/insight/insights-of.ts'
import { keepLoading, type Loading } from '../../measure/load/keep-loading.ts'
import { openTelemetry, type Telemetry } from '../../measure/load/open-telemetry.ts'
import type { TelemetryConfig } from '../../route/config-types.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import { journalFolder, telemetryFolder } from '../config/data-folder.ts'

export interface TelemetryService {
  /** Throws TELEMETRY_UNAVAILABLE while the store is not open. */
  readonly store: () => Telemetry
  readonly status: () => TelemetryStatus
}

export interface TelemetryStatus {
  readonly state: 'off' | 'opening' | 'on'
  /** Unix ms: all that was durable in the journal then can be asked about; null = not known yet. */
  readonly asOf: number | null
  /** How long ago that was, ms. */
  readonly ageMs: number | null
  /** Bytes of the journal that are durable and not loaded. */
  readonly behindBytes: number
  /** Since the process began. */
  readonly observations: number
  readonly scores: number
  readonly malformed: number
  readonly grouped: number
  /** Why it is not open or does not load; null = nothing is amiss. The line names folders: it is for the log. */
  readonly failure: { readonly code: string; readonly line: string } | null
}

export interface RunningTelemetry extends TelemetryService {
  /** What lies before this position of the journal is in the store; 0 while that is not known. */
  readonly position: () => number
  /** Lets the step that runs end, and closes the store. What is not loaded waits in the journal. */
  readonly stop: () => Promise<void>
}

export interface StartTelemetryOptions {
  readonly dataDir: string
  readonly config: TelemetryConfig
  /** Position up to which the journal is on disk. */
  readonly durable: () => number
  readonly clock: Clock
  readonly log: GatewayLog
  /** What calls are priced with, for leaks. */
  readonly prices?: readonly ListedPrice[]
  readonly open?: typeof openTelemetry
  readonly later?: (work: () => void, ms: number) => () => void
}

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000
const DAY_MS = 86_400_000
const NOTHING_LOADED = { position: 0, asOf: null, observations: 0, scores: 0, malformed: 0, grouped: 0 }

/**
 * Opens the store in a thread of its own and keeps loading the journal into it. Returns at once, and never fails: a store that
 * cannot be opened, or whose thread dies, is tried again, ever later up to a minute, and `status` says why. Calls go on meanwhile.
 */
export function startTelemetry({ dataDir, config, durable, clock, log, prices = [], open = openTelemetry, later = afterMs }: StartTelemetryOptions): RunningTelemetry {
  let store: Telemetry | null = null
  let loading: Loading | null = null
  let failure: TelemetryStatus['failure'] = null
  let failures = 0
  let stopped = false
  let cancel: (() => void) | null = null

  const tell = (error: Error | null): void => {
    const line = error === null ? null : error instanceof SpillwayError ? error.toLine() : oneLine(error.message)
    // Each failure once: it is tried again and again.
    if (line !== (failure?.line ?? null)) log.warn({}, line === null ? 'telemetry works again' : `telemetry: ${line}`)
    failure = line === null ? null : { code: error instanceof SpillwayError ? error.code : 'unknown', line }
  }

  async function begin(): Promise<void> {
    try {
      const opened = await open({ folder: telemetryFolder(dataDir), journal: journalFolder(dataDir), memoryMb: config.memoryMb, prices, clickhouse: config.clickhouse === null ? null : { ...config.clickhouse, keepDays: config.keepMs / DAY_MS + 1 } })
      store = opened
      if (failures > 0) tell(null)
      loading = keepLoading({
        telemetry: opened,
        durable,
        clock,
        retainMs: config.keepMs,
        onTrouble: tell,
        later,
      })
      void opened.ended.then((reason) => lost(opened, reason))
    } catch (error) {
      retry(error as Error)
    }
  }

  async function lost(dead: Telemetry, reason: string): Promise<void> {
    store = null
    const last = loading
    loading = null
    await last?.stop()
    // One that had come to work is a new failure, not the next of a row.
    if (last !== null && last.stats().asOf !== null) failures = 0
    await dead.close()
    retry(new SpillwayError('TELEMETRY_UNAVAILABLE', reason, 'It is started again; the journal has everything that was not loaded'))
  }

  function retry(error: Error): void {
    if (stopped) return
    tell(error)
    cancel = later(start, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++))
  }

  let starting = Promise.resolve()
  function start(): void {
    starting = begin()
  }
  start()

  return {
    store: () => {
      if (store === null) throw new SpillwayError('TELEMETRY_UNAVAILABLE', failure === null ? 'the telemetry store is being opened' : 'the telemetry store is not open', 'Ask again in a moment; /readyz says what is amiss')
      return store
    },
    position: () => loading?.stats().position ?? 0,
    status: () => {
      const { position, asOf, observations, scores, malformed, grouped } = loading?.stats() ?? NOTHING_LOADED
      return { state: store === null ? 'opening' : 'on', asOf, ageMs: asOf === null ? null : Math.max(0, clock.now() - asOf), behindBytes: Math.max(0, durable() - position), observations, scores, malformed, grouped, failure }
    },
    stop: async () => {
      stopped = true
      cancel?.()
      await starting
      await loading?.stop()
      await store?.close()
    },
  }
}

/** Where the configuration wants no telemetry. */
export const TELEMETRY_OFF: TelemetryService = {
  store: () => {
    throw new SpillwayError('TELEMETRY_OFF', 'telemetry is off in the configuration', 'Set telemetry.mode to on and restart: what the journal holds is loaded then')
  },
  status: () => ({ state: 'off', asOf: null, ageMs: null, behindBytes: 0, observations: 0, scores: 0, malformed: 0, grouped: 0, failure: null }),
}

function afterMs(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}
