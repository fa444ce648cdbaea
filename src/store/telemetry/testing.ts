import type { Attribution } from '../../core/call.ts'
import type { Observation, Score } from '../../core/observation.ts'

/** 2026-11-25T08:00:00Z */
export const T0 = 1_795_593_600_000
export const HOUR = 3_600_000
export const DAY = 24 * HOUR

type Parts = Partial<Omit<Observation, 'attribution' | 'cost'>> & { readonly attribution?: Partial<Attribution>; readonly cost?: Partial<Observation['cost']> }

/** A call of the gateway that went well; give what matters to the test. */
export function anObservation({ attribution = {}, cost = {}, ...parts }: Parts = {}): Observation {
  return {
    tenant: 'default',
    id: 'call-1',
    source: 'gateway',
    kind: 'inference',
    name: 'chat',
    spanId: null,
    responseId: null,
    startedAt: T0,
    durationMs: 1200.25,
    provider: null,
    modelAsked: 'llama-3.1-8b',
    modelServed: 'meta-llama/Llama-3.1-8B-Instruct',
    streamed: true,
    attribution: { user: 'ann', feature: 'support', session: null, prompt: 'greeting', promptVersion: '7', traceId: null, parentSpanId: null, tags: {}, ...attribution },
    keyId: 'key-1',
    pool: 'floor',
    endpoint: '10.0.0.5:8000',
    reason: 'floor',
    queuedMs: 0,
    ttftMs: 80.5,
    tpotMs: 11.2,
    outcome: 'ok',
    status: 200,
    errorCode: null,
    finishReason: 'stop',
    usage: { inputUncached: 100, cacheRead: 20, output: 50, reasoning: 5 },
    usageSource: 'upstream',
    rawUsage: { prompt_tokens: 120, completion_tokens: 55 },
    cost: { nanoUsd: '1500000', status: 'complete', missing: [], priceVersion: 'x@2026-11-01', ...cost },
    billable: true,
    attempts: 1,
    clientRetry: null,
    fingerprint: '9f86d081884c7d65',
    requestBytes: 4620,
    responseBytes: 18_233,
    tool: null,
    segments: [{ role: 'system', bytes: 900, hash: '00ff00ff00ff00ff' }],
    toolsDeclared: ['search'],
    toolsCalled: [],
    ...parts,
  }
}

/** A thumb up. */
export function aScore(parts: Partial<Score> = {}): Score {
  return { tenant: 'default', id: 'score-1', name: 'thumb', source: 'api', value: 1, label: null, at: T0, traceId: null, observationId: null, sessionId: null, ...parts }
}
