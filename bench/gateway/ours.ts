import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RateCard } from '../../src/core/billing/rate-card.ts'
import { createPolicy } from '../../src/core/policy/policy.ts'
import { seededRandom } from '../../src/core/random.ts'
import { createAdmission } from '../../src/route/admission/admission.ts'
import { fingerprint } from '../../src/route/admission/fingerprint.ts'
import type { GatewayConfig, PoolConfig } from '../../src/route/config-types.ts'
import { createGateway } from '../../src/route/gateway/gateway.ts'
import { poolSpecs } from '../../src/route/gateway/pool-specs.ts'
import { createAdapters } from '../../src/route/protocols/adapters.ts'
import { anthropicFace } from '../../src/route/protocols/anthropic/face.ts'
import { openaiFace } from '../../src/route/protocols/openai/face.ts'
import { journalSink } from '../../src/store/journal-file/journal-sink.ts'
import { openJournal } from '../../src/store/journal-file/open-journal.ts'
import { memoryControl } from '../../src/store/control/memory.ts'
import { serveParent } from './child.ts'

/**
 * Spillway with everything on: key check, limits and a budget, loop guard with fingerprints, two pools with the real policy
 * and prefix index, metering, and a journal that is synced to disk by its own thread, whose CPU time counts too.
 */

const upstreamUrl = process.argv[2]!
const card: RateCard = { rule: 'dedicated', perGpuHour: 2_000_000_000n, granularitySeconds: 1, minimumSeconds: 0, startupSeconds: null, commitment: null, spot: null, egressPerGb: null }
const tokens: RateCard = {
  rule: 'tokens',
  perMillion: { inputUncached: 200_000_000n, cacheRead: null, cacheWrite: null, output: 200_000_000n, reasoning: null, audioInput: null, audioOutput: null, imageInput: null },
  tiers: [],
  perCall: 0n,
}

function pool(id: string, over: Partial<PoolConfig>): PoolConfig {
  return {
    id,
    kind: 'dedicated',
    region: 'eu-central-1',
    protocol: 'openai',
    endpoints: [0, 1].map((n) => ({ id: `replica-${n}`, url: upstreamUrl, canaryShare: null })),
    models: { 'llama-3.1-8b': 'meta-llama/Llama-3.1-8B-Instruct' },
    apis: ['chat', 'completions', 'embeddings', 'responses'],
    auth: { type: 'bearer', secret: 'upstream-secret' },
    card,
    priceVersion: 'bench',
    capacity: 64,
    maxInFlight: null,
    alwaysWarm: true,
    coldStartSeconds: 0,
    gpusPerReplica: 1,
    metrics: null,
    health: null,
    connections: 256,
    ...over,
  }
}

const config: GatewayConfig = {
  version: 'bench',
  server: { host: '127.0.0.1', port: 0, dataDir: '', drainMs: 0, staticKeys: [] },
  pools: [pool('floor', {}), pool('overflow', { kind: 'tokens', card: tokens, endpoints: [{ id: 'api', url: upstreamUrl, canaryShare: null }] })],
  policy: {
    sloTtftMs: 2000,
    weights: { prefix: 3, queue: 5, kv: 2 },
    saturation: { enter: 1, release: 0.8, queueThreshold: 5, kvThreshold: 0.8 },
    queue: { limit: 1000, maxWaitMs: 10_000 },
    staleAfterMs: 5000,
    breaker: { failureShare: 0.5, minimum: 20, consecutive: 5, windowMs: 10_000, openMs: 1000, maxOpenMs: 60_000, probes: 1 },
    prefixEntries: 100_000,
    seed: 1,
  },
  limits: { maxBodyBytes: 10 * 1024 * 1024, maxJsonDepth: 64, maxHeaderBytes: 16 * 1024, headerMs: 10_000, bodyMs: 30_000, maxConnections: 10_000, writeBufferBytes: 256 * 1024 },
  timeouts: { connectMs: 5000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 },
  retries: { attempts: 3, baseMs: 100, maxMs: 5000, budgetShare: 0.2 },
  prewarm: [],
  loops: { action: 'kill', repeats: 5, windowMs: 60_000, spendPerMinute: 1_000_000_000_000 },
  records: { hashSegments: false },
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
const clock = { now: () => Date.now() }
const journal = await openJournal({ folder: join(folder, 'journal'), clock })
const store = memoryControl()
await store.budgets.put({ id: 'b', tenant: 'bench', scope: 'tenant', value: '', period: 'month', limit: '1000000000000000' })
const admission = createAdmission({ store, clock, pepper: randomBytes(32), staticKeys: [{ id: 'bench', secret: 'sw_demo', tenant: 'bench' }], loops: config.loops })
await admission.reload()
let calls = 0
const gateway = createGateway({
  config,
  policy: createPolicy({ ...config.policy, pools: poolSpecs(config.pools) }),
  admission,
  sink: journalSink(journal),
  adapters: createAdapters({ clock, random: seededRandom(1) }),
  faces: [anthropicFace, openaiFace],
  clock,
  random: seededRandom(2),
  newCallId: () => `${Date.now().toString(36)}-${(++calls).toString(36)}`,
  fingerprint,
  log: { info: () => undefined, warn: (fields, message) => console.error(message, fields), error: (fields, message) => console.error(message, fields) },
})
const { port } = await gateway.listen()
serveParent(port, async () => {
  await gateway.close()
  await admission.close()
  await journal.close()
  rmSync(folder, { recursive: true })
})
