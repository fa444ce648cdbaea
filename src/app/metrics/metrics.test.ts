import { describe, expect, it } from 'vitest'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { callOf } from '../../core/testing.ts'

const SNAPSHOT: PolicySnapshot = {
  waiting: 4,
  pools: [
    {
      id: 'floor',
      inFlight: 7,
      saturation: 0.9,
      saturated: true,
      endpoints: [
        { id: 'a', inFlight: 7, up: true, breaker: 'closed', scrapedAt: 9000, metrics: null },
        { id: 'b', inFlight: 0, up: false, breaker: 'open', scrapedAt: null, metrics: null },
      ],
    },
  ],
}

function metricsOf(): Metrics {
  return createMetrics({
    models: () => new Set(['llama-3.1-8b']),
    snapshot: () => SNAPSHOT,
    audit: () => ({ stopped: 'AUDIT_FORKED', size: 7, witnesses: [{ name: 'w.example/a', size: 6, failure: null }, { name: 'w.example/b', size: null, failure: 'away' }] }),
    journal: () => ({ appended: 10, durable: 8, lost: 2, bytes: 4096, waiting: 100, failure: 'the disk is full (ENOSPC)' }),
    telemetry: () => ({ state: 'on', asOf: 7000, ageMs: 3000, behindBytes: 512, observations: 40, scores: 5, malformed: 1, grouped: 2, failure: { code: 'TELEMETRY_UNAVAILABLE', line: 'error' } }),
    kept: () => ({ bytes: 3000, removed: 5, removedUnread: 1 }),
    configVersion: () => 'abc',
    now: () => 10_000,
    process: false,
  })
}

/** Samples by name with labels. */
async function samples(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

describe('createMetrics', () => {
  it('says everything of a call under the GenAI names and its own', async () => {
    const metrics = metricsOf()
    metrics.observeCall(callOf({ queuedMs: 300, attempts: [...callOf().attempts, { pool: 'spill', endpoint: 'x', reason: 'failover', startedAt: 0, durationMs: 10, status: 500, error: 'upstream_status' }] }))
    const labels = 'gen_ai_operation_name="chat",gen_ai_request_model="llama-3.1-8b",spillway_pool="floor"'
    expect(await samples(metrics)).toMatchObject({
      [`gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="input"}`]: 120,
      [`gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="output"}`]: 55,
      [`gen_ai_client_token_usage_bucket{${labels},gen_ai_token_type="output",le="16"}`]: 0,
      [`gen_ai_client_token_usage_bucket{${labels},gen_ai_token_type="output",le="64"}`]: 1,
      [`gen_ai_client_token_usage_bucket{${labels},gen_ai_token_type="output",le="+Inf"}`]: 1,
      [`gen_ai_server_request_duration_sum{${labels}}`]: 1.2,
      [`gen_ai_server_time_to_first_token_bucket{${labels},le="0.08"}`]: 1,
      [`gen_ai_server_time_to_first_token_bucket{${labels},le="0.06"}`]: 0,
      [`gen_ai_server_time_per_output_token_count{${labels}}`]: 1,
      'spillway_calls_total{pool="floor",reason="floor",outcome="ok"}': 1,
      'spillway_cost_usd_total{pool="floor",model="llama-3.1-8b",status="complete"}': 0.0015,
      'spillway_tokens_total{pool="floor",bucket="cacheRead"}': 20,
      'spillway_failed_attempts_total{pool="spill"}': 1,
      'spillway_queue_seconds_bucket{pool="floor",le="0.5"}': 1,
    })
  })

  it('says how pools, endpoints, breakers, the journal and the configuration are', async () => {
    const metrics = metricsOf()
    metrics.observeReload(false)
    expect(await samples(metrics)).toMatchObject({
      spillway_waiting_calls: 4,
      'spillway_pool_in_flight{pool="floor"}': 7,
      'spillway_pool_saturation{pool="floor"}': 0.9,
      'spillway_pool_saturated{pool="floor"}': 1,
      'spillway_endpoint_up{pool="floor",endpoint="b"}': 0,
      'spillway_endpoint_breaker{pool="floor",endpoint="b",state="open"}': 1,
      'spillway_endpoint_breaker{pool="floor",endpoint="b",state="closed"}': 0,
      'spillway_endpoint_scrape_age_seconds{pool="floor",endpoint="a"}': 1,
      spillway_journal_records_total: 10,
      spillway_journal_durable_total: 8,
      spillway_journal_lost_total: 2,
      spillway_journal_failing: 1,
      spillway_telemetry_loaded_total: 40,
      spillway_telemetry_scores_total: 5,
      spillway_telemetry_malformed_total: 1,
      spillway_telemetry_grouped_total: 2,
      spillway_telemetry_behind_bytes: 512,
      spillway_telemetry_age_seconds: 3,
      spillway_telemetry_failing: 1,
      spillway_journal_bytes: 4096,
      spillway_journal_disk_bytes: 3000,
      spillway_journal_removed_files_total: 5,
      spillway_journal_removed_unread_files_total: 1,
      spillway_audit_running: 0,
      spillway_audit_leaves: 7,
      'spillway_audit_witnessed_leaves{witness="w.example/a"}': 6,
      'spillway_audit_witness_failing{witness="w.example/a"}': 0,
      'spillway_audit_witness_failing{witness="w.example/b"}': 1,
      'spillway_config_info{version="abc"}': 1,
      'spillway_config_reloads_total{result="refused"}': 1,
    })
    expect(await samples(metrics)).not.toHaveProperty('spillway_endpoint_scrape_age_seconds{pool="floor",endpoint="b"}')
  })

  it('a refused call has no pool, no tokens and no cost, and is counted', async () => {
    const metrics = metricsOf()
    metrics.observeCall(callOf({ pool: null, endpoint: null, reason: 'budget_exceeded', outcome: 'refused', ttftMs: null, tpotMs: null, usage: {}, usageSource: 'none', attempts: [] }))
    const text = await metrics.text()
    expect(text).toContain('spillway_calls_total{pool="none",reason="budget_exceeded",outcome="refused"} 1')
    expect(text).not.toContain('gen_ai_client_token_usage_sum')
    expect(text).not.toContain('spillway_cost_usd_total{')
  })

  it('is bounded: models that a client makes up are "other", and so are series beyond the limit of a metric', async () => {
    const metrics = metricsOf()
    for (let n = 0; n < 5000; n++) metrics.observeCall(callOf({ modelAsked: `made-up-${n}`, reason: `reason-${n}` }))
    const found = await samples(metrics)
    const calls = Object.entries(found).filter(([name]) => name.startsWith('spillway_calls_total'))
    expect(calls.length).toBeLessThanOrEqual(1001)
    expect(calls.reduce((sum, [, value]) => sum + value, 0)).toBe(5000)
    expect(found['spillway_calls_total{pool="other",reason="other",outcome="other"}']).toBe(4000)
    expect(Object.keys(found).filter((name) => name.includes('made-up'))).toEqual([])
  })

  it('a label cannot break the format', async () => {
    const metrics = metricsOf()
    metrics.observeCall(callOf({ reason: 'a"\\\n} 1\nfake_metric 1' }))
    expect((await metrics.text()).split('\n').filter((line) => line.startsWith('fake_metric'))).toEqual([])
  })

  it("Node's own metrics are there unless they are not wanted", async () => {
    const metrics = createMetrics({ models: () => new Set(), snapshot: () => ({ waiting: 0, pools: [] }), journal: () => ({ appended: 0, durable: 0, lost: 0, bytes: 0, waiting: 0, failure: null }), kept: () => ({ bytes: 0, removed: 0, removedUnread: 0 }), configVersion: () => '', now: () => 0 })
    expect(await metrics.text()).toContain('nodejs_eventloop_lag_seconds')
    expect(await metricsOf().text()).not.toContain('nodejs_')
  })
})
