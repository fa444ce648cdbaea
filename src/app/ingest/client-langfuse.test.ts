import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { propagateAttributes, startActiveObservation, startObservation } from '@langfuse/tracing'
import { Langfuse } from 'langfuse'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TRUE_COST, TRUTH } from './known-provider.testing.ts'
import { KEY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
beforeAll(async () => void (server = await startIngest()))
beforeEach(() => void (server.journal.records.length = 0))
afterAll(() => server.close())

const usageDetails = { input: 200, input_cached_tokens: 1000, output: 100, output_reasoning_tokens: 200, total: 1500 }
const COST = { nanoUsd: TRUE_COST, status: 'complete', missing: [], priceVersion: 'openai/gpt-5@2026-07-24' }

describe('@langfuse/otel', () => {
  let processor: LangfuseSpanProcessor
  beforeAll(() => {
    processor = new LangfuseSpanProcessor({ publicKey: 'pk-anything', secretKey: KEY, baseUrl: server.base })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  })
  afterAll(() => processor.shutdown())

  it('usage that is disjoint, cost, user, session, prompt, tags; an error that is only a level; a tool', async () => {
    await startActiveObservation('support', () =>
      propagateAttributes({ userId: 'u-1', sessionId: 's-1', traceName: 'support', tags: ['vip'], metadata: { tier: 'gold' } }, async () => {
        startObservation('answer', { model: 'gpt-5', input: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content: 'Hello' }], prompt: { name: 'greet', version: 3, isFallback: false } }, { asType: 'generation' }).update({ output: 'Hi', usageDetails }).end()
        startObservation('bad', { model: 'gpt-5', level: 'ERROR', statusMessage: 'slow down' }, { asType: 'generation' }).end()
        startObservation('weather', { input: { city: 'Oslo' }, output: { celsius: -3 } }, { asType: 'tool' }).end()
      }),
    )
    await processor.forceFlush()
    const byName = new Map(server.journal.observations().map((one) => [one.name, one]))
    expect([...byName.keys()].sort()).toEqual(['answer', 'bad', 'support', 'weather'])
    expect(byName.get('answer')).toMatchObject({
      source: 'otlp', kind: 'inference', modelAsked: 'gpt-5', usage: TRUTH, cost: COST, billable: true,
      attribution: { user: 'u-1', session: 's-1', feature: 'support', prompt: 'greet', promptVersion: '3', tags: { vip: 'true', tier: 'gold' } },
      segments: [{ role: 'system' }, { role: 'user' }],
    })
    expect(byName.get('bad')).toMatchObject({ outcome: 'error', errorCode: 'slow down', usageSource: 'none', cost: { status: 'unknown' } })
    expect(byName.get('weather')).toMatchObject({ kind: 'tool', billable: false, tool: { name: 'weather' } })
  })
})

describe('langfuse 3', () => {
  it('trace, generation with its update in another request, score: one observation with user and session of its trace', async () => {
    const client = new Langfuse({ publicKey: 'pk-anything', secretKey: KEY, baseUrl: server.base, flushAt: 1000 })
    const root = client.trace({ id: 't-1', name: 'support', userId: 'u-1', sessionId: 's-1', tags: ['vip'], metadata: { tier: 'gold' } })
    const generation = root.generation({ id: 'g-1', name: 'answer', model: 'gpt-5', input: [{ role: 'user', content: 'Hello' }], ...({ promptName: 'greet', promptVersion: 3 } as object) })
    await client.flushAsync()
    expect(server.journal.observations().find(({ id }) => id === 't-1:g-1')).toMatchObject({ usage: {}, usageSource: 'none', cost: { status: 'unknown' } })
    generation.end({ output: 'Hi', usageDetails })
    root.score({ name: 'helpful', value: 1 })
    generation.score({ name: 'tone', value: 'kind' })
    await client.flushAsync()
    expect(server.journal.observations().find(({ id }) => id === 't-1:g-1')).toMatchObject({
      source: 'langfuse', kind: 'inference', name: 'answer', modelAsked: 'gpt-5', usage: TRUTH, cost: COST, billable: true, durationMs: expect.any(Number),
      attribution: { user: 'u-1', session: 's-1', feature: 'support', prompt: 'greet', promptVersion: '3', traceId: 't-1', tags: { vip: 'true', tier: 'gold' } },
    })
    expect(server.journal.scores()).toEqual([
      expect.objectContaining({ name: 'helpful', value: 1, label: null, traceId: 't-1', observationId: null }),
      expect.objectContaining({ name: 'tone', value: null, label: 'kind', traceId: 't-1', observationId: 't-1:g-1' }),
    ])
    await client.shutdownAsync()
  })
})
