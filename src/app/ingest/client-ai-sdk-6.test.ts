import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai6'
import { createOpenAI } from 'ai6-openai'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { type KnownProvider, RESPONSE_ID, startKnownProvider, TRUE_COST, TRUTH } from './known-provider.testing.ts'
import { KEY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
let known: KnownProvider
let provider: BasicTracerProvider
const more = { experimental_telemetry: { isEnabled: true, functionId: 'support', metadata: { userId: 'u-1', sessionId: 's-1', tier: 'gold' } }, maxRetries: 0 }

beforeAll(async () => {
  server = await startIngest()
  known = await startKnownProvider()
  provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${server.base}/v1/traces`, headers: { authorization: `Bearer ${KEY}` } }))] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
})
beforeEach(() => void (server.journal.records.length = 0))
afterAll(async () => {
  await provider.shutdown()
  known.close()
  server.close()
})

const openai = () => createOpenAI({ baseURL: known.baseURL, apiKey: 'x' })
const weather = tool({ description: 'the weather', inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }), execute: () => Promise.resolve({ celsius: -3 }) })

async function billed(): Promise<Observation[]> {
  await provider.forceFlush()
  return server.journal.observations().filter(({ billable }) => billable)
}

const WHOLE = {
  kind: 'inference', provider: 'openai', modelServed: 'gpt-5-2025-08-07', responseId: RESPONSE_ID, usage: TRUTH, outcome: 'ok',
  cost: { nanoUsd: TRUE_COST, status: 'complete', missing: [], priceVersion: 'openai/gpt-5@2026-07-24' },
  attribution: expect.objectContaining({ user: 'u-1', session: 's-1', feature: 'support', tags: { tier: 'gold' } }) as unknown,
}

it('ai 6: an agent of two calls and a tool is billed twice, and not a third time for their sum', async () => {
  await generateText({ model: openai().chat('gpt-5'), prompt: 'Weather?', ...more, stopWhen: stepCountIs(3), tools: { weather } })
  expect(await billed()).toEqual([expect.objectContaining(WHOLE), expect.objectContaining(WHOLE)])
  expect(server.journal.observations().filter(({ kind }) => kind === 'tool')).toEqual([expect.objectContaining({ billable: false, tool: expect.objectContaining({ name: 'weather' }) })])
})

it('ai 6: a stream, with its time to the first token', async () => {
  const { textStream } = streamText({ model: openai().chat('gpt-5'), prompt: 'Hello', ...more })
  let text = ''
  for await (const part of textStream) text += part
  expect(text).toBe('Hi')
  expect(await billed()).toEqual([expect.objectContaining({ ...WHOLE, streamed: true, ttftMs: expect.any(Number) })])
})

it('ai 6: the embedding around an embedding is not billed', async () => {
  await embed({ model: openai().embedding('text-embedding-3-small'), value: 'a', ...more })
  expect(await billed()).toEqual([expect.objectContaining({ kind: 'embedding', usage: { inputUncached: 8 }, attribution: expect.objectContaining({ user: 'u-1', session: 's-1' }) })])
})

it('ai 6: a call that was refused with 429 is an error without usage', async () => {
  await expect(generateText({ model: openai().chat('gpt-5'), prompt: 'FAIL', ...more })).rejects.toThrow('slow down')
  expect(await billed()).toEqual([expect.objectContaining({ kind: 'inference', outcome: 'error', usageSource: 'none', usage: {} })])
})
