import type { Catalog, Gpu, Offer } from '../../core/catalog/types.ts'
import type { ServerlessCard } from '../../core/billing/rate-card.ts'
import { dedicated, serverless } from '../../core/billing/testing.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { DEFAULT_RULES } from '../fleet/rules.ts'
import type { PlanRequest } from './plan-request.ts'
import type { ReplicaKind } from './replica-kinds.ts'

const DATED = { source: 'test', asOf: '2026-11-01' }

/** Offers for tests, 3.6 USD per GPU-hour or 0.001 USD per GPU-second, with what a test is about put over. */
export function offer(over: Partial<Offer> = {}): Offer {
  return { id: 'rented', provider: 'one', gpu: 'h100-80gb', tier: 'on-demand', region: null, card: dedicated(), ...DATED, ...over }
}

export function serverlessOffer(card: Partial<ServerlessCard> = {}, over: Partial<Offer> = {}): Offer {
  return offer({ id: 'flex', tier: 'serverless', card: serverless(card), ...over })
}

export const H100: Gpu = { id: 'h100-80gb', name: 'H100', aliases: [], memoryGb: 80, memoryBandwidthGBps: 3352, bf16Tflops: 989, fp8Tflops: 1979, ...DATED }

export function catalogOf(offers: readonly Offer[]): Catalog {
  return { gpus: [H100], models: [], offers, tokenOffers: [] }
}

/** A day of ten-minute bins with `perBin` requests each and no tokens. */
export function flatBins(perBin: number, over: Partial<TrafficBins> = {}): TrafficBins {
  return { startMs: null, binSeconds: 600, requests: new Float64Array(144).fill(perBin), tokens: null, possibleGap: new Uint8Array(144), ...over }
}

export function kind(over: Partial<ReplicaKind> = {}): ReplicaKind {
  return { gpu: H100, gpusPerReplica: 1, replicas: new Float64Array(144).fill(1), concurrency: 8, requestSeconds: 4, weightsGb: 140, rough: false, throughputError: 0.1, assumptions: [], ...over }
}

/** A request with a measured replica of 1 request a second, nothing else said. */
export function planRequest(over: Partial<PlanRequest> = {}): PlanRequest {
  return {
    traffic: { source: 'test', measured: true, bins: flatBins(600), localHour: () => 0, tokens: null, warnings: [] },
    capacity: { by: 'replica-rps', replicaRps: 1, model: null, gpu: H100, gpusPerReplica: 1, concurrency: 8 },
    catalog: catalogOf([offer(), serverlessOffer()]),
    prices: { providers: null, dedicatedPerHour: null, serverlessPerSecond: null, egressPerGb: null, tokenOffers: [], sameModelApis: true },
    serverless: { linear: false, overheadK: null, coldStart: null, idleWindowSeconds: null, coldStartBilled: null, replicaCap: null, throughputRatio: 1, rules: DEFAULT_RULES },
    constraints: { residency: null, realTime: false, sloTtftSeconds: null, budgetMonthlyUsd: null, platformTeam: null, commitmentMonths: 0, allowSpot: false },
    ops: { dedicatedMonthly: 0, serverlessMonthly: 0, source: 'test' },
    elastic: { termSeconds: 3600, noticeSeconds: 600, windowSeconds: 1800 },
    egressMbPerRequest: null,
    growthSd: 0.2,
    resamples: 100,
    seed: 1,
    headroom: 0,
    priceDecline: 0.3,
    current: null,
    today: '2026-11-24',
    ...over,
  }
}
