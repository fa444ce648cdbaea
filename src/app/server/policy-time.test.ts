import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, HOURLY_CARD, pool, sendJson, startUpstream, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { startWhole, type Whole } from './testing-whole.ts'

afterEach(stopAll)

/** Where the next call goes, and why. */
async function route(whole: Whole): Promise<string> {
  const response = await whole.post('/v1/chat/completions', CHAT)
  await response.arrayBuffer()
  return `${response.headers.get('x-spillway-pool')} ${response.headers.get('x-spillway-reason')}`
}

/** Calls until one goes where it should, and says so. A tenth of a second passes with each. */
async function routedTo(whole: Whole, wanted: string): Promise<boolean> {
  while ((await route(whole)) !== wanted) whole.ahead += 100
  return true
}

const METRICS = { path: '/metrics', intervalMs: 100 }
const vllm = (waiting: number): string => `vllm:num_requests_waiting ${waiting}\nvllm:num_requests_running 1\n`

/** A dedicated engine that says how full it is, and an overflow. */
async function hybrid(): Promise<{ readonly whole: Whole; readonly engine: { waiting: number | null } }> {
  const engine: { waiting: number | null } = { waiting: 50 }
  const upstream = await startUpstream((res, _body, req) => {
    if (req.url !== '/metrics') return sendJson(res, chatAnswer())
    return engine.waiting === null ? res.writeHead(500).end() : res.writeHead(200, { 'content-type': 'text/plain' }).end(vllm(engine.waiting))
  })
  const floor = pool('floor', [upstream.url], { kind: 'dedicated', card: HOURLY_CARD, metrics: METRICS })
  return { whole: await startWhole(testConfig([floor, pool('burst', [upstream.url])])), engine }
}

describe('what probes say and what calls do is told to the policy on one time', () => {
  it('an engine that said it was full and says nothing any more is believed for two seconds only (peer defect 14)', async () => {
    const { whole, engine } = await hybrid()
    expect(await routedTo(whole, 'burst spill-saturated')).toBe(true)
    engine.waiting = null
    expect(await routedTo(whole, 'floor floor')).toBe(true)
  })

  it.each([['back by a day', -86_400_000], ['forward by a day', 86_400_000]])('a clock set %s keeps no news from an engine', async (_, jump) => {
    const { whole, engine } = await hybrid()
    expect(await routedTo(whole, 'burst spill-saturated')).toBe(true)
    whole.ahead += jump
    engine.waiting = 0
    expect(await routedTo(whole, 'floor floor')).toBe(true)
    engine.waiting = 50
    expect(await routedTo(whole, 'burst spill-saturated')).toBe(true)
  })

  it('readiness and metrics know an open breaker when they see one', async () => {
    const upstream = await startUpstream((res) => sendJson(res, {}, 500))
    const config = testConfig([pool('api', [upstream.url])], { retries: { attempts: 1 } })
    const whole = await startWhole({ ...config, policy: { ...config.policy, breaker: { ...config.policy.breaker, openMs: 60_000 } } })
    expect((await whole.get('/readyz')).status).toBe(200)
    for (let n = 0; n < 5; n++) await route(whole)
    const ready = await whole.get('/readyz')
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', notes: ['no pool can serve', 'pool api is down'] }])
    expect(await (await whole.get('/metrics')).text()).toMatch(/spillway_endpoint_breaker\{pool="api",endpoint="e0",state="open"\} 1/u)
    expect(whole.server.snapshot().pools[0]!.endpoints[0]!.breaker).toBe('open')
  })
})
