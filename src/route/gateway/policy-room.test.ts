import { afterEach, describe, expect, it } from 'vitest'
import { createPolicy } from '../../core/policy/policy.ts'
import { poolSpecs } from './pool-specs.ts'
import { CHAT, chatAnswer, chatChunks, HOURLY_CARD, pool, sendJson, sendStream, startGateway, startUpstream, stopAll, testConfig, wantsUsage } from './testing.ts'

afterEach(stopAll)

describe('the policy', () => {
  it('is told all that it has to know, and is asked with all that is known', async () => {
    const upstream = await startUpstream((res, body) => sendStream(res, chatChunks(['a', 'b'], wantsUsage(body))))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url, upstream.url])]))
    const messages = [{ role: 'system', content: 'x'.repeat(640) }, { role: 'user', content: 'hi' }]
    await (await gateway.post('/v1/chat/completions', { model: 'm', messages, stream: true, max_tokens: 9 }, { 'x-spillway-session': 's', 'x-spillway-priority': 'batch' })).text()
    await gateway.record()
    expect(gateway.policy.calls).toEqual([expect.objectContaining({ id: 'call-1', model: 'm', maxOutputTokens: 9, priority: 'batch', session: 's', keyId: 'key-1', residency: null, failed: [] })])
    expect(gateway.policy.calls[0]!.prefix.length).toBe(Math.floor(JSON.stringify(messages).length / 64))
    expect(gateway.policy.events.filter((event) => event.type !== 'tick')).toEqual([expect.objectContaining({ type: 'first-token', callId: 'call-1' }), expect.objectContaining({ type: 'finished', callId: 'call-1', outputTokens: 2 })])
  })

  it('may let a call wait, and let it go when there is room', async () => {
    const open: (() => void)[] = []
    const upstream = await startUpstream((res) => void open.push(() => sendJson(res, chatAnswer())))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    gateway.policy.limit = 1
    const answers = [1, 2, 3].map(() => gateway.post('/v1/chat/completions', CHAT))
    for (let served = 0; served < 3; served++) {
      while (open.length === 0) await new Promise(setImmediate)
      expect(gateway.policy.inFlight.size).toBe(1)
      open.shift()!()
      await gateway.record(served + 1)
    }
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(gateway.records.filter((record) => record.queuedMs > 0)).toHaveLength(2)
    expect(gateway.records.every((record) => record.queuedMs <= record.totalMs)).toBe(true)
  })

  it('ends a wait at its time', async () => {
    const gateway = await startGateway(testConfig([pool('api', ['http://127.0.0.1:1'])]))
    gateway.policy.limit = 0
    gateway.policy.maxWaitMs = 60
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect([response.status, response.headers.get('retry-after'), response.headers.get('x-spillway-reason')]).toEqual([503, '1', 'wait-expired'])
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', errorCode: 'wait_expired', reason: 'wait-expired', queuedMs: expect.any(Number) })
    expect(gateway.admission.open).toBe(0)
  })

  it('wakes the pool that a call waits for', async () => {
    const woken: string[] = []
    const config = testConfig([pool('cold', ['http://127.0.0.1:1'])])
    const gateway = await startGateway(config, {
      wake: (name) => woken.push(name),
      policy: {
        decide: (_call, now) => ({ kind: 'wait', until: now + 50, reason: 'waking', wake: 'cold' }),
        observe: () => undefined,
        drain: () => [],
        snapshot: () => ({ waiting: 0, pools: [] }),
      },
    })
    // This policy forgets the call: the gateway does not.
    expect((await gateway.post('/v1/chat/completions', CHAT)).status).toBe(503)
    expect(woken).toEqual(['cold'])
    expect(await gateway.record()).toMatchObject({ reason: 'wait-expired' })
  })

  it('starts a cheaper pool for a call that is sent elsewhere meanwhile', async () => {
    const woken: string[] = []
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('floor', [upstream.url]), pool('cold', ['http://127.0.0.1:1'])]), {
      wake: (name) => woken.push(name),
      policy: {
        decide: () => ({ kind: 'dispatch', pool: 'floor', endpoint: 'e0', reason: 'floor', wake: 'cold' }),
        observe: () => undefined,
        drain: () => [],
        snapshot: () => ({ waiting: 0, pools: [] }),
      },
    })
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect([response.status, response.headers.get('x-spillway-pool'), woken]).toEqual([200, 'floor', ['cold']])
  })

  it('is no single point of failure: where it throws, the order of the configuration serves', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('a', [upstream.url]), pool('b', [upstream.url])]))
    gateway.policy.breaks = true
    for (let i = 0; i < 3; i++) {
      const response = await gateway.post('/v1/chat/completions', CHAT)
      expect([response.status, response.headers.get('x-spillway-pool'), response.headers.get('x-spillway-reason')]).toEqual([200, 'a', 'fallback'])
      await response.arrayBuffer()
    }
    expect(gateway.logged).toHaveLength(1)
    expect(gateway.logged[0]).toContain('the routing policy failed')
  })

  it('that breaks while calls wait lets them go', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    gateway.policy.limit = 0
    const response = gateway.post('/v1/chat/completions', CHAT)
    while (gateway.policy.waiting.size === 0) await new Promise(setImmediate)
    const { drain } = gateway.policy
    gateway.policy.drain = () => {
      throw new Error('broken')
    }
    expect((await response).headers.get('x-spillway-reason')).toBe('fallback')
    gateway.policy.drain = drain
  })

  it('is not asked for a pool that serves the model over another API only', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('vectors', [upstream.url], { apis: ['embeddings'] }), pool('chat', [upstream.url], { apis: ['chat'] })]))
    expect((await gateway.post('/v1/chat/completions', CHAT)).headers.get('x-spillway-pool')).toBe('chat')
    expect((await gateway.post('/v1/embeddings', { model: 'm', input: 'x' })).headers.get('x-spillway-pool')).toBe('vectors')
    const none = await gateway.post('/v1/responses', { model: 'm', input: 'x' })
    expect([none.status, ((await none.json()) as { error: { code: string } }).error.code]).toEqual([404, 'model_not_found'])
  })

  it('of Spillway: the floor first, the overflow when it is full, and back', async () => {
    const open: (() => void)[] = []
    const upstream = await startUpstream((res) => void open.push(() => sendJson(res, chatAnswer())))
    const pools = [pool('floor', [upstream.url], { kind: 'dedicated', card: HOURLY_CARD, capacity: 2 }), pool('burst', [upstream.url])]
    const config = testConfig(pools)
    const gateway = await startGateway(config, { policy: createPolicy({ ...config.policy, pools: poolSpecs(pools) }) })
    const answers: Promise<Response>[] = []
    for (let n = 0; n < 5; n++) {
      answers.push(gateway.post('/v1/chat/completions', CHAT))
      while (open.length <= n) await new Promise(setImmediate)
    }
    for (const end of open.splice(0)) end()
    const went = (await Promise.all(answers)).map((answer) => `${answer.headers.get('x-spillway-pool')} ${answer.headers.get('x-spillway-reason')}`)
    expect(went.filter((where) => where.startsWith('floor floor')).length).toBeGreaterThanOrEqual(2)
    expect(went.filter((where) => where === 'burst spill-saturated').length).toBeGreaterThanOrEqual(2)
    const last = gateway.post('/v1/chat/completions', CHAT)
    while (open.length === 0) await new Promise(setImmediate)
    open[0]!()
    expect((await last).headers.get('x-spillway-pool')).toBe('floor')
    expect(gateway.deps.policy.snapshot(0).pools.every(({ inFlight }) => inFlight === 0)).toBe(true)
    // The floor is paid by the hour: a call bears its share, as an estimate.
    expect(gateway.records.filter((record) => record.pool === 'floor').every((record) => record.cost.status === 'estimated' && BigInt(record.cost.nanoUsd) > 0n)).toBe(true)
  })
})
