import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { ingestWith } from './testing.ts'

/** What the provider reported for every call that it answered: see fixtures/README.md. */
const TRUTH = { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 }

async function recorded(name: string): Promise<readonly Observation[]> {
  const body = readFileSync(new URL(`fixtures/${name}.bin`, import.meta.url))
  const { observations, rejected } = await ingestWith().traces(body, 'protobuf', { tenant: 'acme', keyId: null, now: Date.UTC(2026, 10, 26) })
  expect(rejected).toBe(0)
  return observations
}

const billed = (all: readonly Observation[]): readonly Observation[] => all.filter(({ billable }) => billable)
const FROM = { user: 'u-1', session: 's-1' }

describe('@traceloop/node-server-sdk 0.27', () => {
  it('a call: the sum of its tokens, without cached and reasoning ones, which it does not send; user, session, workflow, tier', async () => {
    const [call] = billed(await recorded('traceloop-node-server-sdk-0.27.0'))
    expect(call).toMatchObject({ kind: 'inference', provider: 'openai', modelServed: 'gpt-5-2025-08-07', responseId: 'chatcmpl-known-1', usage: { inputUncached: 1200, output: 300 }, finishReason: 'stop', attribution: { ...FROM, feature: 'support', tags: { tier: 'gold', service: 'shop' } } })
    expect(call!.segments.map(({ role }) => role)).toEqual(['system', 'user'])
  })

  it('a stream: the client counts for itself, and what it says is kept as reported', async () => {
    expect(billed(await recorded('traceloop-node-server-sdk-0.27.0'))[1]).toMatchObject({ usage: { inputUncached: 1, output: 1 }, attribution: FROM })
  })

  it('a refused call and an embedding gave no span; workflow and task are steps around', async () => {
    expect((await recorded('traceloop-node-server-sdk-0.27.0')).map(({ kind, name }) => [kind, name])).toEqual([['inference', 'chat gpt-5'], ['inference', 'chat gpt-5'], ['chain', 'answer.task'], ['chain', 'support.workflow']])
  })
})

describe('@arizeai/phoenix-otel 2.1 with OpenInference', () => {
  it('a call: all buckets, user, session, tools, and the id from inside the answer', async () => {
    expect(billed(await recorded('phoenix-otel-2.1.0'))[0]).toMatchObject({ kind: 'inference', provider: 'openai', modelServed: 'gpt-5-2025-08-07', responseId: 'chatcmpl-known-1', usage: TRUTH, attribution: FROM, finishReason: 'tool_calls' })
  })

  it('a stream and an embedding come without usage: unknown', async () => {
    expect(billed(await recorded('phoenix-otel-2.1.0')).slice(1).map(({ kind, usageSource, cost }) => [kind, usageSource, cost.status])).toEqual([['inference', 'none', 'unknown'], ['embedding', 'none', 'unknown']])
  })
})

describe('ai 6', () => {
  it('two calls of an agent and a stream: each once, with all buckets, user, session, feature and tier', async () => {
    const calls = billed(await recorded('ai-6.0.326')).filter(({ kind, outcome }) => kind === 'inference' && outcome === 'ok')
    expect(calls).toHaveLength(3)
    for (const call of calls) expect(call).toMatchObject({ provider: 'openai', modelServed: 'gpt-5-2025-08-07', usage: TRUTH, attribution: { ...FROM, feature: 'support', tags: { tier: 'gold' } } })
    expect(calls[0]).toMatchObject({ toolsDeclared: ['weather'], toolsCalled: ['weather'] })
    expect(calls[2]).toMatchObject({ streamed: true, ttftMs: expect.closeTo(7.39, 1) })
  })

  it('the embedding once, the refused call as an error, the tool as a step', async () => {
    const all = await recorded('ai-6.0.326')
    expect(billed(all).filter(({ kind }) => kind === 'embedding')).toMatchObject([{ usage: { inputUncached: 8 } }])
    expect(billed(all).filter(({ outcome }) => outcome === 'error')).toMatchObject([{ kind: 'inference', usageSource: 'none', errorCode: expect.stringContaining('APICallError') }])
    expect(all.filter(({ kind }) => kind === 'tool')).toMatchObject([{ tool: { name: 'weather' } }])
  })
})

describe('@pydantic/logfire-node 0.18', () => {
  it('the pending copies are no calls; a session that its scrubbing wrote over is none', async () => {
    const all = await recorded('logfire-node-0.18.25')
    expect(all.map(({ name }) => name).sort()).toEqual(['chat gpt-5', 'support'])
    expect(billed(all)).toMatchObject([{ usage: TRUTH, attribution: { user: 'u-1', session: null, tags: { service: 'shop' } } }])
  })
})
