import type { CallQuery } from '../telemetry.ts'
import type { ExportFormat } from '../telemetry-exports.ts'
import { literal } from './sealed-days.ts'
import { callConditions, type Statement } from './select.ts'

type Kind = 'text' | 'number' | 'time' | 'json'

/** What is written of a call, in order. What stands in the column `rest` is read by its place there (`rest.ts`). */
const COLUMNS: readonly (readonly [name: string, expression: string, kind: Kind])[] = [
  ['id', 'id', 'text'],
  ['startedAt', 'make_timestamp_ms(CAST(floor(started_at) AS BIGINT))', 'time'],
  ['durationMs', inRest(2), 'number'],
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
  ['tags', 'CAST(to_json(tags) AS VARCHAR)', 'json'],
  ['key', 'key_id', 'text'],
  ['provider', 'provider', 'text'],
  ['modelAsked', 'model_asked', 'text'],
  ['modelServed', 'model_served', 'text'],
  ['pool', 'pool', 'text'],
  ['endpoint', 'endpoint', 'text'],
  ['reason', 'reason', 'text'],
  ['outcome', 'outcome', 'text'],
  ['queuedMs', inRest(4), 'number'],
  ['ttftMs', inRest(5), 'number'],
  ['tpotMs', inRest(6), 'number'],
  ['status', `CAST(${inRest(7)} AS INTEGER)`, 'number'],
  ['errorCode', "json_extract_string(rest, '$[8]')", 'text'],
  ['inputTokens', 'input_tokens', 'number'],
  ['cacheReadTokens', 'cache_read_tokens', 'number'],
  ['cacheWriteTokens', 'cache_write_tokens', 'number'],
  ['outputTokens', 'output_tokens', 'number'],
  ['reasoningTokens', 'reasoning_tokens', 'number'],
  ['costUsd', 'CAST(cost_nano_usd AS DECIMAL(19, 0)) * CAST(0.000000001 AS DECIMAL(9, 9))', 'number'],
  ['costNanoUsd', 'cost_nano_usd', 'number'],
  ['costStatus', 'cost_status', 'text'],
  ['attempts', 'attempts', 'number'],
  ['clientRetry', 'client_retry', 'number'],
  ['responseId', 'response_id', 'text'],
  ['fingerprint', 'fingerprint', 'text'],
]

/** As `core/csv-cell.ts` has it: what a spreadsheet would run starts with an apostrophe. */
const FORMULA = String.raw`'^[\s''"]*[=+\-@|%\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]'`

/** The statement that writes calls to a new file. `source` as for `callsStatement`. */
export function exportStatement(source: string, tenant: string, query: Omit<CallQuery, 'cursor'>, format: ExportFormat, file: string): Statement {
  const { conditions, values } = callConditions(tenant, query)
  if (format === 'requests') {
    const known = [...conditions, '(input_tokens > 0 OR output_tokens > 0)']
    return { sql: `COPY (SELECT started_at AS t, input_tokens AS input, output_tokens AS output, cache_read_tokens AS cached FROM ${source} WHERE ${known.join(' AND ')} ORDER BY started_at, id LIMIT ${query.limit}) TO ${literal(file)} (FORMAT json)`, values }
  }
  const columns = COLUMNS.map(([name, expression, kind]) => `${format === 'csv' ? csvCell(expression, kind) : expression} AS "${name}"`)
  const options = format === 'csv' ? "FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"'" : 'FORMAT parquet, COMPRESSION zstd'
  return { sql: `COPY (SELECT ${columns.join(', ')} FROM ${source} WHERE ${conditions.join(' AND ')} ORDER BY started_at DESC, id DESC LIMIT ${query.limit}) TO ${literal(file)} (${options})`, values }
}

function csvCell(expression: string, kind: Kind): string {
  if (kind === 'time') return `strftime(${expression}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return kind === 'text' ? `CASE WHEN regexp_matches(${expression}, ${FORMULA}) THEN '''' || ${expression} ELSE ${expression} END` : expression
}

/** A number of `writeRest`'s list. */
function inRest(place: number): string {
  return `CAST(json_extract(rest, '$[${place}]') AS DOUBLE)`
}
