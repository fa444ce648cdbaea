import { OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { embed, generateText, isStepCount, jsonSchema, registerTelemetry, streamText, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { type KnownProvider, RESPONSE_ID, startKnownProvider, TRUE_COST, TRUTH } from './known-provider.testing.ts'
import { KEY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
let known: KnownProvider
let provider: BasicTracerProvider
const telemetry = { functionId: 'support', includeRuntimeContext: { userId: true, sessionId: true, tier: true } }
const more = { telemetry, runtimeContext: { userId: 'u-1', sessionId: 's-1', tier: 'gold' }, maxRetries: 0 }

beforeAll(async () => {
  server = await startIngest()
  known = await startKnownProvider()
  // One in batches, one span by span: an ancestor comes in a later request than what hangs from it.
  const exporter = (): OTLPTraceExporter => new OTLPTraceExporter({ url: `${server.base}/v1/traces`, headers: { authorization: `Bearer ${KEY}` } })
  provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter()), new SimpleSpanProcessor(exporter())] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  registerTelemetry(new OpenTelemetry({ runtimeContext: true, usage: true }))
})
beforeEach(() => void (server.journal.records.length = 0))
afterAll(async () => {
  await provider.shutdown()
  known.close()
  server.close()
})

const model = () => createOpenAI({ baseURL: known.baseURL, apiKey: 'x' }).chat('gpt-5')
const weather = tool({ description: 'the weather', inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }), execute: () => Promise.resolve({ celsius: -3 }) })

async function billed(): Promise<Observation[]> {
  await provider.forceFlush()
  return server.journal.observations().filter(({ billable }) => billable)
}

const WHOLE = {
  kind: 'inference', provider: 'openai', modelServed: 'gpt-5-2025-08-07', responseId: RESPONSE_ID, usage: TRUTH, outcome: 'ok', billable: true,
  cost: { nanoUsd: TRUE_COST, status: 'complete', missing: [], priceVersion: 'openai/gpt-5@2026-07-24' },
  attribution: expect.objectContaining({ user: 'u-1', session: 's-1', feature: 'support', tags: { tier: 'gold' } }) as unknown,
}

it('ai 7: an agent of two calls and a tool is billed twice, not four times, and the calls have user and session from above', async () => {
  await generateText({ model: model(), prompt: 'Weather?', ...more, stopWhen: isStepCount(3), tools: { weather } })
  expect(await billed()).toEqual([expect.objectContaining(WHOLE), expect.objectContaining(WHOLE)])
  const all = server.journal.observations()
  expect(all.map(({ kind }) => kind).sort()).toEqual(['agent', 'chain', 'chain', 'inference', 'inference', 'tool'])
  expect(all.find(({ kind }) => kind === 'tool')?.tool).toEqual({ name: 'weather', argumentsHash: expect.stringMatching(/^[0-9a-f]{16}$/u), resultHash: expect.stringMatching(/^[0-9a-f]{16}$/u) })
  expect(all.filter(({ kind }) => kind === 'inference').map(({ toolsDeclared, toolsCalled }) => [toolsDeclared, toolsCalled])).toContainEqual([['weather'], ['weather']])
})

it('ai 7: a stream, with its time to the first token', async () => {
  const { textStream } = streamText({ model: model(), prompt: 'Hello', ...more })
  let text = ''
  for await (const part of textStream) text += part
  expect(text).toBe('Hi')
  expect(await billed()).toEqual([expect.objectContaining({ ...WHOLE, streamed: true, ttftMs: expect.any(Number) })])
})

it('ai 7: the embedding around an embedding is not billed', async () => {
  await embed({ model: createOpenAI({ baseURL: known.baseURL, apiKey: 'x' }).embedding('text-embedding-3-small'), value: 'a', telemetry })
  expect(await billed()).toEqual([expect.objectContaining({ kind: 'embedding', usage: { inputUncached: 8 }, cost: expect.objectContaining({ status: 'unknown' }) })])
})

it('ai 7: a call that was refused with 429 costs nothing', async () => {
  await expect(generateText({ model: model(), prompt: 'FAIL', ...more })).rejects.toThrow('slow down')
  expect(await billed()).toEqual([expect.objectContaining({ kind: 'inference', outcome: 'error', status: 429, usageSource: 'none', cost: expect.objectContaining({ nanoUsd: '0', status: 'complete' }) })])
})
