import { BIGINT, BOOLEAN, DOUBLE, DuckDBMapValue, INTEGER, MAP, SMALLINT, UINTEGER, VARCHAR, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Observation, Score } from '../../core/observation.ts'
import { callFigures, metricOf, type CallFigures } from '../telemetry/call-figures.ts'
import { logBucket } from '../telemetry/log-bucket.ts'
import { readRest, writeRest } from '../telemetry/rest.ts'
import { textKey } from '../telemetry/text-key.ts'

/** A column: its name and type in the database, and what an object says of it. In the order of the table. */
export interface Column<T> {
  readonly name: string
  readonly type: DuckDBType
  readonly of: (one: T) => DuckDBValue
}

export interface ObservationRow {
  readonly observation: Observation
  readonly figures: CallFigures
}

export function rowOf(observation: Observation): ObservationRow {
  return { observation, figures: callFigures(observation) }
}

const HOUR_MS = 3_600_000
const keyOf = (text: string | null): number | null => (text === null ? null : textKey(text))

export const OBSERVATION_COLUMNS: readonly Column<ObservationRow>[] = [
  text('tenant', ({ tenant }) => tenant),
  text('id', ({ id }) => id),
  { name: 'id_key', type: UINTEGER, of: ({ observation }) => textKey(observation.id) },
  text('source', ({ source }) => source),
  text('kind', ({ kind }) => kind),
  text('name', ({ name }) => name),
  text('response_id', ({ responseId }) => responseId),
  { name: 'response_key', type: UINTEGER, of: ({ observation }) => keyOf(observation.responseId) },
  text('trace_id', ({ attribution }) => attribution.traceId),
  { name: 'trace_key', type: UINTEGER, of: ({ observation }) => keyOf(observation.attribution.traceId) },
  { name: 'started_at', type: DOUBLE, of: ({ observation }) => observation.startedAt },
  { name: 'hour', type: INTEGER, of: ({ observation }) => Math.floor(observation.startedAt / HOUR_MS) },
  { name: 'billable', type: BOOLEAN, of: ({ observation }) => observation.billable },
  text('user_name', ({ attribution }) => attribution.user),
  text('feature', ({ attribution }) => attribution.feature),
  text('session', ({ attribution }) => attribution.session),
  text('prompt', ({ attribution }) => attribution.prompt),
  text('prompt_version', ({ attribution }) => attribution.promptVersion),
  text('parent_span_id', ({ attribution }) => attribution.parentSpanId),
  { name: 'tags', type: MAP(VARCHAR, VARCHAR), of: ({ observation }) => tagsValue(observation.attribution.tags) },
  text('key_id', ({ keyId }) => keyId),
  text('model_asked', ({ modelAsked }) => modelAsked),
  text('model_served', ({ modelServed }) => modelServed),
  text('provider', ({ provider }) => provider),
  text('pool', ({ pool }) => pool),
  text('endpoint', ({ endpoint }) => endpoint),
  text('reason', ({ reason }) => reason),
  text('outcome', ({ outcome }) => outcome),
  text('cost_status', ({ cost }) => cost.status),
  text('fingerprint', ({ fingerprint }) => fingerprint),
  { name: 'cost_nano_usd', type: BIGINT, of: ({ observation }) => BigInt(observation.cost.nanoUsd) },
  count('input_tokens', ({ figures }) => figures.inputTokens),
  count('cache_read_tokens', ({ observation }) => observation.usage.cacheRead ?? 0),
  count('cache_write_tokens', ({ observation }) => observation.usage.cacheWrite ?? 0),
  count('output_tokens', ({ figures }) => figures.outputTokens),
  count('reasoning_tokens', ({ observation }) => observation.usage.reasoning ?? 0),
  count('duration_ms', ({ figures }) => figures.durationMs),
  count('attempts', ({ observation }) => observation.attempts),
  count('client_retry', ({ observation }) => observation.clientRetry),
  bucket('duration_bucket', 'durationMs'),
  bucket('queued_bucket', 'queuedMs'),
  bucket('ttft_bucket', 'ttftMs'),
  bucket('tpot_bucket', 'tpotMs'),
  bucket('input_bucket', 'inputTokens'),
  bucket('output_bucket', 'outputTokens'),
  bucket('cost_bucket', 'costNanoUsd'),
  { name: 'rest', type: VARCHAR, of: ({ observation }) => writeRest(observation) },
]

export const SCORE_COLUMNS: readonly Column<Score>[] = [
  { name: 'tenant', type: VARCHAR, of: ({ tenant }) => tenant },
  { name: 'id', type: VARCHAR, of: ({ id }) => id },
  { name: 'id_key', type: UINTEGER, of: ({ id }) => textKey(id) },
  { name: 'name', type: VARCHAR, of: ({ name }) => name },
  { name: 'source', type: VARCHAR, of: ({ source }) => source },
  { name: 'value', type: DOUBLE, of: ({ value }) => value },
  { name: 'label', type: VARCHAR, of: ({ label }) => label },
  { name: 'judged_at', type: DOUBLE, of: ({ at }) => at },
  { name: 'trace_id', type: VARCHAR, of: ({ traceId }) => traceId },
  { name: 'trace_key', type: UINTEGER, of: ({ traceId }) => keyOf(traceId) },
  { name: 'observation_id', type: VARCHAR, of: ({ observationId }) => observationId },
  { name: 'session', type: VARCHAR, of: ({ sessionId }) => sessionId },
]

/** What a whole observation is read back from. */
export const OBSERVATION_FIELDS = ['tenant', 'id', 'source', 'kind', 'name', 'response_id', 'trace_id', 'started_at', 'billable', 'user_name', 'feature', 'session', 'prompt', 'prompt_version', 'parent_span_id', 'tags', 'key_id', 'model_asked', 'model_served', 'provider', 'pool', 'endpoint', 'reason', 'outcome', 'cost_status', 'fingerprint', 'cost_nano_usd', 'attempts', 'client_retry', 'rest'].join(', ')

export type Row = Readonly<Record<string, DuckDBValue>>

export function observationOf(row: Row): Observation {
  const said = (name: string): string | null => row[name] as string | null
  const { cost, ...rest } = readRest(said('rest')!)
  return {
    tenant: said('tenant')!,
    id: said('id')!,
    source: said('source') as Observation['source'],
    kind: said('kind') as Observation['kind'],
    name: said('name')!,
    responseId: said('response_id'),
    startedAt: row['started_at'] as number,
    provider: said('provider'),
    modelAsked: said('model_asked'),
    modelServed: said('model_served'),
    attribution: {
      user: said('user_name'),
      feature: said('feature'),
      session: said('session'),
      prompt: said('prompt'),
      promptVersion: said('prompt_version'),
      traceId: said('trace_id'),
      parentSpanId: said('parent_span_id'),
      tags: tagsOf(row['tags'] as DuckDBMapValue | null),
    },
    keyId: said('key_id'),
    pool: said('pool'),
    endpoint: said('endpoint'),
    reason: said('reason'),
    outcome: said('outcome') as Observation['outcome'],
    cost: { nanoUsd: String(row['cost_nano_usd']), status: said('cost_status') as Observation['cost']['status'], ...cost },
    billable: row['billable'] as boolean,
    attempts: row['attempts'] as number,
    clientRetry: row['client_retry'] as number | null,
    fingerprint: said('fingerprint'),
    ...rest,
  }
}

export function scoreOf(row: Row): Score {
  const said = (name: string): string | null => row[name] as string | null
  return { tenant: said('tenant')!, id: said('id')!, name: said('name')!, source: said('source') as Score['source'], value: row['value'] as number | null, label: said('label'), at: row['judged_at'] as number, traceId: said('trace_id'), observationId: said('observation_id'), sessionId: said('session') }
}

function text(name: string, of: (observation: Observation) => string | null): Column<ObservationRow> {
  return { name, type: VARCHAR, of: ({ observation }) => of(observation) }
}

function count(name: string, of: (row: ObservationRow) => number | null): Column<ObservationRow> {
  return { name, type: UINTEGER, of }
}

function bucket(name: string, metric: Parameters<typeof metricOf>[2]): Column<ObservationRow> {
  return { name, type: SMALLINT, of: ({ observation, figures }) => logBucket(metricOf(observation, figures, metric)) }
}

function tagsValue(tags: Readonly<Record<string, string>>): DuckDBMapValue | null {
  const entries = Object.entries(tags).map(([key, value]) => ({ key, value }))
  return entries.length === 0 ? null : new DuckDBMapValue(entries)
}

function tagsOf(value: DuckDBMapValue | null): Record<string, string> {
  return Object.fromEntries((value?.entries ?? []).map(({ key, value: tag }) => [key as string, tag as string]))
}

const TEXT_FIELDS = ['tenant', 'id', 'source', 'kind', 'name', 'response_id', 'trace_id', 'user_name', 'feature', 'session', 'prompt', 'prompt_version', 'parent_span_id', 'key_id', 'model_asked', 'model_served', 'provider', 'pool', 'endpoint', 'reason', 'outcome', 'cost_status', 'fingerprint'] as const

/** A whole observation as one text: reading many rows, the way of thirty values out of the database costs five times as much. */
export const OBSERVATION_JSON = `'[' || to_json([${TEXT_FIELDS.join(', ')}]) || ',' || started_at::VARCHAR || ',' || billable::VARCHAR || ',"' || cost_nano_usd::VARCHAR || '",' || attempts::VARCHAR || ',' || coalesce(client_retry::VARCHAR, 'null') || ',' || coalesce(to_json(map_entries(tags))::VARCHAR, '[]') || ',' || to_json(rest)::VARCHAR || ']' AS json`

export function observationOfJson({ json }: Row): Observation {
  const [texts, startedAt, billable, nanoUsd, attempts, clientRetry, tags, rest] = JSON.parse(json as string) as [(string | null)[], number, boolean, string, number, number | null, { readonly key: string; readonly value: string }[], string]
  const row: Record<string, DuckDBValue> = { started_at: startedAt, billable, cost_nano_usd: nanoUsd, attempts, client_retry: clientRetry, rest, tags: tagsValue(Object.fromEntries(tags.map(({ key, value }) => [key, value]))) }
  for (let index = 0; index < TEXT_FIELDS.length; index++) row[TEXT_FIELDS[index]!] = texts[index]!
  return observationOf(row)
}
