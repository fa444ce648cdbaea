import { LENGTH, WireReader } from './reader.ts'

/**
 * How many metrics (ResourceMetrics.scope_metrics.metrics) or log records (ResourceLogs.scope_logs.log_records) a request holds:
 * the two share their shape, list 1 of lists 2 of items 2. Throws otlp_malformed.
 */
export function countItems(bytes: Uint8Array): number {
  const reader = new WireReader(bytes)
  return countAt(reader, [1, 2, 2], 0)
}

function countAt(reader: WireReader, path: readonly number[], level: number): number {
  let count = 0
  while (reader.next()) {
    if (!reader.is(path[level]!, LENGTH)) {
      reader.skip()
      continue
    }
    const outer = reader.enter()
    count += level === path.length - 1 ? 1 : countAt(reader, path, level + 1)
    reader.leave(outer)
  }
  return count
}
