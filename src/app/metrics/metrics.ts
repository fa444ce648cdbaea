import { collectDefaultMetrics, Registry, type Metric } from 'prom-client'
import { tokenTotals } from '../../core/billing/token-totals.ts'
import type { Api, CallRecord } from '../../core/call.ts'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { KeeperStats } from '../../store/journal-file/keep-journal.ts'
import type { AuditStatus } from '../audit/start-audit.ts'
import type { FileJournalStats } from '../../store/journal-file/open-journal.ts'
import type { TelemetryStatus } from '../telemetry/start-telemetry.ts'
import { counter, gauge, histogram, type Printable } from './series.ts'

export interface MetricsDeps {
  /** Names of models that may become label values: those of the configuration. Others are `other`. */
  readonly models: () => ReadonlySet<string>
  readonly snapshot: () => PolicySnapshot
  readonly journal: () => Pick<FileJournalStats, 'appended' | 'durable' | 'lost' | 'bytes' | 'waiting' | 'failure'>
  /** Absent = there is none. */
  readonly telemetry?: () => TelemetryStatus
  readonly kept: () => KeeperStats
  /** Null = there is none. */
  readonly audit?: () => AuditStatus | null
  readonly configVersion: () => string
  readonly now: () => number
  /** Open alerts that somebody was told of. */
  readonly alerts?: () => { readonly warning: number; readonly critical: number }
  /** Node's own (event loop, memory, garbage collection). Default true. */
  readonly process?: boolean
}

export interface Metrics {
  /** Counts a finished call. It is on the way of every call, so it only looks up and adds. */
  readonly observeCall: (record: CallRecord) => void
  /** Counts a reload of the configuration. */
  readonly observeReload: (ok: boolean) => void
  /** Prometheus' text format. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

/** Buckets as the OpenTelemetry GenAI conventions advise (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics). */
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const FIRST_TOKEN = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const PER_TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
const QUEUE = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60]

const OPERATIONS: Readonly<Record<Api, string>> = { chat: 'chat', completions: 'text_completion', embeddings: 'embeddings', responses: 'chat', messages: 'chat' }
const NO_POOL = 'none'

/** What `GET /metrics` says: GenAI names where OpenTelemetry has them (in Prometheus' spelling), `spillway_*` for the rest. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry()
  const add = <T extends Printable>(metric: T): T => {
    registry.registerMetric(metric as unknown as Metric)
    return metric
  }
  const model = ['gen_ai_operation_name', 'gen_ai_request_model', 'spillway_pool']
  const tokenUsage = add(histogram({ name: 'gen_ai_client_token_usage', help: 'Tokens of a call, by direction', labels: [...model, 'gen_ai_token_type'], bounds: TOKENS }))
  const duration = add(histogram({ name: 'gen_ai_server_request_duration', help: 'Seconds from the arrival of a call to its end', labels: model, bounds: SECONDS }))
  const firstToken = add(histogram({ name: 'gen_ai_server_time_to_first_token', help: 'Seconds from the arrival of a call to the first token', labels: model, bounds: FIRST_TOKEN }))
  const perToken = add(histogram({ name: 'gen_ai_server_time_per_output_token', help: 'Seconds for an output token after the first', labels: model, bounds: PER_TOKEN }))
  const calls = add(counter({ name: 'spillway_calls_total', help: 'Calls by what became of them and why they went where', labels: ['pool', 'reason', 'outcome'] }))
  const cost = add(counter({ name: 'spillway_cost_usd_total', help: 'Cost of calls in US dollars, by how sure it is', labels: ['pool', 'model', 'status'] }))
  const tokens = add(counter({ name: 'spillway_tokens_total', help: 'Tokens by billing bucket', labels: ['pool', 'bucket'] }))
  const retries = add(counter({ name: 'spillway_failed_attempts_total', help: 'Tries at an endpoint that did not answer the call', labels: ['pool'] }))
  const queue = add(histogram({ name: 'spillway_queue_seconds', help: 'Seconds that a call waited for capacity', labels: ['pool'], bounds: QUEUE }))
  const reloads = add(counter({ name: 'spillway_config_reloads_total', help: 'Reloads of the configuration', labels: ['result'] }))
  for (const metric of [...poolGauges(deps), ...journalGauges(deps), ...telemetryGauges(deps), ...auditGauges(deps)]) add(metric)
  add(gauge({ name: 'spillway_config_info', help: 'The configuration in force', labels: ['version'] }, () => [[1, [deps.configVersion()]]]))
  const { alerts } = deps
  if (alerts !== undefined) add(gauge({ name: 'spillway_alerts_open', help: 'Open alerts', labels: ['severity'] }, () => Object.entries(alerts()).map(([severity, count]) => [count, [severity]])))
  if (deps.process !== false) collectDefaultMetrics({ register: registry })

  return {
    observeCall: (record) => {
      const pool = record.pool ?? NO_POOL
      const name = deps.models().has(record.modelAsked) ? record.modelAsked : 'other'
      const labels = [OPERATIONS[record.api], name, pool]
      calls.add(1, [pool, record.reason, record.outcome])
      duration.observe(record.totalMs / 1000, labels)
      if (record.ttftMs !== null) firstToken.observe(record.ttftMs / 1000, labels)
      if (record.tpotMs !== null) perToken.observe(record.tpotMs / 1000, labels)
      if (record.queuedMs > 0) queue.observe(record.queuedMs / 1000, [pool])
      for (const attempt of record.attempts) if (attempt.error !== null) retries.add(1, [attempt.pool])
      if (record.usageSource === 'none') return
      const { promptTokens, outputTokens } = tokenTotals(record.usage)
      tokenUsage.observe(promptTokens, [...labels, 'input'])
      tokenUsage.observe(outputTokens, [...labels, 'output'])
      for (const [bucket, count] of Object.entries(record.usage)) if (count > 0) tokens.add(count, [pool, bucket])
      cost.add(Number(record.cost.nanoUsd) / 1e9, [pool, name, record.cost.status])
    },
    observeReload: (ok) => reloads.add(1, [ok ? 'ok' : 'refused']),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function poolGauges({ snapshot, now }: MetricsDeps): Printable[] {
  const pools = (read: (pool: PolicySnapshot['pools'][number]) => number) => () => snapshot().pools.map((pool) => [read(pool), [pool.id]] as const)
  type Endpoint = PolicySnapshot['pools'][number]['endpoints'][number]
  const endpoints = (read: (endpoint: Endpoint) => readonly (readonly [number, readonly string[]])[]) => () =>
    snapshot().pools.flatMap((pool) => pool.endpoints.flatMap((endpoint) => read(endpoint).map(([value, labels]) => [value, [pool.id, endpoint.id, ...labels]] as const)))
  const at = ['pool', 'endpoint']
  return [
    gauge({ name: 'spillway_waiting_calls', help: 'Calls that wait for capacity', labels: [] }, () => [[snapshot().waiting, []]]),
    gauge({ name: 'spillway_pool_in_flight', help: 'Calls in flight', labels: ['pool'] }, pools(({ inFlight }) => inFlight)),
    gauge({ name: 'spillway_pool_saturation', help: 'Saturation: 1 = full', labels: ['pool'] }, pools(({ saturation }) => saturation)),
    gauge({ name: 'spillway_pool_saturated', help: '1 while the pool counts as full (with hysteresis)', labels: ['pool'] }, pools(({ saturated }) => Number(saturated))),
    gauge({ name: 'spillway_endpoint_up', help: '1 = up', labels: at }, endpoints(({ up }) => [[Number(up), []]])),
    gauge({ name: 'spillway_endpoint_breaker', help: '1 for the state that the circuit breaker is in', labels: [...at, 'state'] }, endpoints(({ breaker }) => (['closed', 'open', 'half-open'] as const).map((state) => [Number(state === breaker), [state]] as const))),
    gauge({ name: 'spillway_endpoint_scrape_age_seconds', help: 'Age of the engine metrics in use', labels: at }, endpoints(({ scrapedAt }) => (scrapedAt === null ? [] : [[(now() - scrapedAt) / 1000, []]]))),
  ]
}

function total(name: string, help: string, read: () => number): Printable {
  return gauge({ name, help, labels: [] }, () => [[read(), []]], 'counter')
}

function journalGauges({ journal, kept }: MetricsDeps): Printable[] {
  return [
    total('spillway_journal_records_total', 'Records that the journal took', () => journal().appended),
    total('spillway_journal_durable_total', 'Records that are on disk for certain', () => journal().durable),
    total('spillway_journal_lost_total', 'Records that were lost; the journal holds a gap record for them', () => journal().lost),
    gauge({ name: 'spillway_journal_bytes', help: 'Bytes that the journal has had on disk since it was begun', labels: [] }, () => [[journal().bytes, []]]),
    gauge({ name: 'spillway_journal_disk_bytes', help: 'Bytes of the journal that are on disk', labels: [] }, () => [[kept().bytes, []]]),
    total('spillway_journal_removed_files_total', 'Files of the journal that were removed, since they were old or the journal too large', () => kept().removed),
    total('spillway_journal_removed_unread_files_total', 'Of these, files that a reader (audit, telemetry) had still to read: records that it misses', () => kept().removedUnread),
    gauge({ name: 'spillway_journal_waiting_chars', help: 'Characters that wait for the disk', labels: [] }, () => [[journal().waiting, []]]),
    gauge({ name: 'spillway_journal_failing', help: '1 while the disk refuses', labels: [] }, () => [[Number(journal().failure !== null), []]]),
  ]
}

function telemetryGauges({ telemetry }: MetricsDeps): Printable[] {
  if (telemetry === undefined) return []
  return [
    total('spillway_telemetry_loaded_total', 'Calls and steps that were loaded into the telemetry store', () => telemetry().observations),
    total('spillway_telemetry_scores_total', 'Scores that were loaded', () => telemetry().scores),
    total('spillway_telemetry_malformed_total', 'Records of the journal that could not be read as telemetry', () => telemetry().malformed),
    total('spillway_telemetry_grouped_total', 'Names that were beyond the limit and are counted as other', () => telemetry().grouped),
    gauge({ name: 'spillway_telemetry_behind_bytes', help: 'Bytes of the journal that are durable and not loaded', labels: [] }, () => [[telemetry().behindBytes, []]]),
    gauge({ name: 'spillway_telemetry_age_seconds', help: 'Time since everything durable was loaded', labels: [] }, () => {
      const { ageMs } = telemetry()
      return ageMs === null ? [] : [[ageMs / 1000, []]]
    }),
    gauge({ name: 'spillway_telemetry_failing', help: '1 while the telemetry store is not open or does not load', labels: [] }, () => [[Number(telemetry().failure !== null), []]]),
  ]
}

function auditGauges({ audit }: MetricsDeps): Printable[] {
  const read = (values: (status: AuditStatus) => readonly (readonly [number, readonly string[]])[]) => () => {
    const status = audit?.() ?? null
    return status === null ? [] : values(status)
  }
  return [
    gauge({ name: 'spillway_audit_running', help: '1 while the audit log is written; no series where it is off', labels: [] }, read(({ stopped }) => [[Number(stopped === null), []]])),
    gauge({ name: 'spillway_audit_leaves', help: 'Leaves that the audit log has signed for', labels: [] }, read(({ size }) => [[size, []]])),
    gauge({ name: 'spillway_audit_witnessed_leaves', help: 'Leaves that a witness has signed for', labels: ['witness'] }, read(({ witnesses }) => witnesses.flatMap(({ name, size }) => (size === null ? [] : [[size, [name]]] as const)))),
    gauge({ name: 'spillway_audit_witness_failing', help: '1 while a witness does not sign', labels: ['witness'] }, read(({ witnesses }) => witnesses.map(({ name, failure }) => [Number(failure !== null), [name]] as const))),
  ]
}
