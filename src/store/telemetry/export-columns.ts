/** `time`: `started_at`, Unix ms; `tags`: a map, written as JSON; `usd`: `cost_nano_usd` in dollars; `whole`: a number without a fraction. */
export type ExportKind = 'text' | 'number' | 'whole' | 'time' | 'tags' | 'usd'

/**
 * What is written of a call, in order, in every database: a column, or by its place in the list that stands in `rest` (`rest.ts`). In
 * which words, and as which type, is the database's affair.
 */
export const EXPORT_COLUMNS: readonly (readonly [name: string, from: string | number, kind: ExportKind])[] = [
  ['id', 'id', 'text'],
  ['startedAt', 'started_at', 'time'],
  ['durationMs', 2, 'number'],
  ['source', 'source', 'text'],
  ['kind', 'kind', 'text'],
  ['name', 'name', 'text'],
  ['user', 'user_name', 'text'],
  ['feature', 'feature', 'text'],
  ['session', 'session', 'text'],
  ['prompt', 'prompt', 'text'],
  ['promptVersion', 'prompt_version', 'text'],
  ['traceId', 'trace_id', 'text'],
  ['parentSpanId', 'parent_span_id', 'text'],
  ['tags', 'tags', 'tags'],
  ['key', 'key_id', 'text'],
  ['provider', 'provider', 'text'],
  ['modelAsked', 'model_asked', 'text'],
  ['modelServed', 'model_served', 'text'],
  ['pool', 'pool', 'text'],
  ['endpoint', 'endpoint', 'text'],
  ['reason', 'reason', 'text'],
  ['outcome', 'outcome', 'text'],
  ['queuedMs', 4, 'number'],
  ['ttftMs', 5, 'number'],
  ['tpotMs', 6, 'number'],
  ['status', 7, 'whole'],
  ['errorCode', 8, 'text'],
  ['inputTokens', 'input_tokens', 'number'],
  ['cacheReadTokens', 'cache_read_tokens', 'number'],
  ['cacheWriteTokens', 'cache_write_tokens', 'number'],
  ['outputTokens', 'output_tokens', 'number'],
  ['reasoningTokens', 'reasoning_tokens', 'number'],
  ['costUsd', 'cost_nano_usd', 'usd'],
  ['costNanoUsd', 'cost_nano_usd', 'number'],
  ['costStatus', 'cost_status', 'text'],
  ['attempts', 'attempts', 'number'],
  ['clientRetry', 'client_retry', 'number'],
  ['responseId', 'response_id', 'text'],
  ['fingerprint', 'fingerprint', 'text'],
]
