import { afterEach, describe, expect, it } from 'vitest'
import { createPolicy } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/types.ts'
import { memoryControl } from '../../store/control/memory.ts'
import type { BudgetRow, KeyRules } from '../../store/control.ts'
import { createAdmission, type RunningAdmission } from '../admission/admission.ts'
import { OPEN_RULES } from '../admission/key-rules.ts'
import { hashSecret } from '../admission/key-secret.ts'
import type { GatewayConfig } from '../config-types.ts'
import { poolSpecs } from './pool-specs.ts'
import { steadyTime } from './steady-time.ts'
import { CHAT, chatAnswer, chatChunks, KEY, pool, sendJson, startGateway, startUpstream, stopAll, testConfig, type Harness, type Upstream } from './testing.ts'

afterEach(stopAll)

const START = Date.UTC(2026, 10, 24, 12)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const PEPPER = Buffer.alloc(32, 7)
const JUMPS = [['forward by a day', DAY], ['back by a day', -DAY]] as const

/** A gateway with its real policy and admission, on a clock that stands still until the test moves it. */
interface Clockwork {
  readonly gateway: Harness
  readonly admission: RunningAdmission
  /** Somebody sets the clock. */
  readonly jump: (ms: number) => void
  /** Time passes. */
  readonly pass: (ms: number) => void
  /** The gateway's own timer has come, and has looked at every call. */
  readonly tick: () => Promise<void>
  readonly call: (body?: object) => Promise<Response>
}

async function clockwork(pools: Parameters<typeof testConfig>[0], options: { readonly limits?: Partial<KeyRules['limits']>; readonly budget?: Omit<BudgetRow, 'id' | 'tenant' | 'scope' | 'value'>; readonly policy?: Partial<GatewayConfig['policy']>; readonly over?: Parameters<typeof testConfig>[1] } = {}): Promise<Clockwork> {
  let now = START
  const clock = { now: () => now }
  const steady = steadyTime(clock.now)
  const store = memoryControl()
  await store.keys.insert({ id: 'key-1', tenant: 'acme', name: 'k', hash: hashSecret(PEPPER, KEY), createdAt: 0, expiresAt: null, disabledAt: null, lastUsedAt: null, rules: { ...OPEN_RULES, limits: { ...OPEN_RULES.limits, ...options.limits } } })
  if (options.budget !== undefined) await store.budgets.put({ id: 'b', tenant: 'acme', scope: 'tenant', value: '', ...options.budget })
  const admission = createAdmission({ store, clock, pepper: PEPPER, loops: { action: 'off', repeats: 3, windowMs: 1000, spendPerMinute: 0 }, flushMs: null })
  await admission.reload()
  const base = testConfig(pools, { retries: { attempts: 1 }, ...options.over })
  const config = { ...base, policy: { ...base.policy, ...options.policy } }
  const policy = createPolicy({ ...config.policy, pools: poolSpecs(config.pools) })
  let ticked = Promise.withResolvers<void>()
  const observe: Policy['observe'] = (event) => {
    policy.observe(event)
    if (event.type !== 'tick') return
    ticked.resolve()
    ticked = Promise.withResolvers()
  }
  const gateway = await startGateway(config, { clock, steady, admission, policy: { ...policy, observe } })
  const look = (): void => {
    steady()
    admission.tick(now)
  }
  return {
    gateway,
    admission,
    jump: (ms) => {
      now += ms
      look()
    },
    pass: (ms) => {
      for (let left = ms; left > 0; left -= 1000) {
        now += Math.min(left, 1000)
        look()
      }
    },
    tick: () => ticked.promise,
    call: (body = {}) => gateway.post('/v1/chat/completions', { ...CHAT, max_tokens: 100, ...body }),
  }
}

const serving = (): Promise<Upstream> => startUpstream((res) => sendJson(res, chatAnswer()))

/** Streams that go on until `finish`. */
async function openStreams(): Promise<Upstream & { readonly finish: () => void }> {
  const open: (() => void)[] = []
  const upstream = await startUpstream((res) => {
    const chunks = chatChunks(['a', 'b'], true)
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunks.slice(0, 2).join(''))
    open.push(() => res.end(chunks.slice(2).join('')))
  })
  return Object.assign(upstream, { finish: () => open.splice(0).forEach((end) => end()) })
}

async function codeOf(response: Response): Promise<string> {
  const json = (await response.json()) as { error?: { code: string } }
  return json.error?.code ?? 'ok'
}

describe('a clock that jumps', () => {
  it.each(JUMPS)('%s: ends no stream, and the record keeps its time and its length', async (_, jump) => {
    const upstream = await openStreams()
    const { gateway, jump: set, pass, tick } = await clockwork([pool('api', [upstream.url])])
    const response = await gateway.post('/v1/chat/completions', { ...CHAT, stream: true })
    pass(1500)
    set(jump)
    await tick()
    upstream.finish()
    expect(await response.text()).toMatch(/"content":"b".*data: \[DONE\]\n\n$/su)
    const record = await gateway.record()
    expect(record).toMatchObject({ outcome: 'ok', arrivedAt: START })
    // A leap counts as two seconds, a step back as none.
    expect(record.totalMs).toBe(jump > 0 ? 3500 : 1500)
  })

  it.each(JUMPS)('%s: a reservation (the lease of a budget) neither expires early nor stays', async (_, jump) => {
    const upstream = await openStreams()
    const { gateway, admission, jump: set, tick } = await clockwork([pool('api', [upstream.url])], { budget: { period: 'total', limit: '1000000' } })
    const response = await gateway.post('/v1/chat/completions', { ...CHAT, stream: true, max_tokens: 100 })
    set(jump)
    await tick()
    expect(admission.stats()).toMatchObject({ reservations: 1, expiredReservations: 0 })
    upstream.finish()
    await response.text()
    await gateway.record()
    expect(admission.stats()).toMatchObject({ reservations: 0, expiredReservations: 0 })
  })

  it.each(JUMPS)('%s: a rate limit holds, and ends when its minute has passed', async (_, jump) => {
    const upstream = await serving()
    const { call, jump: set, pass } = await clockwork([pool('api', [upstream.url])], { limits: { rpm: 1 } })
    expect(await codeOf(await call())).toBe('ok')
    set(jump)
    expect(await codeOf(await call())).toBe('rate_limit_exceeded')
    pass(61_000)
    expect(await codeOf(await call())).toBe('ok')
  })

  it('over midnight and back: what was spent on either day stays spent', async () => {
    const upstream = await serving()
    // A call is reckoned at 214,000 to 220,000 and costs 20,000: one fits at a time, and none beside what another has spent.
    const { call, jump, gateway } = await clockwork([pool('api', [upstream.url])], { budget: { period: 'day', limit: '230000' } })
    expect(await codeOf(await call())).toBe('ok')
    await gateway.record()
    expect(await codeOf(await call())).toBe('budget_exceeded')
    jump(DAY)
    expect(await codeOf(await call())).toBe('ok')
    await gateway.record(3)
    expect(await codeOf(await call())).toBe('budget_exceeded')
    jump(-DAY)
    expect(await codeOf(await call())).toBe('budget_exceeded')
  })

  it.each([['back by an hour', -HOUR], ['forward by an hour', HOUR]])('%s: an open breaker is asked again when its time has passed, and closes', async (_, jump) => {
    let works = false
    const upstream = await startUpstream((res) => sendJson(res, works ? chatAnswer() : {}, works ? 200 : 500))
    const breaker = { failureShare: 1, minimum: 100, consecutive: 3, windowMs: 10_000, openMs: 30_000, maxOpenMs: 60_000, probes: 1 }
    const { call, jump: set, pass } = await clockwork([pool('api', [upstream.url])], { policy: { breaker } })
    for (let n = 0; n < 3; n++) expect(await codeOf(await call())).toBe('upstream_failed')
    set(jump)
    expect(await codeOf(await call())).toBe('upstreams_unavailable')
    works = true
    pass(30_000)
    const probe = await call()
    expect([await codeOf(probe), probe.headers.get('x-spillway-reason')]).toEqual(['ok', 'probe'])
    expect((await call()).headers.get('x-spillway-reason')).toBe('overflow-only')
  })

  it.each(JUMPS)('%s: a call that waits for room goes on waiting, and ends at its time', async (_, jump) => {
    const upstream = await startUpstream(() => {})
    const { call, jump: set, pass, tick, gateway } = await clockwork([pool('api', [upstream.url], { maxInFlight: 1 })], { policy: { queue: { limit: 9, maxWaitMs: 8000 } }, over: { timeouts: { firstByteMs: 60_000, totalMs: 60_000 } } })
    const held = call()
    while (upstream.bodies.length === 0) await new Promise(setImmediate)
    const waiting = call()
    const { policy } = gateway.deps
    while (policy.snapshot(0).waiting === 0) await new Promise(setImmediate)
    set(jump)
    await tick()
    expect(policy.snapshot(0).waiting).toBe(1)
    pass(8000)
    expect(await codeOf(await waiting)).toBe('wait_expired')
    await gateway.gateway.close()
    expect(await codeOf(await held)).toBe('shutting_down')
  })
})
