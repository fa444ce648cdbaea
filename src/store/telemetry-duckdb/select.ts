import type { DuckDBValue } from '@duckdb/node-api'
import { type AggregateQuery, type BreakdownQuery, type CallQuery, type DIMENSIONS, type Dimension, type DistributionQuery, MOST_ROWS, type Measure, type PoolUseQuery, type ScanQuery, type Selection } from '../telemetry.ts'
import { DIMENSION_COLUMNS, METRIC_BUCKETS } from '../telemetry/column-names.ts'
import { tagOf } from '../telemetry/check-query.ts'
import { readCursor } from '../telemetry/cursor.ts'
import { OBSERVATION_FIELDS, OBSERVATION_JSON } from './columns.ts'
import type { Sources } from './sealed-sums.ts'

/** A statement with its values. Names come from fixed tables, values are parameters only. */
export interface Statement {
  readonly sql: string
  readonly values: DuckDBValue[]
}

/** Each measure over rows of calls. */
export const MEASURE_SUMS: Readonly<Record<Measure, string>> = {
  calls: 'count(*)',
  costNanoUsd: 'coalesce(sum(cost_nano_usd), 0)',
  inputTokens: 'coalesce(sum(input_tokens), 0)',
  cacheReadTokens: 'coalesce(sum(cache_read_tokens), 0)',
  cacheWriteTokens: 'coalesce(sum(cache_write_tokens), 0)',
  outputTokens: 'coalesce(sum(output_tokens), 0)',
  reasoningTokens: 'coalesce(sum(reasoning_tokens), 0)',
  durationMs: 'coalesce(sum(duration_ms), 0)',
  failed: "count(*) FILTER (outcome NOT IN ('ok', 'client-aborted'))",
  aborted: "count(*) FILTER (outcome = 'client-aborted')",
  attempts: 'coalesce(sum(attempts), 0)',
  clientRetries: 'count(*) FILTER (client_retry > 0)',
  incompleteCost: "count(*) FILTER (cost_status <> 'complete')",
}

const HOUR_MS = 3_600_000

export function callsStatement(source: string, tenant: string, query: CallQuery): Statement {
  const { conditions, values, bind } = callConditions(tenant, query)
  if (query.cursor !== undefined) {
    const { startedAt, id } = readCursor(query.cursor)
    const at = bind(startedAt)
    conditions.push(`started_at <= ${at}::DOUBLE AND (started_at < ${at}::DOUBLE OR id < ${bind(id)})`)
  }
  // One more than asked for tells whether a page follows.
  return { sql: `SELECT ${OBSERVATION_FIELDS} FROM ${source} WHERE ${conditions.join(' AND ')} ORDER BY started_at DESC, id DESC LIMIT ${query.limit + 1}`, values }
}

/** What holds of the calls of a query, but for its page. */
export function callConditions(tenant: string, query: Omit<CallQuery, 'cursor'>): { readonly conditions: string[]; readonly values: DuckDBValue[]; readonly bind: Bind } {
  const { values, bind } = binder()
  const conditions = conditionsOf(tenant, query, bind)
  if (query.billableOnly === true) conditions.push('billable')
  return { conditions, values, bind }
}

export function scanStatement(source: string, tenant: string, query: ScanQuery): Statement {
  return pageStatement(OBSERVATION_JSON, source, 'started_at', tenant, query)
}

/** How many rows each hour of a time has. */
export function hoursStatement(source: string, tenant: string, query: ScanQuery): Statement {
  const { values, bind } = binder()
  return { sql: `SELECT hour, count(*) AS calls FROM ${source} WHERE ${laterThan('started_at', tenant, query, bind)} GROUP BY hour ORDER BY hour`, values }
}

export function scoresStatement(tenant: string, query: ScanQuery): Statement {
  return pageStatement('*', 'scores', 'judged_at', tenant, query)
}

function pageStatement(fields: string, source: string, time: 'started_at' | 'judged_at', tenant: string, query: ScanQuery): Statement {
  const { values, bind } = binder()
  return { sql: `SELECT ${fields} FROM ${source} WHERE ${laterThan(time, tenant, query, bind)} ORDER BY ${time}, id LIMIT ${query.limit}`, values }
}

function laterThan(time: 'started_at' | 'judged_at', tenant: string, { from, until, after }: ScanQuery, bind: Bind): string {
  // A whole range, so that the parts of the table that end before it are not read.
  const start = bind(Math.max(from, after?.at ?? from))
  const conditions = [`tenant = ${bind(tenant)}`, `${time} >= ${start}::DOUBLE`, `${time} < ${bind(until)}::DOUBLE`]
  if (after !== undefined) conditions.push(`(${time} > ${bind(after.at)}::DOUBLE OR id > ${bind(after.id)})`)
  return conditions.join(' AND ')
}

export function aggregateStatement({ source, sums: summed }: Sources, tenant: string, query: AggregateQuery): Statement {
  if (summed !== null) return aggregateWithSums({ source, sums: summed }, tenant, query)
  const { values, bind } = binder()
  const { by, bucketMs, measures, quantiles, top } = query
  const conditions = [...conditionsOf(tenant, query, bind), 'billable']
  const keys = [...(bucketMs === undefined ? [] : [`${bucketExpression(bucketMs)} AS bucket_at`]), ...by.map((dimension, index) => `${columnOf(dimension, bind)} AS g${index}`)]
  const sums = measures.map((measure) => `${MEASURE_SUMS[measure]} AS ${measure}`)
  const shares = quantiles === undefined || quantiles.at.length === 0 ? [] : [`quantile_disc(${METRIC_BUCKETS[quantiles.metric]}, [${quantiles.at.map((share) => `${bind(share)}::DOUBLE`).join(', ')}]) AS quantiles`]
  const order = [...(top === undefined ? [] : [`${MEASURE_SUMS[top.by]} DESC`]), ...keys.map((_, index) => `${index + 1} ASC NULLS LAST`)]
  const limit = top === undefined ? MOST_ROWS + 1 : Math.min(top.limit, MOST_ROWS)
  const sql = [
    // Where nothing is asked for, and no group, this makes it one row.
    `SELECT ${[...keys, ...sums, ...shares, 'count(*) AS rows'].join(', ')}`,
    `FROM ${source} WHERE ${conditions.join(' AND ')}`,
    keys.length === 0 ? '' : `GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`,
    order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`,
    `LIMIT ${limit}`,
  ]
  return { sql: sql.filter((line) => line !== '').join('\n'), values }
}

/** The same from rows and sums: no quantiles. */
function aggregateWithSums(sources: Sources, tenant: string, query: AggregateQuery): Statement {
  const { values, bind } = binder()
  const { by, bucketMs, measures, top } = query
  const wanted = [...new Set([...measures, ...(top === undefined ? [] : [top.by])])]
  const keys = [...(bucketMs === undefined ? [] : ['bucket_at']), ...by.map((_, index) => `g${index}`)]
  const order = [...(top === undefined ? [] : [`sum(cells.${top.by}) DESC`]), ...keys.map((_, index) => `${index + 1} ASC NULLS LAST`)]
  const sql = [
    `SELECT ${[...keys, ...measures.map((measure) => `coalesce(sum(cells.${measure}), 0) AS ${measure}`), 'count(*) AS rows'].join(', ')}`,
    `FROM (${cells(sources, tenant, query, wanted, bind)}) AS cells`,
    keys.length === 0 ? '' : `GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`,
    order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`,
    `LIMIT ${top === undefined ? MOST_ROWS + 1 : Math.min(top.limit, MOST_ROWS)}`,
  ]
  return { sql: sql.filter((line) => line !== '').join('\n'), values }
}

/** Sums by time and group: `bucket_at`, `g0` and on, and the measures. A cell may come in two parts, from rows and from sums. */
function cells({ source, sums }: Sources, tenant: string, { by, bucketMs, ...selection }: Selection & Pick<BreakdownQuery, 'by' | 'bucketMs'>, measures: readonly Measure[], bind: Bind): string {
  const at = bucketMs === undefined ? 'NULL' : bucketExpression(bucketMs)
  const groups = ['bucket_at', ...by.map((_, index) => `g${index}`)].join(', ')
  const columns = by.map((dimension, index) => `${columnOf(dimension, bind)} AS g${index}`)
  const rows = `SELECT ${[`${at} AS bucket_at`, ...columns, ...measures.map((measure) => `${MEASURE_SUMS[measure]} AS ${measure}`)].join(', ')} FROM ${source} WHERE ${[...conditionsOf(tenant, selection, bind), 'billable'].join(' AND ')} GROUP BY ${groups}`
  if (sums === null) return rows
  const conditions = [`tenant = ${bind(tenant)}`, `dimension = '${sums.dimension}'`, `day IN (${sums.days.join(', ')})`, ...Object.values(selection.where ?? {}).map((any) => isAnyOf('value', any!, bind))]
  return `${rows} UNION ALL SELECT ${[`${at} AS bucket_at`, ...by.map((_, index) => `value AS g${index}`), ...measures.map((measure) => `sum(${measure}) AS ${measure}`)].join(', ')} FROM sealed_sums WHERE ${conditions.join(' AND ')} GROUP BY ${groups}`
}

/** Cells by time and group; from them the largest groups, and the cells of these and of all others. */
export function breakdownStatement(sources: Sources, tenant: string, { measures, top, ...query }: BreakdownQuery): Statement {
  const { values, bind } = binder()
  const groups = query.by.map((_, index) => `g${index}`)
  const sql = [
    `WITH cells AS (${cells(sources, tenant, query, [...new Set([...measures, top.by])], bind)}),`,
    `heads AS (SELECT ${groups.join(', ')}, row_number() OVER (ORDER BY sum(${top.by}) DESC, ${groups.map((group) => `${group} ASC NULLS LAST`).join(', ')}) AS rank FROM cells GROUP BY ${groups.join(', ')} QUALIFY rank <= ${top.limit})`,
    `SELECT ${['bucket_at', 'rank', ...groups.map((group) => `heads.${group} AS ${group}`), ...measures.map((measure) => `sum(cells.${measure}) AS ${measure}`)].join(', ')}`,
    `FROM cells LEFT JOIN heads ON ${groups.map((group) => `cells.${group} IS NOT DISTINCT FROM heads.${group}`).join(' AND ')}`,
    `GROUP BY ${['bucket_at', 'rank', ...groups.map((group) => `heads.${group}`)].join(', ')} ORDER BY bucket_at, rank NULLS LAST LIMIT ${MOST_ROWS + 1}`,
  ]
  return { sql: sql.join('\n'), values }
}

export function distributionStatement(source: string, tenant: string, query: DistributionQuery): Statement {
  const { values, bind } = binder()
  const column = METRIC_BUCKETS[query.metric]
  const conditions = [...conditionsOf(tenant, query, bind), 'billable', `${column} IS NOT NULL`]
  return { sql: `SELECT ${column} AS bucket, count(*) AS calls FROM ${source} WHERE ${conditions.join(' AND ')} GROUP BY 1 ORDER BY 1`, values }
}

/** By tenant and pool: it names no tenant. */
export function poolUseStatement(source: string, { from, until, pools }: PoolUseQuery): Statement {
  const { values, bind } = binder()
  const sql = `SELECT tenant, pool, sum(cost_nano_usd) AS cost FROM ${source} WHERE started_at >= ${bind(from)}::DOUBLE AND started_at < ${bind(until)}::DOUBLE AND billable AND pool IN (${pools.map(bind).join(', ')}) GROUP BY tenant, pool ORDER BY tenant, pool`
  return { sql, values }
}

export function conditionsOf(tenant: string, { from, until, where = {} }: Selection, bind: Bind): string[] {
  const conditions = [`tenant = ${bind(tenant)}`, `started_at >= ${bind(from)}::DOUBLE`, `started_at < ${bind(until)}::DOUBLE`]
  for (const [dimension, any] of Object.entries(where)) {
    conditions.push(isAnyOf(columnOf(dimension as Dimension, bind), any!, bind))
  }
  return conditions
}

function isAnyOf(column: string, any: readonly (string | null)[], bind: Bind): string {
  const said = any.filter((value) => value !== null)
  const parts = [...(said.length > 0 ? [`${column} IN (${said.map(bind).join(', ')})`] : []), ...(said.length < any.length ? [`${column} IS NULL`] : [])]
  return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`
}

export function columnOf(dimension: Dimension, bind: Bind): string {
  const tag = tagOf(dimension)
  return tag === null ? DIMENSION_COLUMNS[dimension as (typeof DIMENSIONS)[number]] : `map_extract_value(tags, ${bind(tag)})`
}

/** Start of the time bucket. Whole hours go by the hour column, in whole numbers; both round down before 1970 too. */
function bucketExpression(bucketMs: number): string {
  if (bucketMs % HOUR_MS !== 0) return `floor(started_at / ${bucketMs}) * ${bucketMs}`
  const hours = bucketMs / HOUR_MS
  const shift = Math.ceil(1_000_000 / hours)
  return `((hour + ${hours * shift}) // ${hours} - ${shift})`
}

/** What `at` of a row means in Unix ms. */
export function bucketStart(at: number, bucketMs: number): number {
  return bucketMs % HOUR_MS === 0 ? at * bucketMs : at
}

export type Bind = (value: DuckDBValue) => string

export function binder(): { readonly values: DuckDBValue[]; readonly bind: Bind } {
  const values: DuckDBValue[] = []
  return { values, bind: (value) => `$${values.push(value)}` }
}
