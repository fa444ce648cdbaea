import type { CallQuery } from './telemetry.ts'

/** `requests`: JSON lines with time, input, output and cached tokens, the oldest first, of calls whose tokens are known. */
export type ExportFormat = 'csv' | 'parquet' | 'requests'

/**
 * Writes calls (newest first, but for `requests`; at most `limit`) to a new file, and resolves with how many there are. Text that a spreadsheet would run as
 * a formula starts with an apostrophe in CSV. What not every store can do by itself, so no part of the port.
 */
export type ExportCalls = (tenant: string, query: Omit<CallQuery, 'cursor'>, format: ExportFormat, file: string) => Promise<number>
