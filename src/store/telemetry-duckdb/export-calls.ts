import type { CallQuery } from '../telemetry.ts'
import type { ExportFormat } from '../telemetry-exports.ts'
import { EXPORT_COLUMNS, type ExportKind } from '../telemetry/export-columns.ts'
import { literal } from './sealed-days.ts'
import { callConditions, type Statement } from './select.ts'

/** As `core/csv-cell.ts` has it: what a spreadsheet would run starts with an apostrophe. */
const FORMULA = String.raw`'^[\s''"]*[=+\-@|%\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]'`

/** The statement that writes calls to a new file. `source` as for `callsStatement`. */
export function exportStatement(source: string, tenant: string, query: Omit<CallQuery, 'cursor'>, format: ExportFormat, file: string): Statement {
  const { conditions, values } = callConditions(tenant, query)
  if (format === 'requests') {
    const known = [...conditions, '(input_tokens > 0 OR output_tokens > 0)']
    return { sql: `COPY (SELECT started_at AS t, input_tokens AS input, output_tokens AS output, cache_read_tokens AS cached FROM ${source} WHERE ${known.join(' AND ')} ORDER BY started_at, id LIMIT ${query.limit}) TO ${literal(file)} (FORMAT json)`, values }
  }
  const columns = EXPORT_COLUMNS.map(([name, from, kind]) => {
    const expression = expressionOf(from, kind)
    return `${format === 'csv' ? csvCell(expression, kind) : expression} AS "${name}"`
  })
  const options = format === 'csv' ? "FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"'" : 'FORMAT parquet, COMPRESSION zstd'
  return { sql: `COPY (SELECT ${columns.join(', ')} FROM ${source} WHERE ${conditions.join(' AND ')} ORDER BY started_at DESC, id DESC LIMIT ${query.limit}) TO ${literal(file)} (${options})`, values }
}

function csvCell(expression: string, kind: ExportKind): string {
  if (kind === 'time') return `strftime(${expression}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return kind === 'text' ? `CASE WHEN regexp_matches(${expression}, ${FORMULA}) THEN '''' || ${expression} ELSE ${expression} END` : expression
}

function expressionOf(from: string | number, kind: ExportKind): string {
  if (typeof from === 'number') {
    if (kind === 'text') return `json_extract_string(rest, '$[${from}]')`
    return `CAST(json_extract(rest, '$[${from}]') AS ${kind === 'whole' ? 'INTEGER' : 'DOUBLE'})`
  }
  if (kind === 'time') return `make_timestamp_ms(CAST(floor(${from}) AS BIGINT))`
  if (kind === 'usd') return `CAST(${from} AS DECIMAL(19, 0)) * CAST(0.000000001 AS DECIMAL(9, 9))`
  return kind === 'tags' ? `CAST(to_json(${from}) AS VARCHAR)` : from
}
