import type { Observation, Score } from '../../core/observation.ts'
import { callFigures, metricOf } from '../telemetry/call-figures.ts'
import { logBucket } from '../telemetry/log-bucket.ts'
import { readRest, writeRest } from '../telemetry/rest.ts'
import type { Metric } from '../telemetry.ts'
import type { Row } from './server.ts'

/** What a row is written from, as lists of values in JSON, with the types that ClickHouse reads them by. In the order of the columns. */
export interface Written<T> {
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly values: (one: T) => readonly unknown[]
}

/** An observation at a version of its row; dead = the id has another row now. */
export interface ObservationVersion {
  readonly observation: Observation
  readonly version: number
  readonly dead: boolean
}

export interface ScoreVersion {
  readonly score: Score
  readonly version: number
}

const TEXT_OR_NULL = 'Nullable(String)'

export const OBSERVATIONS: Written<ObservationVersion> = {
  columns: [
    ['tenant', 'String'],
    ['id', 'String'],
    ['version', 'UInt64'],
    ['dead', 'Bool'],
    ['source', 'String'],
    ['kind', 'String'],
    ['name', 'String'],
    ['response_id', TEXT_OR_NULL],
    ['trace_id', TEXT_OR_NULL],
    ['started_at', 'Float64'],
    ['billable', 'Bool'],
    ['user_name', TEXT_OR_NULL],
    ['feature', TEXT_OR_NULL],
    ['session', TEXT_OR_NULL],
    ['prompt', TEXT_OR_NULL],
    ['prompt_version', TEXT_OR_NULL],
    ['parent_span_id', TEXT_OR_NULL],
    ['tags', 'Map(String, String)'],
    ['key_id', TEXT_OR_NULL],
    ['model_asked', TEXT_OR_NULL],
    ['model_served', TEXT_OR_NULL],
    ['provider', TEXT_OR_NULL],
    ['pool', TEXT_OR_NULL],
    ['endpoint', TEXT_OR_NULL],
    ['reason', TEXT_OR_NULL],
    ['outcome', 'String'],
    ['cost_status', 'String'],
    ['fingerprint', TEXT_OR_NULL],
    ['cost_nano_usd', 'Int64'],
    ['input_tokens', 'UInt32'],
    ['cache_read_tokens', 'UInt32'],
    ['cache_write_tokens', 'UInt32'],
    ['output_tokens', 'UInt32'],
    ['reasoning_tokens', 'UInt32'],
    ['duration_ms', 'UInt32'],
    ['attempts', 'UInt32'],
    ['client_retry', 'Nullable(UInt32)'],
    ...['duration', 'queued', 'ttft', 'tpot', 'input', 'output', 'cost'].map((name) => [`${name}_bucket`, 'Nullable(Int16)'] as const),
    ['rest', 'String'],
  ],
  values: ({ observation: o, version, dead }) => {
    const figures = callFigures(o)
    const { user, feature, session, prompt, promptVersion, traceId, parentSpanId, tags } = o.attribution
    const bucket = (metric: Metric): number | null => logBucket(metricOf(o, figures, metric))
    return [
      o.tenant,
      o.id,
      version,
      dead,
      o.source,
      o.kind,
      o.name,
      o.responseId,
      traceId,
      o.startedAt,
      o.billable,
      user,
      feature,
      session,
      prompt,
      promptVersion,
      parentSpanId,
      tags,
      o.keyId,
      o.modelAsked,
      o.modelServed,
      o.provider,
      o.pool,
      o.endpoint,
      o.reason,
      o.outcome,
      o.cost.status,
      o.fingerprint,
      o.cost.nanoUsd,
      figures.inputTokens,
      o.usage.cacheRead ?? 0,
      o.usage.cacheWrite ?? 0,
      figures.outputTokens,
      o.usage.reasoning ?? 0,
      figures.durationMs,
      o.attempts,
      o.clientRetry,
      bucket('durationMs'),
      bucket('queuedMs'),
      bucket('ttftMs'),
      bucket('tpotMs'),
      bucket('inputTokens'),
      bucket('outputTokens'),
      bucket('costNanoUsd'),
      writeRest(o),
    ]
  },
}

/** Where observations are found by what is not in their key. */
export const PLACES: Written<readonly [key: number, startedAt: number]> = {
  columns: [
    ['key', 'UInt32'],
    ['started_at', 'Float64'],
  ],
  values: (place) => place,
}

export const SCORES: Written<ScoreVersion> = {
  columns: [
    ['tenant', 'String'],
    ['id', 'String'],
    ['version', 'UInt64'],
    ['name', 'String'],
    ['source', 'String'],
    ['value', 'Nullable(Float64)'],
    ['label', TEXT_OR_NULL],
    ['judged_at', 'Float64'],
    ['trace_id', TEXT_OR_NULL],
    ['observation_id', TEXT_OR_NULL],
    ['session', TEXT_OR_NULL],
  ],
  values: ({ score: s, version }) => [s.tenant, s.id, version, s.name, s.source, s.value, s.label, s.at, s.traceId, s.observationId, s.sessionId],
}

/** What a whole observation is read back from. */
export const OBSERVATION_FIELDS =
  'tenant, id, source, kind, name, response_id, trace_id, started_at, billable, user_name, feature, session, prompt, prompt_version, parent_span_id, tags, key_id, model_asked, model_served, provider, pool, endpoint, reason, outcome, cost_status, fingerprint, cost_nano_usd, attempts, client_retry, rest'

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
      tags: row['tags'] as Record<string, string>,
    },
    keyId: said('key_id'),
    pool: said('pool'),
    endpoint: said('endpoint'),
    reason: said('reason'),
    outcome: said('outcome') as Observation['outcome'],
    cost: { nanoUsd: said('cost_nano_usd')!, status: said('cost_status') as Observation['cost']['status'], ...cost },
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
