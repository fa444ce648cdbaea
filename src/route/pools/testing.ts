import type { ServerlessCard } from '../../core/billing/rate-card.ts'
import type { PoolConfig } from '../config-types.ts'
import type { HttpSend, SmallAnswer, SmallRequest } from './http-send.ts'

export const SERVERLESS_CARD: ServerlessCard = {
  rule: 'serverless',
  perGpuSecond: 1_160_000n,
  granularitySeconds: 1,
  minimumSeconds: 0,
  idleWindowSeconds: 60,
  coldStartBilled: true,
  coldStart: null,
  replicaCap: null,
  atCap: null,
  egressPerGb: null,
  alwaysOnPerGpuSecond: 930_000n,
}

/** A serverless pool of one endpoint; give what matters to the test. */
export function poolOf(parts: Partial<PoolConfig> = {}): PoolConfig {
  return {
    id: 'spill',
    kind: 'serverless',
    region: null,
    protocol: 'openai',
    endpoints: [{ id: 'a', url: 'http://a.test', canaryShare: null }],
    models: { m: 'upstream-m' },
    apis: ['chat'],
    auth: { type: 'none' },
    card: SERVERLESS_CARD,
    priceVersion: 'test@2026-01-01',
    capacity: 8,
    maxInFlight: null,
    alwaysWarm: false,
    coldStartSeconds: 30,
    gpusPerReplica: 1,
    metrics: { path: '/metrics', intervalMs: 1000 },
    health: { path: '/health', intervalMs: 5000 },
    connections: 8,
    ...parts,
  }
}

export interface FakeUpstream {
  readonly send: HttpSend
  readonly requests: SmallRequest[]
  /** Most requests that were open at once to one URL. */
  mostAtOnce: number
  /** What the next requests get; it may reject or never settle. */
  answer: (request: SmallRequest) => Promise<SmallAnswer> | SmallAnswer
}

export function fakeUpstream(): FakeUpstream {
  const open = new Map<string, number>()
  const fake: FakeUpstream = {
    requests: [],
    mostAtOnce: 0,
    answer: () => answerOf(200, ''),
    send: async (request, signal) => {
      fake.requests.push(request)
      const now = (open.get(request.url) ?? 0) + 1
      open.set(request.url, now)
      fake.mostAtOnce = Math.max(fake.mostAtOnce, now)
      try {
        return await Promise.race([
          fake.answer(request),
          new Promise<never>((_, reject) => {
            if (signal?.aborted) reject(new Error('aborted'))
            else signal?.addEventListener('abort', () => reject(new Error('aborted')))
          }),
        ])
      } finally {
        open.set(request.url, (open.get(request.url) ?? 1) - 1)
      }
    },
  }
  return fake
}

export function answerOf(status: number, body: string): SmallAnswer {
  return { status, body, date: null }
}
