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
    expect(callObservation(aCall())).not.toHaveProperty('stepRepeats')
    expect(callObservation(aCall({ stepRepeats: 3 }))).toMatchObject({ stepRepeats: 3 })
  })

  it('the parts of the prompt, tools first, as far as they are there', () => {
    const characters = { system: 900, history: 0, retrieved: 40, toolResults: 7, question: 12 }
    const prompt = { characters, tools: ['search', 'open'], toolBytes: 333 }
    expect(callObservation(aCall({ prompt: { ...prompt, hashes: { tools: 'aa', system: 'bb', retrieved: 'cc', toolResults: 'dd', question: 'ee' } }, toolsCalled: ['open'] }))).toMatchObject({
      toolsDeclared: ['search', 'open'],
      toolsCalled: ['open'],
      segments: [
        { role: 'tools', bytes: 333, hash: 'aa' },
        { role: 'system', bytes: 900, hash: 'bb' },
        { role: 'retrieved', bytes: 40, hash: 'cc' },
        { role: 'tool-result', bytes: 7, hash: 'dd' },
        { role: 'user', bytes: 12, hash: 'ee' },
      ],
    })
    expect(callObservation(aCall({ prompt })).segments.map(({ hash }) => hash)).toEqual(['', '', '', '', ''])
    expect(callObservation(aCall({ prompt: { characters, tools: [] } })).segments.map(({ role }) => role)).toEqual(['system', 'retrieved', 'tool-result', 'user'])
  })

  it('a refused call was not sent: no attempt', () => {
    expect(callObservation(aCall({ attempts: [], outcome: 'refused', pool: null })).attempts).toBe(0)
  })

  it('embeddings are of their own kind, all else infers', () => {
    expect((['chat', 'completions', 'embeddings', 'responses', 'messages'] as const).map((api) => callObservation(aCall({ api })).kind)).toEqual(['inference', 'inference', 'embedding', 'inference', 'inference'])
  })
})
