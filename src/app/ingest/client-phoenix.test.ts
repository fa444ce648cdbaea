import { setSession, setUser } from '@arizeai/openinference-core'
import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { register } from '@arizeai/phoenix-otel'
import { context } from '@opentelemetry/api'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type KnownProvider, RESPONSE_ID, startKnownProvider, TRUE_COST, TRUTH } from './known-provider.testing.ts'
import { KEY, startIngest, type TestServer } from './testing.ts'

let server: TestServer
let known: KnownProvider
let provider: ReturnType<typeof register>
let client: OpenAI
beforeAll(async () => {
  server = await startIngest()
  known = await startKnownProvider()
  provider = register({ projectName: 'shop', url: server.base, apiKey: KEY, batch: true })
  new OpenAIInstrumentation({ tracerProvider: provider }).manuallyInstrument(OpenAI)
  client = new OpenAI({ baseURL: known.baseURL, apiKey: 'x', maxRetries: 0 })
})
beforeEach(() => void (server.journal.records.length = 0))
afterAll(async () => {
  await provider.shutdown()
  known.close()
  server.close()
})

const messages = [{ role: 'user' as const, content: 'Hello' }]
const asUser = <T>(run: () => Promise<T>): Promise<T> => context.with(setUser(setSession(context.active(), { sessionId: 's-1' }), { userId: 'u-1' }), run)

it('phoenix-otel: tokens in their buckets, cost, user, session, and the id of the answer', async () => {
  await asUser(() => client.chat.completions.create({ model: 'gpt-5', messages }))
  await provider.forceFlush()
  expect(server.journal.observations()).toEqual([
    expect.objectContaining({
      kind: 'inference', provider: 'openai', modelServed: 'gpt-5-2025-08-07', responseId: RESPONSE_ID, usage: TRUTH, finishReason: 'stop', cost: { nanoUsd: TRUE_COST, status: 'complete', missing: [], priceVersion: 'openai/gpt-5@2026-07-24' },
      attribution: expect.objectContaining({ user: 'u-1', session: 's-1' }),
    }),
  ])
})

it('phoenix-otel: an embedding comes without usage: unknown, not 0', async () => {
  await asUser(() => client.embeddings.create({ model: 'text-embedding-3-small', input: 'a' }))
  await provider.forceFlush()
  expect(server.journal.observations()).toEqual([expect.objectContaining({ kind: 'embedding', usage: {}, usageSource: 'none', cost: expect.objectContaining({ status: 'unknown' }) })])
})
