import { SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RESPONSE_ID, TRUE_COST, TRUTH } from './known-provider.testing.ts'
import { KEY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
beforeAll(async () => void (server = await startIngest()))
afterAll(() => server.close())

const options = (compression: string): object => ({ url: `${server.base}/v1/traces`, headers: { authorization: `Bearer ${KEY}` }, compression })
const CALL = {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5', 'gen_ai.response.model': 'gpt-5-2025-08-07', 'gen_ai.response.id': RESPONSE_ID,
  'gen_ai.usage.input_tokens': 1200, 'gen_ai.usage.cache_read.input_tokens': 1000, 'gen_ai.usage.output_tokens': 300, 'gen_ai.usage.reasoning.output_tokens': 200, 'gen_ai.conversation.id': 's-1', 'user.id': 'u-1',
}

it.each([
  ['protobuf', 'none', () => new ProtoExporter(options('none'))],
  ['protobuf', 'gzip', () => new ProtoExporter(options('gzip'))],
  ['JSON', 'none', () => new JsonExporter(options('none'))],
  ['JSON', 'gzip', () => new JsonExporter(options('gzip'))],
] as const)('OTLP exporter, %s, %s: tokens, cost, user and session', async (_, __, exporter) => {
  server.journal.records.length = 0
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter())] })
  const span = provider.getTracer('my-app', '1.0').startSpan('chat gpt-5', { attributes: CALL })
  span.end()
  await provider.forceFlush()
  const { traceId, spanId } = span.spanContext()
  expect(server.journal.observations()).toEqual([
    expect.objectContaining({
      tenant: 'acme', id: `${traceId}:${spanId}`, kind: 'inference', provider: 'openai', modelAsked: 'gpt-5', modelServed: 'gpt-5-2025-08-07', responseId: RESPONSE_ID, usage: TRUTH, usageSource: 'reported',
      cost: { nanoUsd: TRUE_COST, status: 'complete', missing: [], priceVersion: 'openai/gpt-5@2026-07-24' }, billable: true, outcome: 'ok', attribution: expect.objectContaining({ user: 'u-1', session: 's-1', traceId }),
      rawUsage: { 'gen_ai.usage.input_tokens': 1200, 'gen_ai.usage.cache_read.input_tokens': 1000, 'gen_ai.usage.output_tokens': 300, 'gen_ai.usage.reasoning.output_tokens': 200 },
    }),
  ])
  expect(server.journal.durable).toBe(server.journal.records.length)
  await provider.shutdown()
})

it('OTLP exporter: an exception is an error with its type, and costs nothing that was not reported', async () => {
  server.journal.records.length = 0
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new ProtoExporter(options('none')))] })
  const span = provider.getTracer('my-app').startSpan('chat gpt-5', { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'error.type': '429' } })
  span.recordException(new TypeError('slow down'))
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'slow down' })
  span.end()
  await provider.forceFlush()
  expect(server.journal.observations()).toEqual([expect.objectContaining({ outcome: 'error', errorCode: '429', status: 429, usage: {}, usageSource: 'none', cost: expect.objectContaining({ nanoUsd: '0', status: 'complete' }) })])
  await provider.shutdown()
  trace.disable()
})
