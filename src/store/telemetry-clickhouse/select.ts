import { MOST_ROWS, type AggregateQuery, type AggregateRow, type CallQuery, type Dimension, type DIMENSIONS, type DistributionQuery, type Measure, type PoolUseQuery, type ScanQuery, type Selection } from '../telemetry.ts'
import { tagOf } from '../telemetry/check-query.ts'
import { DIMENSION_COLUMNS, METRIC_BUCKETS } from '../telemetry/column-names.ts'
import { readCursor } from '../telemetry/cursor.ts'
import { logBucketValue } from '../telemetry/log-bucket.ts'
import { OBSERVATION_FIELDS } from './columns.ts'
import type { Row, Statement } from './server.ts'

/** Sums of 64 bits would wrap around: money is summed in 128. */
const MEASURE_SUMS: Readonly<Record<Measure, string>> = {
  calls: 'count()',
  costNanoUsd: 'sum(toInt128(cost_nano_usd))',
  inputTokens: 'sum(input_tokens)',
  cacheReadTokens: 'sum(cache_read_tokens)',
  cacheWriteTokens: 'sum(cache_write_tokens)',
  outputTokens: 'sum(output_tokens)',
  reasoningTokens: 'sum(reasoning_tokens)',
  durationMs: 'sum(duration_ms)',
  failed: "countIf(outcome NOT IN ('ok', 'client-aborted'))",
  aborted: "countIf(outcome = 'client-aborted')",
  attempts: 'sum(attempts)',
  clientRetries: 'countIf(ifNull(client_retry, 0) > 0)',
  incompleteCost: "countIf(cost_status != 'complete')",
}

/**
 * Newest first, one more than asked for, which tells whether a page follows. The page is found in the columns that it is chosen by,
 * and the wide ones are read for its rows only.
 */
export function callsStatement(tenant: string, query: CallQuery): Statement {
  const { params, bind } = binder()
  const conditions = conditionsOf(tenant, query, bind)
  if (query.billableOnly === true) conditions.push('billable')
  if (query.cursor !== undefined) {
    const { startedAt, id } = readCursor(query.cursor)
    const at = bind(startedAt)
    conditions.push(`started_at <= ${at} AND (started_at < ${at} OR id < ${bind(id)})`)
  }
  const order = 'ORDER BY started_at DESC, id DESC'
  const sql = `SELECT ${OBSERVATION_FIELDS} FROM observations FINAL
WHERE tenant = ${bind(tenant)} AND (started_at, id) IN (
  SELECT started_at, id FROM observations FINAL WHERE ${conditions.join(' AND ')} ${order} LIMIT ${query.limit + 1}
) ${order}`
  return { sql, params }
}

/** Oldest first; of wide columns as `callsStatement`. */
export function scanStatement(tenant: string, query: ScanQuery): Statement {
  const { params, bind } = binder()
  const order = 'ORDER BY started_at, id'
  const sql = `SELECT ${OBSERVATION_FIELDS} FROM observations FINAL
WHERE tenant = ${bind(tenant)} AND (started_at, id) IN (
  SELECT started_at, id FROM observations FINAL WHERE NOT dead AND ${laterThan('started_at', tenant, query, bind)} ${order} LIMIT ${query.limit}
) ${order}`
  return { sql, params }
}

export function scoresStatement(tenant: string, query: ScanQuery): Statement {
  const { params, bind } = binder()
  return { sql: `SELECT * FROM scores FINAL WHERE ${laterThan('judged_at', tenant, query, bind)} ORDER BY judged_at, id LIMIT ${query.limit}`, params }
}

function laterThan(time: 'started_at' | 'judged_at', tenant: string, { from, until, after }: ScanQuery, bind: Bind): string {
  // A whole range, which the key finds.
  const conditions = [`tenant = ${bind(tenant)}`, `${time} >= ${bind(Math.max(from, after?.at ?? from))}`, `${time} < ${bind(until)}`]
  if (after !== undefined) conditions.push(`(${time} > ${bind(after.at)} OR id > ${bind(after.id)})`)
  return conditions.join(' AND ')
}

export function aggregateStatement(tenant: string, query: AggregateQuery): Statement {
  const { params, bind } = binder()
  const { by, bucketMs, measures, quantiles, top } = query
  const conditions = [...conditionsOf(tenant, query, bind), 'billable']
  const keys = [...(bucketMs === undefined ? [] : [`floor(started_at / ${bucketMs}) * ${bucketMs} AS bucket_at`]), ...by.map((dimension, index) => `${columnOf(dimension, bind)} AS g${index}`)]
  // No alias may be called like a column: ClickHouse would put the sum where the column is meant.
  const sums = measures.map((measure) => `toString(${MEASURE_SUMS[measure]}) AS sum_${measure}`)
  const shares = quantiles === undefined || quantiles.at.length === 0 ? [] : quantileColumns(METRIC_BUCKETS[quantiles.metric], quantiles.at)
  const order = [...(top === undefined ? [] : [`${MEASURE_SUMS[top.by]} DESC`]), ...keys.map((_, index) => `${index + 1} ASC NULLS LAST`)]
  const limit = top === undefined ? MOST_ROWS + 1 : Math.min(top.limit, MOST_ROWS)
  const sql = [
    // Where nothing is asked for, and no group, this makes it one row.
    `SELECT ${[...keys, ...sums, ...shares, 'count(*) AS rows'].join(', ')}`,
    `FROM observations FINAL WHERE ${conditions.join(' AND ')}`,
    keys.length === 0 ? '' : `GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`,
    order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`,
    `LIMIT ${limit}`,
  ]
  return { sql: sql.filter((line) => line !== '').join('\n'), params }
}

export function aggregateRow(row: Row, { by, bucketMs, measures }: AggregateQuery): AggregateRow {
  const shares = row['quantiles'] as readonly (number | null)[] | undefined
  return {
    at: bucketMs === undefined ? null : (row['bucket_at'] as number),
    group: by.map((_, index) => row[`g${index}`] as string | null),
    values: Object.fromEntries(measures.map((measure) => [measure, measure === 'costNanoUsd' ? (row[`sum_${measure}`] as string) : Number(row[`sum_${measure}`])])),
    quantiles: (shares ?? []).map((bucket) => (bucket === null ? null : logBucketValue(bucket))),
  }
}

export function distributionStatement(tenant: string, query: DistributionQuery): Statement {
  const { params, bind } = binder()
  const column = METRIC_BUCKETS[query.metric]
  const conditions = [...conditionsOf(tenant, query, bind), 'billable', `${column} IS NOT NULL`]
  return { sql: `SELECT ${column} AS bucket, count() AS calls FROM observations FINAL WHERE ${conditions.join(' AND ')} GROUP BY bucket ORDER BY bucket`, params }
}

/** By tenant and pool: it names no tenant. */
export function poolUseStatement({ from, until, pools }: PoolUseQuery): Statement {
  const { params, bind } = binder()
  const sql = `SELECT tenant, pool, toString(sum(toInt128(cost_nano_usd))) AS cost FROM observations FINAL WHERE NOT dead AND started_at >= ${bind(from)} AND started_at < ${bind(until)} AND billable AND pool IN ${bind(pools)} GROUP BY tenant, pool ORDER BY tenant, pool`
  return { sql, params }
}

/** Nearest rank, by the counts of the buckets in rising order: the rule of `nearestRank`. ClickHouse's own quantiles round otherwise. */
function quantileColumns(column: string, at: readonly number[]): string[] {
  return [
    `sumMapIf([assumeNotNull(${column})], [1], ${column} IS NOT NULL) AS histogram`,
    'arrayCumSum(histogram.2) AS ranks',
    `arrayMap(share -> if(empty(ranks), NULL, histogram.1[arrayFirstIndex(rank -> rank >= greatest(1, ceil(share * ranks[-1] - 1e-9)), ranks)]), [${at.join(', ')}]) AS quantiles`,
  ]
}

export function conditionsOf(tenant: string, { from, until, where = {} }: Selection, bind: Bind): string[] {
  const conditions = ['NOT dead', `tenant = ${bind(tenant)}`, `started_at >= ${bind(from)}`, `started_at < ${bind(until)}`]
  for (const [dimension, any] of Object.entries(where)) {
    const column = columnOf(dimension as Dimension, bind)
    const said = any!.filter((value) => value !== null)
    const parts = [...(said.length > 0 ? [`${column} IN ${bind(said)}`] : []), ...(said.length < any!.length ? [`${column} IS NULL`] : [])]
    conditions.push(parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`)
  }
  return conditions
}

export function columnOf(dimension: Dimension, bind: Bind): string {
  const tag = tagOf(dimension)
  if (tag === null) return DIMENSION_COLUMNS[dimension as (typeof DIMENSIONS)[number]]
  const name = bind(tag)
  return `if(mapContains(tags, ${name}), tags[${name}], NULL)`
}

export type Bind = (value: string | number | readonly string[]) => string

export function binder(): { readonly params: Record<string, string | number | readonly string[]>; readonly bind: Bind } {
  const params: Record<string, string | number | readonly string[]> = {}
  let bound = 0
  const bind: Bind = (value) => {
    const name = `p${bound++}`
    params[name] = value
    return `{${name}:${typeof value === 'number' ? 'Float64' : typeof value === 'string' ? 'String' : 'Array(String)'}}`
  }
  return { params, bind }
}
