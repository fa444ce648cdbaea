import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { DEMO_KEY, MESSAGES, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function recordOf(headers: Record<string, string>, body: object = {}, path = '/v1/chat/completions'): Promise<CallRecord> {
  const response = await fetch(server.base + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 4, ...body }),
  })
  await response.arrayBuffer()
  return server.recordOf(response)
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'

describe('whom a call is attributed to, from the socket to the record', () => {
  it('our own headers', async () => {
    const record = await recordOf({
      'x-spillway-user': 'ann',
      'x-spillway-feature': 'search',
      'x-spillway-session': 's-1',
      'x-spillway-prompt': 'greet@v3',
      'x-spillway-priority': 'realtime',
      'x-spillway-tag-environment': 'prod',
    })
    expect(record).toMatchObject({ outcome: 'ok', priority: 'realtime', attribution: { user: 'ann', feature: 'search', session: 's-1', prompt: 'greet', promptVersion: 'v3', tags: { environment: 'prod' } } })
  })

  it('a data region that no pool is in: refused, and on record', async () => {
    expect(await recordOf({ 'x-spillway-data-region': 'eu' })).toMatchObject({ outcome: 'refused', residency: 'eu', status: 403, reason: 'no-residency' })
  })

  it.each([
    ['user', { user: 'ann' }, {}, { user: 'ann' }],
    ['safety_identifier, which takes the place of user', { user: 'old', safety_identifier: 'ann' }, {}, { user: 'ann' }],
    ['metadata', { metadata: { user_id: 'ann', feature: 'search', team: 'core' } }, {}, { user: 'ann', feature: 'search', tags: { team: 'core' } }],
    ['Helicone', {}, { 'Helicone-User-Id': 'ann', 'Helicone-Session-Id': 's-1', 'Helicone-Prompt-Id': 'greet', 'Helicone-Property-Tier': 'gold' }, { user: 'ann', session: 's-1', prompt: 'greet', tags: { tier: 'gold' } }],
    ["Helicone's name and path of a session", {}, { 'Helicone-Session-Id': 's-1', 'Helicone-Session-Name': 'trip', 'Helicone-Session-Path': '/trip/hotel' }, { session: 's-1', feature: 'trip', tags: { 'session-path': '/trip/hotel' } }],
    ["a feature among Helicone's properties, before the name of the session", {}, { 'Helicone-Session-Name': 'trip', 'Helicone-Property-Feature': 'search' }, { feature: 'search' }],
    ['W3C', {}, { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, baggage: 'user.id=ann,session.id=s-1,release=42' }, { traceId: TRACE, parentSpanId: 'b7ad6b7169203331', user: 'ann', session: 's-1', tags: { release: '42' } }],
  ])('%s', async (_, body, headers, attribution) => {
    expect((await recordOf(headers, body)).attribution).toMatchObject(attribution)
  })

  it('however much is said, a record stays small', async () => {
    const headers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-spillway-tag-${index}`, 'y'.repeat(500)]))
    const metadata = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key-${index}-${'k'.repeat(500)}`, 'v'.repeat(5000)]))
    const record = await recordOf(headers, { user: 'u'.repeat(10_000), metadata, tools: Array.from({ length: 500 }, (_, index) => ({ type: 'function', function: { name: `tool-${index}-${'n'.repeat(200)}`, parameters: {} } })) })
    expect(Object.keys(record.attribution.tags)).toHaveLength(16)
    expect([record.attribution.user?.length, record.prompt?.tools.length]).toEqual([256, 64])
    expect(JSON.stringify(record).length).toBeLessThan(12_000)
  })
})
