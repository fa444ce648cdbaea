import type { DedicatedCard, ReplicaLife, ServerlessCard } from './rate-card.ts'

/** Cards and lives for tests: plain ones, with what a test is about put over. Prices are 3.6 USD an hour and 0.001 USD a second. */
export function dedicated(over: Partial<DedicatedCard> = {}): DedicatedCard {
  return { rule: 'dedicated', perGpuHour: 3_600_000_000n, granularitySeconds: 0, minimumSeconds: 0, startupSeconds: null, commitment: null, spot: null, egressPerGb: null, ...over }
}

export function serverless(over: Partial<ServerlessCard> = {}): ServerlessCard {
  const limits = { replicaCap: null, atCap: null, egressPerGb: null, alwaysOnPerGpuSecond: null } as const
  return { rule: 'serverless', perGpuSecond: 1_000_000n, granularitySeconds: 0, minimumSeconds: 0, idleWindowSeconds: 60, coldStartBilled: true, coldStart: { p50: 20, p90: 20, p99: 20 }, ...limits, ...over }
}

export function life(over: Partial<ReplicaLife> = {}): ReplicaLife {
  return { gpus: 1, startedAt: 0, readyAt: 0, stoppedAt: 100, busySeconds: 0, egressGb: 0, ...over }
}
