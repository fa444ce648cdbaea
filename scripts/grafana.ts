import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A panel: what it is called, what it shows, and in what unit Grafana writes it. */
interface Panel {
  readonly title: string
  readonly unit: string
  readonly type?: 'timeseries' | 'stat'
  readonly stack?: boolean
  readonly width?: number
  readonly targets: readonly (readonly [string, string])[]
}

const RATE = '$__rate_interval'
const rate = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}{instance=~"$instance"}[${RATE}]))`
const quantile = (share: number, metric: string): string => `histogram_quantile(${share}, sum by (le, spillway_pool) (rate(${metric}_bucket{instance=~"$instance"}[${RATE}])))`
const gauge = (metric: string, by: string): string => `sum by (${by}) (${metric}{instance=~"$instance"})`

/** The same colors as everywhere else: by the name of a pool's kind nothing can be told here, so pools keep Grafana's palette. */
const ROWS: readonly (readonly [string, readonly Panel[]])[] = [
  [
    'Money',
    [
      { title: 'Metered, USD an hour', unit: 'currencyUSD', type: 'stat', width: 6, targets: [[`sum(rate(spillway_cost_usd_total{instance=~"$instance"}[1h])) * 3600`, 'USD/h']] },
      { title: 'Metered by pool, USD an hour', unit: 'currencyUSD', stack: true, width: 9, targets: [[`${rate('spillway_cost_usd_total', 'pool')} * 3600`, '{{pool}}']] },
      { title: 'Metered by model, USD an hour', unit: 'currencyUSD', stack: true, width: 9, targets: [[`${rate('spillway_cost_usd_total', 'model')} * 3600`, '{{model}}']] },
    ],
  ],
  [
    'Traffic',
    [
      { title: 'Calls a second by pool', unit: 'reqps', stack: true, width: 12, targets: [[rate('spillway_calls_total', 'pool'), '{{pool}}']] },
      { title: 'Calls that failed, share', unit: 'percentunit', width: 6, targets: [[`sum(rate(spillway_calls_total{instance=~"$instance", outcome!~"ok|client-aborted"}[${RATE}])) / sum(rate(spillway_calls_total{instance=~"$instance"}[${RATE}]))`, 'failed']] },
      { title: 'Tokens a second', unit: 'short', stack: true, width: 6, targets: [[rate('spillway_tokens_total', 'bucket'), '{{bucket}}']] },
      { title: 'Time to the first token', unit: 's', width: 12, targets: [[quantile(0.5, 'gen_ai_server_time_to_first_token'), 'p50 {{spillway_pool}}'], [quantile(0.95, 'gen_ai_server_time_to_first_token'), 'p95 {{spillway_pool}}']] },
      { title: 'Time for a token after it', unit: 's', width: 12, targets: [[quantile(0.95, 'gen_ai_server_time_per_output_token'), 'p95 {{spillway_pool}}']] },
    ],
  ],
  [
    'Pools: the floor and the spill',
    [
      { title: 'Why calls went where they went', unit: 'reqps', stack: true, width: 12, targets: [[rate('spillway_calls_total', 'reason'), '{{reason}}']] },
      { title: 'Saturation (1 = full)', unit: 'short', width: 6, targets: [[gauge('spillway_pool_saturation', 'pool'), '{{pool}}']] },
      { title: 'In flight', unit: 'short', stack: true, width: 6, targets: [[gauge('spillway_pool_in_flight', 'pool'), '{{pool}}']] },
      { title: 'Waiting calls', unit: 'short', width: 6, targets: [[`sum(spillway_waiting_calls{instance=~"$instance"})`, 'waiting']] },
      { title: 'Endpoints up', unit: 'short', width: 6, targets: [[gauge('spillway_endpoint_up', 'pool, endpoint'), '{{pool}} {{endpoint}}']] },
      { title: 'Breakers open', unit: 'short', width: 6, targets: [[`sum by (pool, endpoint) (spillway_endpoint_breaker{instance=~"$instance", state="open"})`, '{{pool}} {{endpoint}}']] },
      { title: 'Age of engine metrics', unit: 's', width: 6, targets: [[`max by (pool, endpoint) (spillway_endpoint_scrape_age_seconds{instance=~"$instance"})`, '{{pool}} {{endpoint}}']] },
    ],
  ],
  [
    'Records',
    [
      { title: 'Journal waiting for the disk', unit: 'short', width: 6, targets: [[`sum(spillway_journal_waiting_chars{instance=~"$instance"})`, 'characters']] },
      { title: 'Telemetry behind', unit: 's', width: 6, targets: [[`max(spillway_telemetry_age_seconds{instance=~"$instance"})`, 'age']] },
      { title: 'Audit log', unit: 'short', width: 6, targets: [[`sum(spillway_audit_leaves{instance=~"$instance"})`, 'entries']] },
      { title: 'Open alerts', unit: 'short', width: 6, targets: [[`sum by (severity) (spillway_alerts_open{instance=~"$instance"})`, '{{severity}}']] },
    ],
  ],
]

const HEIGHT = 8
const WIDTH = 24

/** The dashboard as Grafana imports it. */
export function grafanaDashboard(): object {
  const panels: object[] = []
  let y = 0
  let id = 1
  for (const [title, own] of ROWS) {
    panels.push({ id: id++, type: 'row', title, collapsed: false, gridPos: { h: 1, w: WIDTH, x: 0, y: y++ }, panels: [] })
    let x = 0
    for (const { title: name, unit, type = 'timeseries', stack = false, width = 12, targets } of own) {
      if (x + width > WIDTH) {
        x = 0
        y += HEIGHT
      }
      panels.push({
        id: id++,
        type,
        title: name,
        datasource: { type: 'prometheus', uid: '${datasource}' },
        gridPos: { h: HEIGHT, w: width, x, y },
        fieldConfig: { defaults: { unit, min: 0, custom: type === 'timeseries' ? { fillOpacity: stack ? 40 : 0, stacking: { mode: stack ? 'normal' : 'none' } } : {} }, overrides: [] },
        options: type === 'timeseries' ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } } : { reduceOptions: { calcs: ['lastNotNull'] } },
        targets: targets.map(([expr, legendFormat], index) => ({ refId: String.fromCharCode(65 + index), datasource: { type: 'prometheus', uid: '${datasource}' }, expr, legendFormat })),
      })
      x += width
    }
    y += HEIGHT
  }
  return {
    title: 'Spillway',
    uid: 'spillway',
    schemaVersion: 39,
    version: 1,
    editable: true,
    tags: ['llm', 'spillway'],
    time: { from: 'now-24h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
        { name: 'instance', type: 'query', label: 'Gateway', datasource: { type: 'prometheus', uid: '${datasource}' }, query: { query: 'label_values(spillway_config_info, instance)', refId: 'instance' }, includeAll: true, multi: true, current: { text: 'All', value: '$__all' }, refresh: 2 },
      ],
    },
    annotations: { list: [] },
    panels,
  }
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly severity: 'warning' | 'critical'
  readonly summary: string
  /** A page of docs/. */
  readonly see: string
}

const RULES: readonly Rule[] = [
  { alert: 'SpillwayDown', expr: 'up{job="spillway"} == 0', for: '1m', severity: 'critical', summary: 'The gateway does not answer', see: 'gateway' },
  { alert: 'SpillwayNoEndpointUp', expr: 'sum by (instance) (spillway_endpoint_up) == 0', for: '1m', severity: 'critical', summary: 'No endpoint of any pool is up', see: 'gateway' },
  { alert: 'SpillwayBreakerOpen', expr: 'max by (instance, pool, endpoint) (spillway_endpoint_breaker{state="open"}) == 1', for: '5m', severity: 'warning', summary: 'The breaker of {{ $labels.pool }} {{ $labels.endpoint }} has been open for five minutes', see: 'gateway' },
  { alert: 'SpillwayCallsFail', expr: 'sum by (instance) (rate(spillway_calls_total{outcome!~"ok|client-aborted"}[5m])) / sum by (instance) (rate(spillway_calls_total[5m])) > 0.05', for: '5m', severity: 'critical', summary: 'More than 5 % of calls fail', see: 'gateway' },
  { alert: 'SpillwayFirstTokenSlow', expr: 'histogram_quantile(0.95, sum by (le, instance, spillway_pool) (rate(gen_ai_server_time_to_first_token_bucket[10m]))) > 5', for: '10m', severity: 'warning', summary: 'p95 of the first token of {{ $labels.spillway_pool }} is above 5 s', see: 'gateway' },
  { alert: 'SpillwayCallsWait', expr: 'sum by (instance) (spillway_waiting_calls) > 100', for: '5m', severity: 'warning', summary: 'More than 100 calls wait for room', see: 'gateway' },
  { alert: 'SpillwaySpillsAllTime', expr: 'sum by (instance) (rate(spillway_calls_total{reason=~"spill-.*"}[1h])) / sum by (instance) (rate(spillway_calls_total[1h])) > 0.5', for: '6h', severity: 'warning', summary: 'More than half of the calls have spilled for six hours: another owned replica may pay', see: 'planning' },
  { alert: 'SpillwayJournalFails', expr: 'spillway_journal_failing == 1', for: '1m', severity: 'critical', summary: 'The disk refuses records: they wait in memory', see: 'gateway' },
  { alert: 'SpillwayRecordsLost', expr: 'increase(spillway_journal_lost_total[10m]) > 0', for: '1m', severity: 'critical', summary: 'Records of calls were lost: a gap record says how many', see: 'gateway' },
  { alert: 'SpillwayTelemetryFails', expr: 'spillway_telemetry_failing == 1', for: '10m', severity: 'warning', summary: 'Telemetry does not load; the journal keeps what it misses', see: 'telemetry' },
  { alert: 'SpillwayTelemetryBehind', expr: 'spillway_telemetry_age_seconds > 300', for: '10m', severity: 'warning', summary: 'Telemetry is more than five minutes behind', see: 'telemetry' },
  { alert: 'SpillwayAuditStopped', expr: 'spillway_audit_running == 0', for: '1m', severity: 'critical', summary: 'The audit log has stopped', see: 'audit' },
  { alert: 'SpillwayWitnessFails', expr: 'max by (instance, witness) (spillway_audit_witness_failing) == 1', for: '1h', severity: 'warning', summary: 'Witness {{ $labels.witness }} has not signed for an hour', see: 'audit' },
  { alert: 'SpillwayAlertsOpen', expr: 'sum by (instance) (spillway_alerts_open{severity="critical"}) > 0', for: '1m', severity: 'critical', summary: 'The gateway itself tells of something critical: budgets, spend, pools or leaks', see: 'configuration' },
]

/** The rules as Prometheus loads them. */
export function prometheusRules(): string {
  const rules = RULES.map(
    ({ alert, expr, for: lasting, severity, summary, see }) => `      - alert: ${alert}
        expr: ${JSON.stringify(expr)}
        for: ${lasting}
        labels:
          severity: ${severity}
        annotations:
          summary: ${JSON.stringify(summary)}
          runbook: docs/${see}.md
`,
  )
  return `# Written by scripts/grafana.ts. Scrape the gateway's /metrics under the job name "spillway".
groups:
  - name: spillway
    rules:
${rules.join('')}`
}

export const DASHBOARD_FILE = fileURLToPath(new URL('../deploy/grafana/spillway-dashboard.json', import.meta.url))
export const RULES_FILE = fileURLToPath(new URL('../deploy/prometheus/spillway-alerts.yaml', import.meta.url))

if (import.meta.main) {
  writeFileSync(DASHBOARD_FILE, `${JSON.stringify(grafanaDashboard(), null, 2)}\n`)
  writeFileSync(RULES_FILE, prometheusRules())
}
