import { journalName } from '../../store/journal-file/journal-name.ts'
import { openDuckdbTelemetry } from '../../store/telemetry-duckdb/open-duckdb.ts'
import type { ExportCalls } from '../../store/telemetry-exports.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import type { WorkerSettings } from './messages.ts'

/** A store, and how to load it. */
export interface OpenedStore {
  readonly store: TelemetryStore
  readonly exportCalls: ExportCalls
  /** Records of a transaction at most; none = the loader's own number. */
  readonly batchRows?: number
}

/** A round trip and a sync to disk for each statement: more rows share them. */
const CLICKHOUSE_ROWS = 10_000

/** The store that the settings name. Throws what it throws. */
export async function openStore({ folder, journal, memoryMb, threads, clickhouse }: WorkerSettings): Promise<OpenedStore> {
  if (clickhouse !== null) {
    // Who does not use it need not have its client in memory.
    const { openClickhouse } = await import('../../store/telemetry-clickhouse/open-clickhouse.ts')
    const store = await openClickhouse({ ...clickhouse, journal: journalName(journal) })
    return { store, exportCalls: store.exportCalls, batchRows: CLICKHOUSE_ROWS }
  }
  const store = await openDuckdbTelemetry({ folder, memoryMb, threads })
  return { store, exportCalls: store.exportCalls }
}
