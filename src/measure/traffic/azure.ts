import type { ColumnMap } from './reading.ts'

/**
 * Azure LLM inference traces (2023, 2024, and the multimodal one of 2025, whose image count is not used):
 * `TIMESTAMP,ContextTokens,GeneratedTokens`, times as UTC dates with up to seven decimals.
 */
export const AZURE_COLUMNS: ColumnMap = { time: 'TIMESTAMP', input: 'ContextTokens', output: 'GeneratedTokens' }
