import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { createAdapters } from '../protocols/adapters.ts'
import { createAuthorizer } from '../protocols/auth/authorize.ts'
import { CHAT, pool, sendJson, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'

afterEach(stopAll)

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } }

describe('what a translation left out', () => {
  it.each([
    [{ ...CHAT, reasoning_effort: 'none' }, 'reasoning_effort'],
    [CHAT, null],
  ])('is told to the client in x-spillway-dropped (%#)', async (call, dropped) => {
    const upstream = await startUpstream((res) => sendJson(res, MESSAGE))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url], { protocol: 'anthropic', apis: ['chat', 'messages'] })]))
    const response = await gateway.post('/v1/chat/completions', call)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-spillway-dropped')).toBe(dropped)
    expect(await response.json()).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: 'hi' } }] })
  })
})

const none = (): Promise<never> => Promise.reject(new Error('no credentials here'))

describe('credentials that cannot be had', () => {
  it('are the endpoint’s fault: another one takes the call', async () => {
    const spare = await startUpstream((res) => sendJson(res, { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'spare' }, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } }))
    const adapters = createAdapters({ clock: { now: () => 0 }, random: seededRandom(1), authorize: createAuthorizer({ aws: none, google: none }) })
    const pools = [pool('first', ['http://127.0.0.1:1'], { auth: { type: 'aws-sigv4', region: 'us-east-1', service: 'bedrock' } }), pool('second', [spare.url])]
    const gateway = await startGateway(testConfig(pools), { adapters })
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect(response.status).toBe(200)
    expect((await gateway.record()).attempts).toMatchObject([{ pool: 'first', error: 'upstream_auth_failed' }, { pool: 'second', error: null }])
  })
})
