import measured from '../../catalog/perf/measured.json' with { type: 'json' }
import type { PerfTable } from '../core/perf/perf-table.ts'
import { parsePerfTable } from '../core/perf/perf-table.ts'

/** The measured latencies that ship with Spillway, with the coefficients fitted to them. */
export function shippedPerfTable(): PerfTable {
  return parsePerfTable(measured)
}
