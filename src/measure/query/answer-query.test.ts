import { Check } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import { DIMENSIONS } from '../../store/telemetry.ts'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { anObservation, aScore, DAY, HOUR, T0 } from '../../store/telemetry/testing.ts'
import { ROUTES } from './answer-query.ts'
import { asked } from './testing.ts'

const failing = (error: Error) => asked([], [], { store: { ...memoryTelemetry(), calls: () => Promise.reject(error) } })

const idsOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => (body['calls'] as { readonly id: string }[]).map(({ id }) => id)

const call = (n: number, user: string | null, nanoUsd: string, parts: Partial<Parameters<typeof anObservation>[0]> = {}) => anObservation({ id: `c${n}`, startedAt: T0 + n, cost: { nanoUsd }, ...parts, attribution: { user, ...parts?.attribution } })

describe('every question', () => {
  const world = [
    anObservation({ id: 'agent', spanId: 'a', kind: 'agent', billable: false, attribution: { traceId: 't' } }),
    anObservation({ id: 'c', spanId: 'b', attribution: { traceId: 't', parentSpanId: 'a', tags: { team: 'core' } } }),
    anObservation({ id: 'bare', provider: null, modelAsked: null, modelServed: null, streamed: null, attribution: { user: null, feature: null, prompt: null, promptVersion: null, traceId: 't' }, keyId: null, pool: null, endpoint: null, reason: null, queuedMs: null, ttftMs: null, tpotMs: null, status: null, finishReason: null, usage: {}, usageSource: 'none', fingerprint: null, requestBytes: null, responseBytes: null, segments: [], toolsDeclared: [] }),
  ]
  const targets: Readonly<Record<string, string>> = {
    '/api/v1/calls': '/api/v1/calls?steps=true',
    '/api/v1/calls/{id}': '/api/v1/calls/bare',
    '/api/v1/traces/{id}': '/api/v1/traces/t',
    '/api/v1/costs': '/api/v1/costs?by=user,tag:team&bucket=1h&top=1',
    '/api/v1/latency': '/api/v1/latency?by=user&bucket=1h',
    '/api/v1/distribution': '/api/v1/distribution',
    '/api/v1/insights': '/api/v1/insights?from=1d',
    '/api/v1/reconciliation': '/api/v1/reconciliation?from=1h&by=user',
  }
  const answering = ROUTES.filter(({ answer }) => answer !== 'file')

  it.each(answering.map((route) => [route.path, route]))('%s answers as its schema says, and how far loading is', async (path, route) => {
    const ask = await asked(world, [aScore({ traceId: 't' })], { dedicated: [{ id: 'floor', nanoUsdPerHour: '2000000000', replicas: 2 }] })
    const { status, body } = await ask(targets[path]!)
    expect([status, body['asOf'], body['behindBytes']]).toEqual([200, new Date(T0 + HOUR - 1).toISOString(), 3])
    const { asOf: _, behindBytes: __, ...own } = body
    expect(route.answer !== 'file' && Check(route.answer, own)).toBe(true)
  })

  it.each(ROUTES.map(({ path }) => path))('%s refuses what it does not know', async (path) => {
    const ask = await asked([])
    expect(await ask(`${path.replace('{id}', 'x')}?tenant=other`)).toMatchObject({ status: 400, body: { error: { code: 'unknown_parameter', param: 'tenant' } } })
  })

  it.each(['/api/v1/', '/api/v1/nothing', '/api/v1/calls/', '/api/v1/traces', '/api/v1/calls/%E0%A4%A'])('there is nothing at %s', async (path) => {
    const ask = await asked([])
    expect(await ask(path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  })

  it('a store that fails is told without its words, which name folders; a defect is none of ours to answer', async () => {
    const down = await failing(new SpillwayError('TELEMETRY_UNAVAILABLE', 'the database refused: /secret/path', 'Check'))
    const answer = await down('/api/v1/calls')
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'telemetry_unavailable' } } })
    expect(JSON.stringify(answer)).not.toContain('secret')
    await expect((await failing(new TypeError('oops')))('/api/v1/calls')).rejects.toThrow('oops')
  })
})

describe('/api/v1/calls', () => {
  it('newest first, in pages; steps and second views only when asked for', async () => {
    const ask = await asked([call(0, 'a', '1'), call(1, 'b', '1'), call(2, 'c', '1'), call(3, 'd', '1', { kind: 'tool', billable: false })])
    const first = await ask('/api/v1/calls?limit=2')
    expect(idsOf(first)).toEqual(['c2', 'c1'])
    const second = await ask(`/api/v1/calls?limit=2&cursor=${String(first.body['next'])}`)
    expect([idsOf(second), second.body['next']]).toEqual([['c0'], null])
    expect(idsOf(await ask('/api/v1/calls?steps=true'))).toEqual(['c3', 'c2', 'c1', 'c0'])
  })

  it('filters by every dimension, its alias, tags, and what was not said', async () => {
    const odd = `x' OR 1=1; DROP TABLE observations --`
    const ask = await asked([call(0, 'a', '1', { attribution: { tags: { 'te]am': 'core' } } }), call(1, null, '1', { modelAsked: odd }), call(2, odd, '1', { pool: 'b' })])
    const ids = async (search: string) => (((await ask(`/api/v1/calls?${search}`)).body['calls'] ?? []) as { readonly id: string }[]).map(({ id }) => id)
    const one = encodeURIComponent
    expect(await ids('user=')).toEqual(['c1'])
    expect(await ids('user=a&user=')).toEqual(['c1', 'c0'])
    expect(await ids(`user=${one(odd)}&pool=b`)).toEqual(['c2'])
    expect(await ids(`model=${one(odd)}`)).toEqual(['c1'])
    expect(await ids(`${one('tag[te]am]')}=core`)).toEqual(['c0'])
    expect(await ids(`${one('tag[te]am]')}=`)).toEqual(['c2', 'c1'])
    for (const dimension of DIMENSIONS) expect(await ids(`${dimension}=${one(odd)}`)).toEqual(dimension === 'user' ? ['c2'] : dimension === 'modelAsked' ? ['c1'] : [])
  })

  it.each([
    ['from=2026-11-25T08:00:00Z', 3],
    ['from=2026-11-25T08:00:00.001Z&to=2026-11-25T08:00:00.002Z', 1],
    ['from=2026-11-25T10:00:00.001%2B02:00', 2],
    ['from=1h', 3],
    ['from=59m', 0],
    ['from=2026-11-25', 3],
    ['from=4w&to=1d', 0],
  ])('%s has %i calls', async (time, count) => {
    const ask = await asked([0, 1, 2].map((n) => call(n, 'a', '1')))
    expect((await ask(`/api/v1/calls?${time}`)).body['calls']).toHaveLength(count)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=x', null],
    ['steps=maybe', 'steps'],
    ['from=yesterday', 'from'],
    ['from=2026-11-25T08:00:00', 'from'],
    ['from=1h&to=2h', 'from'],
    ['to=2026-13-45', 'to'],
    [`user=${'x'.repeat(1025)}`, 'user'],
    [Array.from({ length: 101 }, (_, n) => `user=${n}`).join('&'), 'user'],
    [Array.from({ length: 501 }, () => 'user=a').join('&'), null],
    [`tag[${'x'.repeat(65)}]=a`, null],
    ['user[a]=b', 'user[a]', 'unknown_parameter'],
    ['tag=a', 'tag', 'unknown_parameter'],
    ['__proto__=a', '__proto__', 'unknown_parameter'],
  ])('%s is refused', async (search, param, code = 'invalid_parameter') => {
    const ask = await asked([])
    expect(await ask(`/api/v1/calls?${search}`)).toMatchObject({ status: 400, body: { error: { code, param } } })
  })
})

describe('/api/v1/costs', () => {
  const world = [call(0, 'a', '5000000000'), call(1, 'b', '3000000001'), call(2, 'b', '1', { cost: { nanoUsd: '1', status: 'partial' } }), call(3, null, '1000000000', { outcome: 'timed-out' }), call(4, 'other', '7', { startedAt: T0 - 3 * DAY })]

  it('the largest groups, the rest as other, and the total; exactly', async () => {
    const ask = await asked(world)
    const { body } = await ask('/api/v1/costs?by=user&top=2')
    expect(body['rows']).toMatchObject([
      { group: ['a'], at: null, calls: 1, costUsd: '5', costNanoUsd: '5000000000' },
      { group: ['b'], calls: 2, costUsd: '3.000000002', incompleteCost: 1 },
    ])
    expect(body['other']).toMatchObject([{ calls: 2, costNanoUsd: '1000000007', failed: 1 }])
    expect(body['total']).toMatchObject([{ calls: 5, costUsd: '9.000000009', share: 1 }])
  })

  it('what was not said is null, and a user named other is a user', async () => {
    const ask = await asked(world)
    const { body } = await ask('/api/v1/costs?by=user')
    expect((body['rows'] as { readonly group: unknown }[]).map(({ group }) => group)).toEqual([['a'], ['b'], [null], ['other']])
    expect(body['other']).toMatchObject([{ calls: 0, costNanoUsd: '0' }])
    expect((await ask('/api/v1/costs?by=user&user=nobody')).body).toMatchObject({ rows: [], other: [{ calls: 0 }], total: [{ calls: 0, costUsd: '0', share: null }] })
  })

  it('over time: the same groups in each bucket, each with its rest', async () => {
    const ask = await asked(world)
    const { body } = await ask('/api/v1/costs?by=user,pool&bucket=1d&top=2&order=calls')
    expect((body['rows'] as { readonly at: string; readonly group: unknown; readonly calls: number }[]).map(({ at, group, calls }) => [at.slice(0, 10), group, calls])).toEqual([
      ['2026-11-25', ['b', 'floor'], 2],
      ['2026-11-25', ['a', 'floor'], 1],
    ])
    expect(body['other']).toMatchObject([{ at: '2026-11-22T00:00:00.000Z', calls: 1 }, { at: '2026-11-25T00:00:00.000Z', calls: 1 }])
  })

  it('per success: by group and in all, with what is not known as null', async () => {
    const tasks = Array.from({ length: 24 }, (_, n) => call(n, n < 20 ? 'ann' : 'bob', String(1_000_000_000 + n)))
    const scores = tasks.slice(0, 22).map(({ id }, n) => aScore({ id, name: 'done', observationId: id, value: n % 2, label: n % 4 === 0 ? 'solved' : null }))
    const ask = await asked(tasks, scores)
    const { body } = await ask('/api/v1/costs?by=user&success=done')
    expect(body['rows']).toMatchObject([
      { group: ['ann'], success: { tasks: 20, judged: 20, successes: 10, costPerSuccessUsd: '2.000000019', lowUsd: expect.stringMatching(/^1\./u), highUsd: expect.stringMatching(/^3\./u) } },
      { group: ['bob'], success: { tasks: 4, judged: 2, successes: 1, costPerSuccessUsd: '2.000000041', lowUsd: null, highUsd: null } },
    ])
    expect(body['success']).toMatchObject({ tasks: 24, judged: 22, successes: 11, costPerSuccessUsd: '2.000000021' })
    expect((await ask('/api/v1/costs?success=done&unjudged=fail')).body['success']).toMatchObject({ successes: 11, costPerSuccessUsd: '2.181818207' })
    expect((await ask('/api/v1/costs?success=done%3E%3D2')).body['success']).toMatchObject({ judged: 22, successes: 0, costPerSuccessUsd: null })
    expect((await ask('/api/v1/costs?success=done=solved')).body['success']).toMatchObject({ judged: 22, successes: 6 })
    expect((await ask('/api/v1/costs?success=done&user=bob')).body['success']).toMatchObject({ tasks: 4 })
    expect((await ask('/api/v1/costs?by=user')).body).toMatchObject({ success: null, rows: [{ success: null }, { success: null }] })
    expect(await ask('/api/v1/costs?success=done&bucket=1h')).toMatchObject({ status: 400, body: { error: { param: 'bucket' } } })
  })

  it('without a dimension: the total alone', async () => {
    const ask = await asked(world)
    expect((await ask('/api/v1/costs')).body).toMatchObject({ by: [], rows: [], other: [], total: [{ calls: 5 }] })
  })

  it.each([
    ['by=tenant', /dimension/u],
    ['by=user,user', /one or two/u],
    ['by=user,pool,key', /one or two/u],
    ['by=', /one or two/u],
    ['bucket=1s', /bucket/u],
    ['bucket=1m', /2000 time buckets/u],
    ['top=0', /whole number/u],
    ['order=money', /one of/u],
  ])('%s is refused', async (search, words) => {
    const ask = await asked([])
    expect(await ask(`/api/v1/costs?${search}`)).toMatchObject({ status: 400, body: { error: { code: 'invalid_parameter', message: expect.stringMatching(words) } } })
  })
})

describe('times', () => {
  it('quantiles by group, and the histogram behind them', async () => {
    const ask = await asked([10, 20, 30, 1000].map((ttftMs, n) => call(n, n < 3 ? 'a' : 'b', '1', { ttftMs })))
    expect((await ask('/api/v1/latency?by=user')).body['rows']).toMatchObject([
      { group: ['a'], at: null, calls: 3, p50: expect.closeTo(20, 0), p99: expect.closeTo(30, 0) },
      { group: ['b'], at: null, calls: 1, p50: expect.closeTo(1000, -2), p99: expect.closeTo(1000, -2) },
    ])
    const { body } = await ask('/api/v1/distribution?metric=ttft')
    expect(body).toMatchObject({ metric: 'ttft', measured: 4, p50: expect.closeTo(20, 0), p99: expect.closeTo(1000, -2) })
    expect(body['bars']).toHaveLength(4)
  })

  it('of nothing are unknown', async () => {
    const ask = await asked([call(0, 'a', '1', { ttftMs: null })])
    expect((await ask('/api/v1/latency')).body['rows']).toMatchObject([{ calls: 1, p50: null }])
    expect((await ask('/api/v1/distribution')).body).toMatchObject({ measured: 0, p50: null, bars: [] })
    expect(await ask('/api/v1/latency?metric=mood')).toMatchObject({ status: 400, body: { error: { param: 'metric' } } })
  })
})
