import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PolicyEvent } from '../../core/policy/types.ts'
import { seededRandom } from '../../core/random.ts'
import { startHealthChecks } from './health-checks.ts'
import { startScraper, type Probes } from './scraper.ts'
import { answerOf, fakeUpstream, poolOf, type FakeUpstream } from './testing.ts'

const VLLM = 'vllm:num_requests_waiting 3\nvllm:num_requests_running 12\nvllm:kv_cache_usage_perc 0.4'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
const running: Probes[] = []
afterEach(() => {
  for (const probes of running.splice(0)) probes.stop()
  vi.useRealTimers()
})

function start(begin: typeof startScraper, pools = [poolOf()]): { upstream: FakeUpstream; events: PolicyEvent[]; probes: Probes } {
  const upstream = fakeUpstream()
  upstream.answer = () => answerOf(200, VLLM)
  const events: PolicyEvent[] = []
  const probes = begin({ pools, clock: { now: () => Date.now() }, random: seededRandom(1), send: upstream.send, emit: (event) => events.push(event) })
  running.push(probes)
  return { upstream, events, probes }
}

describe('startScraper', () => {
  it('emits what an engine says, about once a second, jittered', async () => {
    const { upstream, events } = start(startScraper)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(events[0]).toMatchObject({ type: 'scraped', pool: 'spill', endpoint: 'a', metrics: { waiting: 3, running: 12, kvUsage: 0.4 } })
    expect(events.length).toBeGreaterThan(17)
    expect(events.length).toBeLessThan(23)
    const times = events.map(({ type, ...event }) => (type === 'scraped' && 'at' in event ? event.at : 0))
    expect(new Set(times.slice(1).map((at, index) => at - times[index]!)).size).toBeGreaterThan(10)
    expect(upstream.requests[0]).toMatchObject({ url: 'http://a.test/metrics', method: 'GET', timeoutMs: 1000 })
  })

  it('never has two questions open to an endpoint, however slow it is (peer defect 14)', async () => {
    const { upstream, events } = start(startScraper)
    upstream.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 3700))
      return answerOf(200, VLLM)
    }
    await vi.advanceTimersByTimeAsync(60_000)
    expect(upstream.mostAtOnce).toBe(1)
    expect(events.length).toBeGreaterThan(8)
  })

  it('stamps metrics with the time of the question, so that slow ones are old at once (peer defect 12)', async () => {
    const { upstream, events } = start(startScraper)
    upstream.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 700))
      return answerOf(200, VLLM)
    }
    await vi.advanceTimersByTimeAsync(1300)
    expect(events).toHaveLength(1)
    expect(Date.now() - (events[0] as { at: number }).at).toBeGreaterThanOrEqual(700)
  })

  it('a failure emits nothing, is told by status, and asking goes on', async () => {
    const { upstream, events, probes } = start(startScraper)
    for (const [answer, failure] of [
      [() => Promise.reject(new Error('connection refused')), 'connection refused'],
      [() => answerOf(404, ''), 'status 404'],
      [() => answerOf(200, '<html>'), 'no metrics of a known engine'],
    ] as const) {
      upstream.answer = answer
      await vi.advanceTimersByTimeAsync(3000)
      expect(probes.status()).toEqual([{ pool: 'spill', endpoint: 'a', lastAt: null, failure, found: null }])
    }
    expect(events).toEqual([])
    upstream.answer = () => answerOf(200, VLLM)
    await vi.advanceTimersByTimeAsync(3000)
    expect(probes.status()).toEqual([{ pool: 'spill', endpoint: 'a', lastAt: expect.any(Number), failure: null, found: 'vllm' }])
  })

  it('sends the credentials of the pool, and leaves pools alone that have no metrics', async () => {
    const { upstream } = start(startScraper, [poolOf({ auth: { type: 'header', header: 'api-key', secret: 's' } }), poolOf({ id: 'other', metrics: null, endpoints: [{ id: 'b', url: 'http://b.test', canaryShare: null }] })])
    await vi.advanceTimersByTimeAsync(3000)
    expect(new Set(upstream.requests.map(({ url }) => url))).toEqual(new Set(['http://a.test/metrics']))
    expect(upstream.requests[0]?.headers).toEqual({ 'api-key': 's' })
  })

  it('stops for good, and breaks off what is open', async () => {
    const { upstream, events, probes } = start(startScraper)
    upstream.answer = () => new Promise(() => {})
    await vi.advanceTimersByTimeAsync(1000)
    probes.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([upstream.requests.length, events.length, vi.getTimerCount()]).toEqual([1, 0, 0])
  })
})

const ups = (events: readonly PolicyEvent[]): boolean[] => events.flatMap((event) => (event.type === 'health' ? [event.up] : []))

describe('startHealthChecks', () => {
  it('emits the first answer and then changes only', async () => {
    const { upstream, events } = start(startHealthChecks)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(ups(events)).toEqual([true])
    upstream.answer = () => answerOf(503, '')
    await vi.advanceTimersByTimeAsync(30_000)
    upstream.answer = () => answerOf(200, '')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(ups(events)).toEqual([true, false, true])
  })

  it('one failure is no outage; two in a row are', async () => {
    const { upstream, events } = start(startHealthChecks)
    await vi.advanceTimersByTimeAsync(1000)
    let failing = 0
    upstream.answer = () => (failing++ % 2 === 0 ? Promise.reject(new Error('connection reset')) : answerOf(200, ''))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ups(events)).toEqual([true])
    upstream.answer = () => Promise.reject(new Error('connection reset'))
    await vi.advanceTimersByTimeAsync(12_000)
    expect(ups(events)).toEqual([true, false])
  })

  it('down at the first look is down at once', async () => {
    const { upstream, events } = start(startHealthChecks)
    upstream.answer = () => Promise.reject(new Error('connection refused'))
    await vi.advanceTimersByTimeAsync(600)
    expect(ups(events)).toEqual([false])
  })

  it('a 401 or 404 means a wrong path here, not an outage; status says so', async () => {
    const { upstream, events, probes } = start(startHealthChecks)
    upstream.answer = () => answerOf(404, '')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(ups(events)).toEqual([true])
    expect(probes.status()[0]?.failure).toBe('status 404')
  })

  it.each([
    ['{"jobs":{},"workers":{"idle":0,"initializing":1,"ready":0,"running":0,"throttled":2}}', false],
    ['{"workers":{"idle":1,"running":0}}', true],
    ['{"workers":{"running":3}}', true],
    ['{"workers":{}}', true],
    ['not json', true],
    ['null', true],
  ])("RunPod's workers: %s is up = %s; none that serves = scaled to zero", async (body, up) => {
    const { upstream, events } = start(startHealthChecks, [poolOf({ protocol: 'runpod' })])
    upstream.answer = () => answerOf(200, body)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(ups(events)).toEqual([up])
  })

  it('being stopped is not down', async () => {
    const { upstream, events, probes } = start(startHealthChecks)
    upstream.answer = () => new Promise(() => {})
    await vi.advanceTimersByTimeAsync(1000)
    probes.stop()
    await vi.advanceTimersByTimeAsync(1000)
    expect(events).toEqual([])
  })
})
