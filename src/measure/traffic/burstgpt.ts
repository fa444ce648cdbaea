import type { ColumnMap } from './reading.ts'

/**
 * BurstGPT: `Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type`; the
 * timestamp is in seconds since midnight of the first day. Zero response tokens mark a failed request.
 */
export const BURSTGPT_COLUMNS: ColumnMap = { time: 'Timestamp', input: 'Request tokens', output: 'Response tokens' }
