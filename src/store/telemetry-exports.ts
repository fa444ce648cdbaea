import type { CallQuery } from './telemetry.ts'

/**
 * Writes calls (newest first, at most `limit`) to a new file, and resolves with how many there are. Text that a spreadsheet would run as
 * a formula starts with an apostrophe in CSV. What not every store can do by itself, so no part of the port.
 */
export type ExportCalls = (tenant: string, query: Omit<CallQuery, 'cursor'>, format: 'csv' | 'parquet', file: string) => Promise<number>
