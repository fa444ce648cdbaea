import type { CallQuery } from '../telemetry.ts'
import type { ExportFormat } from '../telemetry-exports.ts'
import { EXPORT_COLUMNS, type ExportKind } from '../telemetry/export-columns.ts'
import { binder, conditionsOf } from './select.ts'
import type { Statement } from './server.ts'

/** As `core/csv-cell.ts` has it: what a spreadsheet would run starts with an apostrophe. */
const FORMULA = String.raw`'^[\\s''"]*[=+\\-@|%\\x{FF1D}\\x{FF0B}\\x{FF0D}\\x{FF20}]'`

/** The statement whose answer is the file, and the one that counts its rows. */
export function exportStatements(tenant: string, query: Omit<CallQuery, 'cursor'>, format: ExportFormat): { readonly file: Statement; readonly count: Statement } {
  const { params, bind } = binder()
  const conditions = conditionsOf(tenant, query, bind)
  if (query.billableOnly === true) conditions.push('billable')
  if (format === 'requests') conditions.push('(input_tokens > 0 OR output_tokens > 0)')
  const from = `FROM observations FINAL WHERE ${conditions.join(' AND ')}`
  const count = { sql: `SELECT count() AS calls FROM (SELECT 1 ${from} LIMIT ${query.limit})`, params }
  if (format === 'requests') {
    return { file: { sql: `SELECT started_at AS t, input_tokens AS input, output_tokens AS output, cache_read_tokens AS cached ${from} ORDER BY started_at, id LIMIT ${query.limit} FORMAT JSONEachRow`, params }, count }
  }
  const columns = EXPORT_COLUMNS.map(([name, source, kind]) => {
    const expression = expressionOf(source, kind)
    return `${format === 'csv' ? csvCell(expression, kind) : expression} AS ${name}`
  })
  // By their table: a name alone would mean the column of the file that is called so.
  const sql = `SELECT ${columns.join(', ')} FROM (SELECT * ${from} ORDER BY started_at DESC, id DESC LIMIT ${query.limit}) AS calls ORDER BY calls.started_at DESC, calls.id DESC FORMAT ${format === 'csv' ? 'CSVWithNames' : 'Parquet'}`
  return { file: { sql, params }, count }
}

function csvCell(expression: string, kind: ExportKind): string {
  if (kind === 'time') return `concat(formatDateTime(${expression}, '%Y-%m-%dT%H:%i:%S', 'UTC'), '.', leftPad(toString(toUnixTimestamp64Milli(${expression}) % 1000), 3, '0'), 'Z')`
  return kind === 'text' ? `if(match(ifNull(${expression}, ''), ${FORMULA}), concat('''', ${expression}), ${expression})` : expression
}

function expressionOf(from: string | number, kind: ExportKind): string {
  if (typeof from === 'number') return `JSONExtract(calls.rest, ${from + 1}, 'Nullable(${kind === 'text' ? 'String' : kind === 'whole' ? 'Int32' : 'Float64'})')`
  const column = `calls.${from}`
  if (kind === 'time') return `fromUnixTimestamp64Milli(toInt64(floor(${column})), 'UTC')`
  if (kind === 'usd') return `toDecimal128(${column}, 9) / 1000000000`
  return kind === 'tags' ? `if(empty(${column}), NULL, toJSONString(${column}))` : column
}
