import type { DIMENSIONS, Metric } from '../telemetry.ts'

/** What the columns of a dimension and of a metric's log bucket are called, in every database. No other name gets into SQL. */
export const DIMENSION_COLUMNS: Readonly<Record<(typeof DIMENSIONS)[number], string>> = {
  user: 'user_name',
  feature: 'feature',
  session: 'session',
  prompt: 'prompt',
  promptVersion: 'prompt_version',
  key: 'key_id',
  modelAsked: 'model_asked',
  modelServed: 'model_served',
  provider: 'provider',
  pool: 'pool',
  endpoint: 'endpoint',
  reason: 'reason',
  outcome: 'outcome',
  source: 'source',
  kind: 'kind',
  name: 'name',
  costStatus: 'cost_status',
  fingerprint: 'fingerprint',
}

export const METRIC_BUCKETS: Readonly<Record<Metric, string>> = {
  durationMs: 'duration_bucket',
  queuedMs: 'queued_bucket',
  ttftMs: 'ttft_bucket',
  tpotMs: 'tpot_bucket',
  inputTokens: 'input_bucket',
  outputTokens: 'output_bucket',
  costNanoUsd: 'cost_bucket',
}
