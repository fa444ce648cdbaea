import type { RateCard, TokensCard } from '../../core/billing/rate-card.ts'
import type { EndpointConfig, GatewayConfig, PoolConfig } from '../config-types.ts'

/** The key that the fake admission knows. */
export const KEY = 'sw_test_key'
/** What pools authenticate with in tests. */
export const PROVIDER_SECRET = 'provider-secret-canary-8d1f'

export const TOKENS_CARD: TokensCard = {
  rule: 'tokens',
  perMillion: { inputUncached: 1_000_000_000n, cacheRead: 100_000_000n, cacheWrite: null, output: 2_000_000_000n, reasoning: 2_000_000_000n, audioInput: null, audioOutput: null, imageInput: null },
  tiers: [],
  perCall: 0n,
}

export const HOURLY_CARD: RateCard = { rule: 'dedicated', perGpuHour: 3_600_000_000n, granularitySeconds: 1, minimumSeconds: 0, startupSeconds: null, commitment: null, spot: null, egressPerGb: null }

export function pool(id: string, urls: readonly string[], over: Partial<PoolConfig> = {}): PoolConfig {
  const endpoints: EndpointConfig[] = urls.map((url, n) => ({ id: `e${n}`, url, canaryShare: null }))
  return {
    id,
    kind: 'tokens',
    region: null,
    protocol: 'openai',
    endpoints,
    models: { m: 'm' },
    apis: ['chat', 'completions', 'embeddings', 'responses'],
    auth: { type: 'bearer', secret: PROVIDER_SECRET },
    card: TOKENS_CARD,
    priceVersion: 'test-1',
    capacity: 8,
    maxInFlight: null,
    alwaysWarm: true,
    coldStartSeconds: 0,
    gpusPerReplica: 1,
    metrics: null,
    health: null,
    connections: 64,
    ...over,
  }
}

type Overrides = { readonly [K in 'limits' | 'timeouts' | 'retries']?: Partial<GatewayConfig[K]> } & { readonly version?: string; readonly port?: number }

export function testConfig(pools: readonly PoolConfig[], over: Overrides = {}): GatewayConfig {
  return {
    version: over.version ?? 'v1',
    server: { host: '127.0.0.1', port: over.port ?? 0, dataDir: '/nonexistent', drainMs: 1000, staticKeys: [] },
    pools,
    policy: {
      sloTtftMs: null,
      weights: { prefix: 3, queue: 5, kv: 2 },
      saturation: { enter: 1, release: 0.8, queueThreshold: 5, kvThreshold: 0.8 },
      queue: { limit: 100, maxWaitMs: 1000 },
      staleAfterMs: 2000,
      breaker: { failureShare: 0.5, minimum: 10, consecutive: 5, windowMs: 10_000, openMs: 1000, maxOpenMs: 60_000, probes: 1 },
      prefixEntries: 1000,
      seed: 1,
    },
    limits: { maxBodyBytes: 1024 * 1024, maxJsonDepth: 64, maxHeaderBytes: 16 * 1024, headerMs: 5000, bodyMs: 5000, maxConnections: 5000, writeBufferBytes: 64 * 1024, ...over.limits },
    timeouts: { connectMs: 2000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 20_000, ...over.timeouts },
    retries: { attempts: 3, baseMs: 1, maxMs: 100, budgetShare: 0.2, ...over.retries },
    prewarm: [],
    records: { hashSegments: false },
    alerts: { everyMs: 30_000, remindMs: null, clearMs: 300_000, anomalyPerMinute: 16_666_667, leakPerMinute: 694_444, to: [] },
    audit: { mode: 'off', remember: null, witnesses: [], quorum: 0, bodies: null },
    telemetry: { mode: 'off', keepMs: 86_400_000, memoryMb: 128, clickhouse: null },
    dashboard: { mode: 'off', publicUrl: null, anonymous: 'none', sessionMs: 3_600_000, idleMs: 3_600_000, oidc: null },
    journal: { keepMs: null, maxBytes: 1e9 },
    loops: { action: 'off', repeats: 3, windowMs: 60_000, spendPerMinute: 0 },
  }
}
