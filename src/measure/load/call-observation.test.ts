import { describe, expect, it } from 'vitest'
import { callObservation } from './call-observation.ts'
import { aCall } from './testing.ts'

describe('callObservation', () => {
  it('takes over what the record says', () => {
    const call = aCall({ responseId: 'chatcmpl-1', retryCount: 2 })
    expect(callObservation(call)).toEqual({
      tenant: 'default',
      id: 'call-1',
      source: 'gateway',
      kind: 'inference',
      name: 'chat',
      spanId: null,
      responseId: 'chatcmpl-1',
      startedAt: call.arrivedAt,
      durationMs: 1200.25,
      provider: null,
      modelAsked: 'llama-3.1-8b',
      modelServed: 'meta-llama/Llama-3.1-8B-Instruct',
      streamed: true,
      attribution: call.attribution,
      keyId: 'key-1',
      pool: 'floor',
      endpoint: '10.0.0.5:8000',
      reason: 'floor-prefix',
      queuedMs: 1,
      ttftMs: 80,
      tpotMs: 12,
      outcome: 'ok',
      status: 200,
      errorCode: null,
      finishReason: 'stop',
      usage: call.usage,
      usageSource: 'upstream',
      rawUsage: {},
      cost: call.cost,
      billable: true,
      attempts: 1,
      clientRetry: 2,
      fingerprint: '9f86d081884c7d65',
      requestBytes: 10,
      responseBytes: 20,
      tool: null,
      segments: [],
      toolsDeclared: [],
      toolsCalled: [],
    })
  })

  it('what older records do not say is null', () => {
    expect(callObservation(aCall())).toMatchObject({ responseId: null, clientRetry: null })
  })

  it('a refused call was not sent: no attempt', () => {
    expect(callObservation(aCall({ attempts: [], outcome: 'refused', pool: null })).attempts).toBe(0)
  })

  it('embeddings are of their own kind, all else infers', () => {
    expect((['chat', 'completions', 'embeddings', 'responses', 'messages'] as const).map((api) => callObservation(aCall({ api })).kind)).toEqual(['inference', 'inference', 'embedding', 'inference', 'inference'])
  })
})
