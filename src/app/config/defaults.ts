import type { Api } from '../../core/call.ts'
import type { GatewayConfig, UpstreamProtocol } from '../../route/config-types.ts'

/** What holds where the file says nothing. docs/configuration.md lists them; a test compares the two. */

export const SERVER = { host: '127.0.0.1', port: 8787, data: '.spillway', drainMs: 30_000 } as const

/** Loads that a vLLM, SGLang or TGI server of one replica carries are far apart: `capacity` is a starting point to measure from. */
export const CAPACITY = { dedicated: 32, serverless: 32, tokens: 1000 } as const
export const CONNECTIONS = 256
/** Where neither the file nor the offer says how long a serverless pool takes to start. */
export const COLD_START_SECONDS = 60

export const METRICS = { path: '/metrics', intervalMs: 1000 } as const
export const HEALTH = { path: '/health', intervalMs: 5000 } as const

export const APIS: Readonly<Record<UpstreamProtocol, readonly Api[]>> = {
  openai: ['chat', 'completions', 'embeddings', 'responses', 'messages'],
  anthropic: ['chat', 'messages'],
  runpod: ['chat', 'completions', 'embeddings', 'messages'],
  replicate: ['chat', 'completions', 'messages'],
}

export const GOOGLE_SCOPES = ['https://www.googleapis.com/auth/cloud-platform'] as const

/** Weights 3 : 5 : 2 and the thresholds 5 waiting and 0.8 of the KV cache are those of Google's GKE Inference Gateway and llm-d. */
export const POLICY: GatewayConfig['policy'] = {
  sloTtftMs: null,
  weights: { prefix: 3, queue: 5, kv: 2 },
  saturation: { enter: 1, release: 0.8, queueThreshold: 5, kvThreshold: 0.8 },
  queue: { limit: 1000, maxWaitMs: 30_000 },
  staleAfterMs: 5000,
  breaker: { failureShare: 0.5, minimum: 10, consecutive: 5, windowMs: 30_000, openMs: 5000, maxOpenMs: 120_000, probes: 1 },
  prefixEntries: 200_000,
  seed: 1,
}

export const LIMITS: GatewayConfig['limits'] = {
  maxBodyBytes: 20_000_000,
  maxJsonDepth: 100,
  maxHeaderBytes: 32_768,
  headerMs: 10_000,
  bodyMs: 60_000,
  maxConnections: 10_000,
  writeBufferBytes: 1_048_576,
}

export const TIMEOUTS: GatewayConfig['timeouts'] = { connectMs: 5000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 900_000 }
export const RETRIES: GatewayConfig['retries'] = { attempts: 3, baseMs: 100, maxMs: 5000, budgetShare: 0.2 }
/** $5 an hour, in nano-USD a minute. */
export const LOOPS = { action: 'warn', repeats: 3, windowMs: 120_000, spendPerMinute: 83_333_333, spend: 'off', rules: [] } as const satisfies GatewayConfig['loops']
export const RECORDS: GatewayConfig['records'] = { hashSegments: false }
export const PREWARM = { timeZone: 'UTC', leadMinutes: 10, keepMinutes: 60, replicas: 1, via: 'dummy-request' } as const

/** $1 an hour and $1 a day, in nano-USD a minute. */
export const ALERTS: GatewayConfig['alerts'] = { everyMs: 30_000, remindMs: 14_400_000, clearMs: 300_000, anomalyPerMinute: 16_666_667, leakPerMinute: 694_444, to: [] }
export const EMAIL = { security: 'tls', port: { tls: 465, starttls: 587, none: 25 } } as const

/** Two weeks more than a year, so that a month can be held against the same of a year ago. */
export const TELEMETRY: GatewayConfig['telemetry'] = { mode: 'on', keepMs: 380 * 86_400_000, memoryMb: 512, clickhouse: null }
export const CLICKHOUSE = { database: 'spillway', user: 'default' } as const
export const JOURNAL: GatewayConfig['journal'] = { keepMs: 30 * 86_400_000, maxBytes: 10e9 }
export const AUDIT: GatewayConfig['audit'] = { mode: 'off', remember: null, witnesses: [], quorum: 0, bodies: null }
export const BODIES = { maxBytes: 256_000, redact: [], keepMs: 200 * 86_400_000 } as const
export const DASHBOARD: GatewayConfig['dashboard'] = { mode: 'on', publicUrl: null, anonymous: 'none', sessionMs: 12 * 3_600_000, idleMs: 2 * 3_600_000, oidc: null }
export const OIDC = { name: 'Single sign-on', defaultRole: 'none', tenant: 'default', scopes: ['openid', 'email', 'profile'] } as const
