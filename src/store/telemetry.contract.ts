import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Observation, Score } from '../core/observation.ts'
import { DIMENSIONS, MEASURES, METRICS, MOST_STEPS, SAME_CALL_MS, type AggregateQuery, type AggregateRow, type AppendResult, type Dimension, type OutcomeQuery, type OutcomeRow, type TelemetryStore } from './telemetry.ts'
import { memoryTelemetry } from './telemetry/memory.ts'
import { anObservation, aScore, DAY, HOUR, T0 } from './telemetry/testing.ts'

const ALL = { from: T0 - 400 * DAY, until: T0 + 400 * DAY }
const NOTHING: AppendResult = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: 0 }

const done = (parts: Partial<Score>): Score => aScore({ name: 'done', ...parts })
const call = (id: string, user: string | null, nanoUsd: string, parts: Parameters<typeof anObservation>[0] = {}): Observation => anObservation({ id, cost: { nanoUsd }, ...parts, attribution: { user, ...parts.attribution } })
const inTrace = (id: string, user: string | null, nanoUsd: string, traceId: string): Observation => call(id, user, nanoUsd, { attribution: { traceId } })

/** What every telemetry store must do. `open` gives an empty one. */
export function describeTelemetryStore(name: string, open: () => Promise<TelemetryStore>, { runs = 20 }: { readonly runs?: number } = {}): void {
  describe(`telemetry store: ${name}`, () => {
    let store: TelemetryStore
    let at = 0

    beforeEach(async () => {
      store = await open()
      at = 0
    })

    afterEach(() => store.close())

    const add = (...observations: readonly Observation[]): Promise<AppendResult> => store.append({ observations, scores: [], at: (at += 10) })
    const judge = (...scores: readonly Score[]): Promise<AppendResult> => store.append({ observations: [], scores, at: (at += 10) })
    const total = async (tenant = 'default'): Promise<AggregateRow['values']> => (await store.aggregate(tenant, { ...ALL, by: [], measures: ['calls', 'costNanoUsd'] }))[0]!.values
    const ids = async (parts: Partial<Parameters<TelemetryStore['calls']>[1]> = {}): Promise<string[]> => (await store.calls('default', { ...ALL, limit: 100, ...parts })).calls.map(({ id }) => id)

    describe('keeps', () => {
      it('every field of an observation as it came', async () => {
        const full = anObservation({ tenant: 't', spanId: 'ab', responseId: 'chatcmpl-1', startedAt: T0 + 0.125, provider: 'acme', attribution: { session: 's', traceId: '4bf9', parentSpanId: '00f0', tags: { team: 'core', env: 'prod' } }, queuedMs: 3.75, clientRetry: 2, stepRepeats: 4, errorCode: 'x', tool: { name: 'search', argumentsHash: 'aa', resultHash: null }, cost: { missing: ['reasoning'], status: 'partial', nanoUsd: '9007199254740993' } })
        const bare = anObservation({ tenant: 't', id: 'bare', provider: null, modelAsked: null, modelServed: null, streamed: null, attribution: { user: null, feature: null, prompt: null, promptVersion: null }, keyId: null, pool: null, endpoint: null, reason: null, queuedMs: null, ttftMs: null, tpotMs: null, status: null, finishReason: null, usage: {}, usageSource: 'none', rawUsage: {}, fingerprint: null, requestBytes: null, responseBytes: null, segments: [], toolsDeclared: [] })
        await add(full, bare)
        expect(await store.observation('t', full.id)).toEqual(full)
        expect(await store.observation('t', 'bare')).toEqual(bare)
      })

      it('texts in any script, quotes, markup and SQL as they are', async () => {
        const odd = `Über "x"; DROP TABLE observations; -- 鍵 🔑 \\ ' %_$1 \n`
        const written = anObservation({ tenant: odd, id: odd, name: odd, attribution: { user: odd, feature: odd, tags: { [odd.slice(0, 40)]: odd, ['__proto__']: 'p' } }, pool: odd })
        await add(written)
        expect(await store.observation(odd, odd)).toEqual(written)
        expect(await store.aggregate(odd, { ...ALL, by: ['user', `tag:${odd.slice(0, 40)}`], measures: ['calls'], where: { pool: [odd] } })).toEqual([{ at: null, group: [odd, odd], values: { calls: 1 }, quantiles: [] }])
      })

      it('a score as it came; the last content wins', async () => {
        await judge(aScore({ traceId: 't1', value: 0 }), aScore({ id: 'other', traceId: 't1', at: T0 + 1, value: null, label: 'good', observationId: 'call-1', sessionId: 's', source: 'langfuse' }))
        await judge(aScore({ traceId: 't1', value: 1 }))
        expect((await store.trace('default', 't1'))!.scores).toEqual([aScore({ traceId: 't1', value: 1 }), aScore({ id: 'other', traceId: 't1', at: T0 + 1, value: null, label: 'good', observationId: 'call-1', sessionId: 's', source: 'langfuse' })])
        expect((await store.stats()).scores).toBe(2)
      })

      it.each<[string, Partial<Observation>]>([
        ['no tenant', { tenant: '' }],
        ['an endless id', { id: 'x'.repeat(1025) }],
        ['a start that is no number', { startedAt: Number.NaN }],
        ['a start beyond all time', { startedAt: 1e18 }],
        ['a negative duration', { durationMs: -1 }],
        ['negative tokens', { usage: { output: -5 } }],
        ['half a token', { usage: { output: 0.5 } }],
        ['an amount that is none', { cost: { ...anObservation().cost, nanoUsd: '1e9' } }],
        ['more money than there is', { cost: { ...anObservation().cost, nanoUsd: '9999999999999999999' } }],
      ])('nothing with %s, and counts it', async (_, parts) => {
        expect(await add(anObservation({ id: 'good' }), { ...anObservation({ id: 'bad' }), ...parts })).toEqual({ ...NOTHING, added: 1, refused: 1 })
        expect(await ids()).toEqual(['good'])
      })
    })

    describe('counts once', () => {
      it('what comes again, in a batch, later, or under another position', async () => {
        expect(await add(anObservation(), anObservation())).toEqual({ ...NOTHING, added: 1, repeated: 1 })
        expect(await add(anObservation(), anObservation({ id: 'call-2' }))).toEqual({ ...NOTHING, added: 1, repeated: 1 })
        expect(await total()).toEqual({ calls: 2, costNanoUsd: '3000000' })
        expect(await store.stats()).toMatchObject({ observations: 2, repeated: 2, replaced: 0 })
      })

      it('an id that comes with other content: the last stays', async () => {
        const last = anObservation({ startedAt: T0 + 100 * DAY, attribution: { user: null }, cost: { nanoUsd: '7' } })
        await add(anObservation(), anObservation({ id: 'beside' }))
        expect(await add(anObservation({ outcome: 'error' }), last)).toEqual({ ...NOTHING, replaced: 2 })
        expect(await store.observation('default', 'call-1')).toEqual(last)
        expect(await total()).toEqual({ calls: 2, costNanoUsd: '1500007' })
        expect(await store.stats()).toMatchObject({ observations: 2, replaced: 2 })
      })

      it('an id for each tenant', async () => {
        expect(await add(anObservation(), anObservation({ tenant: 'other' }))).toMatchObject({ added: 2, repeated: 0 })
      })

      it('a batch: one that ends at or before the position changes nothing', async () => {
        expect(await store.position()).toBe(0)
        await store.append({ observations: [anObservation()], scores: [], at: 500 })
        expect(await store.position()).toBe(500)
        for (const late of [500, 499]) expect(await store.append({ observations: [anObservation({ id: `late-${late}` })], scores: [aScore()], at: late })).toEqual(NOTHING)
        expect(await ids()).toEqual(['call-1'])
        await store.append({ observations: [], scores: [], at: 501 })
        expect(await store.position()).toBe(501)
      })

      it('thousands at once', async () => {
        const many = Array.from({ length: 5000 }, (_, n) => anObservation({ id: `call-${n}`, startedAt: T0 + n }))
        expect(await add(...many)).toMatchObject({ added: 5000 })
        expect(await add(...many.slice(2500), anObservation({ id: 'new' }))).toMatchObject({ added: 1, repeated: 2500 })
        expect(await total()).toEqual({ calls: 5001, costNanoUsd: String(5001 * 1_500_000) })
      })
    })

    describe('two views of one call', () => {
      const gateway = anObservation({ id: 'g', responseId: 'r', attribution: { user: null, feature: 'known', prompt: null, promptVersion: null } })
      const application = anObservation({ id: 's', source: 'otlp', responseId: 'r', startedAt: T0 - 20, attribution: { user: 'ann', feature: 'said', session: 'chat-9', prompt: 'p', promptVersion: '2', traceId: 't1', parentSpanId: 'root' }, cost: { nanoUsd: '999' } })
      const joined = { ...gateway, attribution: { ...gateway.attribution, user: 'ann', session: 'chat-9', prompt: 'p', promptVersion: '2', traceId: 't1', parentSpanId: 'root' } }

      it.each([
        ['gateway first', [[gateway], [application]]],
        ['application first', [[application], [gateway]]],
        ['both in a batch', [[gateway, application]]],
        ['both in a batch, application first', [[application, gateway]]],
      ])('%s: the gateway is billable and learns what it did not know', async (_, batches) => {
        let merged = 0
        for (const batch of batches) merged += (await add(...batch)).merged
        expect(merged).toBe(1)
        expect(await total()).toEqual({ calls: 1, costNanoUsd: '1500000' })
        expect((await store.trace('default', 't1'))!.observations).toEqual([{ ...application, billable: false }, joined])
        // What was filled is no other content.
        expect(await add(gateway, application)).toEqual({ ...NOTHING, repeated: 2 })
      })

      it('a day after the first was sealed too', async () => {
        await add(application, anObservation({ id: 'beside' }))
        await store.seal(T0 + 2 * DAY)
        expect(await add(gateway)).toMatchObject({ added: 1, merged: 1 })
        expect(await total()).toEqual({ calls: 2, costNanoUsd: '3000000' })
        await store.seal(T0 + 2 * DAY)
        expect(await total()).toEqual({ calls: 2, costNanoUsd: '3000000' })
      })

      it('a view that comes again is merged again, and does not count twice', async () => {
        await add(application, gateway)
        const more = { ...application, durationMs: 7, attribution: { ...application.attribution, feature: null, session: 'chat-10' } }
        expect(await add(more)).toEqual({ ...NOTHING, replaced: 1, merged: 1 })
        expect(await total()).toEqual({ calls: 1, costNanoUsd: '1500000' })
        expect(await store.observation('default', 's')).toEqual({ ...more, billable: false })
        expect(await store.observation('default', 'g')).toEqual(joined)
      })

      it.each<[string, Partial<Observation>]>([
        ['of another tenant', { tenant: 'other' }],
        ['too far apart', { startedAt: T0 + SAME_CALL_MS + 1 }],
        ['without a response id', { responseId: null }],
        ['of the gateway again', { source: 'gateway' }],
      ])('not if the second is %s', async (_, parts) => {
        await add(gateway)
        expect(await add({ ...application, ...parts })).toMatchObject({ added: 1, merged: 0 })
        expect((await store.observation(parts.tenant ?? 'default', 's'))!.billable).toBe(true)
      })

      it('keeps a trace and its parent together, and a prompt and its version', async () => {
        await add(anObservation({ id: 'g', responseId: 'r', attribution: { prompt: 'own', promptVersion: null, traceId: 'own', parentSpanId: null } }), application)
        expect((await store.observation('default', 'g'))!.attribution).toMatchObject({ prompt: 'own', promptVersion: null, traceId: 'own', parentSpanId: null })
      })
    })

    describe('calls', () => {
      it('newest first, in pages that neither repeat nor skip, equal starts included', async () => {
        const starts = [5, 3, 3, 3, 9, 1, 3]
        await add(...starts.map((start, n) => anObservation({ id: `c${n}`, startedAt: T0 + start })))
        const pages: string[][] = []
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await store.calls('default', { ...ALL, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
          pages.push(page.calls.map(({ id }) => id))
          cursor = page.next
        }
        expect(pages).toEqual([['c4', 'c0'], ['c6', 'c3'], ['c2', 'c1'], ['c5']])
      })

      it('of long ago come after those of today, in one page and over pages', async () => {
        await add(...[0, 1, 8, 70, 399].map((days) => anObservation({ id: `c${days}`, startedAt: T0 - days * DAY })))
        expect(await ids({ from: -8.64e15, until: 8.64e15 })).toEqual(['c0', 'c1', 'c8', 'c70', 'c399'])
        const first = await store.calls('default', { ...ALL, limit: 3 })
        expect([first.calls.map(({ id }) => id), await ids({ cursor: first.next! })]).toEqual([['c0', 'c1', 'c8'], ['c70', 'c399']])
      })

      it('by time, dimension, tag, and what was not said', async () => {
        await add(
          anObservation({ id: 'a', startedAt: T0, attribution: { tags: { team: 'core' } } }),
          anObservation({ id: 'b', startedAt: T0 + 1, attribution: { user: null }, outcome: 'timed-out' }),
          anObservation({ id: 'c', startedAt: T0 + 2, kind: 'tool', billable: false, attribution: { user: 'bob' } }),
        )
        expect(await ids({ from: T0 + 1, until: T0 + 2 })).toEqual(['b'])
        expect(await ids({ where: { user: ['bob', null] } })).toEqual(['c', 'b'])
        expect(await ids({ where: { user: [null], outcome: ['ok'] } })).toEqual([])
        expect(await ids({ where: { user: [] } })).toEqual([])
        expect(await ids({ where: { 'tag:team': ['core'] } })).toEqual(['a'])
        expect(await ids({ where: { 'tag:team': [null] } })).toEqual(['c', 'b'])
        expect(await ids({ billableOnly: true })).toEqual(['b', 'a'])
      })

      it.each<[string, Partial<Parameters<TelemetryStore['calls']>[1]>]>([
        ['a page of none', { limit: 0 }],
        ['an endless page', { limit: 1001 }],
        ['a forged cursor', { cursor: 'x' }],
        ['a cursor of other things', { cursor: Buffer.from('[1]').toString('base64url') }],
        ['an unknown dimension', { where: { ['tenant' as Dimension]: ['other'] } }],
        ['a dimension with SQL in it', { where: { ['user_name) OR (true' as Dimension]: ['x'] } }],
        ['a tag without a name', { where: { 'tag:': ['x'] } }],
        ['a time that ends before it begins', { from: 2, until: 1 }],
        ['a time that is no number', { from: Number.NaN }],
        ['a time beyond all time', { until: 1e300 }],
        ['a cursor beyond all time', { cursor: Buffer.from('[1e300,"x"]').toString('base64url') }],
      ])('%s is refused', async (_, parts) => {
        await expect(store.calls('default', { ...ALL, limit: 10, ...parts })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
      })
    })

    describe('a trace', () => {
      it('comes whole and in order, with its scores, and is null where there is none', async () => {
        await add(...[3, 1, 2].map((n) => anObservation({ id: `c${n}`, startedAt: T0 + n, attribution: { traceId: 't1' } })), anObservation({ id: 'x', attribution: { traceId: 't2' } }))
        await judge(aScore({ traceId: 't1' }), aScore({ id: 'elsewhere', traceId: 't2' }))
        const trace = await store.trace('default', 't1')
        expect(trace!.observations.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3'])
        expect([trace!.scores, trace!.cut]).toEqual([[aScore({ traceId: 't1' })], false])
        expect(await store.trace('default', 'nothing')).toBeNull()
      })

      it('without end is cut, and says so', async () => {
        await add(...Array.from({ length: MOST_STEPS + 3 }, (_, n) => anObservation({ id: `c${n}`, startedAt: T0 + n, attribution: { traceId: 't1' } })))
        const trace = await store.trace('default', 't1')
        expect([trace!.observations.length, trace!.cut, trace!.observations.at(-1)!.id]).toEqual([MOST_STEPS, true, `c${MOST_STEPS - 1}`])
      })
    })

    describe('reading all', () => {
      it('oldest first, in pages that neither repeat nor skip, of many days, sealed ones too', async () => {
        const starts = [5, 3, 3, 3, 9, 1, 3, 40 * DAY, 90 * DAY]
        await add(...starts.map((start, n) => anObservation({ id: `c${n}`, startedAt: T0 + start, billable: n !== 4 })), anObservation({ tenant: 'other', id: 'x' }))
        const pages = [['c5', 'c1'], ['c2', 'c3'], ['c6', 'c0'], ['c4', 'c7'], ['c8']]
        expect(await scanned(store, 2)).toEqual(pages)
        await store.seal(T0 + 50 * DAY)
        expect(await scanned(store, 2)).toEqual(pages)
        expect((await store.scan('default', { from: T0 + 3, until: T0 + 9, limit: 10 })).map(({ id }) => id)).toEqual(['c1', 'c2', 'c3', 'c6', 'c0'])
      })

      it('scores by their time, in pages', async () => {
        await judge(...[3, 1, 2, 2].map((at, n) => aScore({ id: `s${n}`, at: T0 + at })), aScore({ tenant: 'other' }))
        const first = await store.scores('default', { ...ALL, limit: 3 })
        expect(first).toEqual([aScore({ id: 's1', at: T0 + 1 }), aScore({ id: 's2', at: T0 + 2 }), aScore({ id: 's3', at: T0 + 2 })])
        expect(await store.scores('default', { ...ALL, limit: 3, after: { at: T0 + 2, id: 's3' } })).toEqual([aScore({ id: 's0', at: T0 + 3 })])
      })

      it.each<[string, Partial<Parameters<TelemetryStore['scan']>[1]>]>([
        ['a page of none', { limit: 0 }],
        ['an endless page', { limit: 10_001 }],
        ['a time that ends before it begins', { from: 2, until: 1 }],
        ['a place beyond all time', { after: { at: 1e300, id: 'x' } }],
      ])('%s is refused', async (_, parts) => {
        await expect(store.scan('default', { ...ALL, limit: 10, ...parts })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
        await expect(store.scores('default', { ...ALL, limit: 10, ...parts })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
      })
    })

    describe('no tenant sees another', () => {
      it('by any question', async () => {
        await add(anObservation({ tenant: 'other', responseId: 'r', attribution: { traceId: 't1' } }))
        await judge(aScore({ tenant: 'other', traceId: 't1' }))
        expect(await ids()).toEqual([])
        expect(await store.observation('default', 'call-1')).toBeNull()
        expect(await store.trace('default', 't1')).toBeNull()
        expect(await total()).toEqual({ calls: 0, costNanoUsd: '0' })
        expect(await store.aggregate('default', { ...ALL, by: ['user'], measures: ['calls'] })).toEqual([])
        expect(await store.distribution('default', { ...ALL, metric: 'ttftMs' })).toEqual([])
      })
    })

    describe('aggregates', () => {
      it('of no measure are a row for each group, and one where there is none', async () => {
        await add(anObservation(), anObservation({ id: 'call-2' }), anObservation({ id: 'call-3', attribution: { user: 'bob' } }))
        expect(await store.aggregate('default', { ...ALL, by: [], measures: [] })).toEqual([{ at: null, group: [], values: {}, quantiles: [] }])
        expect((await store.aggregate('default', { ...ALL, by: ['user'], measures: [] })).map(({ group }) => group)).toHaveLength(2)
      })

      it('all measures of nothing are zero', async () => {
        const [row] = await store.aggregate('default', { ...ALL, by: [], measures: MEASURES, quantiles: { metric: 'ttftMs', at: [0.5] } })
        expect(row).toEqual({ at: null, group: [], values: Object.fromEntries(MEASURES.map((measure) => [measure, measure === 'costNanoUsd' ? '0' : 0])), quantiles: [null] })
      })

      it('all measures', async () => {
        await add(anObservation(), anObservation({ id: '2', outcome: 'client-aborted', attempts: 3, clientRetry: 1, durationMs: 99.5, usage: { cacheWrite: 7, audioOutput: 2, imageInput: 4 }, cost: { nanoUsd: '-5', status: 'estimated' } }), anObservation({ id: '3', outcome: 'refused', usage: {}, usageSource: 'none' }), anObservation({ id: '4', kind: 'tool', billable: false }))
        const [row] = await store.aggregate('default', { ...ALL, by: [], measures: MEASURES })
        expect(row!.values).toEqual({ calls: 3, costNanoUsd: '2999995', inputTokens: 131, cacheReadTokens: 20, cacheWriteTokens: 7, outputTokens: 57, reasoningTokens: 5, durationMs: 2500, failed: 1, aborted: 1, attempts: 5, clientRetries: 1, incompleteCost: 1 })
      })

      it('money beyond what a double holds, exactly', async () => {
        await add(anObservation({ cost: { nanoUsd: '9000000000000000000' } }), anObservation({ id: '2', cost: { nanoUsd: '8999999999999999999' } }))
        expect((await total())['costNanoUsd']).toBe('17999999999999999999')
      })

      it('only what is billable, and only calls can be', async () => {
        await add(anObservation({ id: 'agent', kind: 'agent', billable: true }), anObservation({ id: 'embedding', kind: 'embedding' }))
        expect(await total()).toMatchObject({ calls: 1 })
        expect((await store.observation('default', 'agent'))!.billable).toBe(false)
      })

      it('by two dimensions and time, in order, what was not said last', async () => {
        await add(...[['a', 0], ['b', 0], [null, 0], ['a', 1], ['a', 1]].map(([user, hour], n) => anObservation({ id: `c${n}`, startedAt: T0 + Number(hour) * HOUR + n, attribution: { user: user as string | null } })))
        expect(await store.aggregate('default', { ...ALL, by: ['user', 'pool'], bucketMs: HOUR, measures: ['calls'] })).toEqual([
          { at: T0, group: ['a', 'floor'], values: { calls: 1 }, quantiles: [] },
          { at: T0, group: ['b', 'floor'], values: { calls: 1 }, quantiles: [] },
          { at: T0, group: [null, 'floor'], values: { calls: 1 }, quantiles: [] },
          { at: T0 + HOUR, group: ['a', 'floor'], values: { calls: 2 }, quantiles: [] },
        ])
      })

      it.each([60_000, 15 * 60_000, HOUR, 7 * HOUR, DAY, 7 * DAY])('time buckets of %i ms begin at their multiples, before 1970 too', async (bucketMs) => {
        const starts = [T0 + 1234, T0 + bucketMs, -1.5 * HOUR, -bucketMs]
        await add(...starts.map((startedAt, n) => anObservation({ id: `c${n}`, startedAt })))
        const rows = await store.aggregate('default', { from: -4000 * DAY, until: ALL.until, by: [], bucketMs, measures: ['calls'] })
        expect(rows.map(({ at }) => at)).toEqual([...new Set(starts.map((start) => Math.floor(start / bucketMs) * bucketMs))].toSorted((a, b) => a - b))
      })

      it('the top of a measure, equals by name', async () => {
        await add(...['b', 'a', 'c', 'c', 'd'].map((user, n) => anObservation({ id: `c${n}`, attribution: { user } })))
        const top = await store.aggregate('default', { ...ALL, by: ['user'], measures: [], top: { by: 'costNanoUsd', limit: 3 } })
        expect(top.map(({ group }) => group[0])).toEqual(['c', 'a', 'b'])
      })

      it('quantiles by nearest rank, within 1 %, and of what was measured only', async () => {
        await add(...Array.from({ length: 100 }, (_, n) => anObservation({ id: `c${n}`, ttftMs: n + 1 })), anObservation({ id: 'none', ttftMs: null }))
        const [row] = await store.aggregate('default', { ...ALL, by: [], measures: ['calls'], quantiles: { metric: 'ttftMs', at: [0, 0.5, 0.95, 1] } })
        expect(row!.values).toEqual({ calls: 101 })
        for (const [index, expected] of [1, 50, 95, 100].entries()) expect(Math.abs(row!.quantiles[index]! / expected - 1)).toBeLessThanOrEqual(0.0101)
      })

      it.each<[string, Partial<AggregateQuery>]>([
        ['three dimensions', { by: ['user', 'pool', 'key'] }],
        ['a dimension twice', { by: ['user', 'user'] }],
        ['an unknown dimension', { by: ['rowid' as Dimension] }],
        ['a measure with SQL in it', { measures: ['count(*); DROP TABLE observations' as 'calls'] }],
        ['an unknown metric', { quantiles: { metric: 'rest' as 'ttftMs', at: [0.5] } }],
        ['a quantile beyond 1', { quantiles: { metric: 'ttftMs', at: [95] } }],
        ['a bucket of no minutes', { bucketMs: 59_999 }],
        ['a top of none', { top: { by: 'calls', limit: 0 } }],
        ['a top by what is unknown', { top: { by: 'x' as 'calls', limit: 1 } }],
      ])('%s is refused', async (_, parts) => {
        await expect(store.aggregate('default', { ...ALL, by: [], measures: ['calls'], ...parts })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
      })
    })

    describe('outcomes of tasks', () => {
      const asked = { ...ALL, by: ['user'], score: 'done', success: { above: 0 }, limit: 10 } as const

      it('a task is a trace or a call alone; each counts once in a group, with what it cost there', async () => {
        await add(inTrace('a', 'ann', '2000000000', 't1'), inTrace('b', 'ann', '1000000000', 't1'), inTrace('c', 'bob', '5000000000', 't1'), call('d', 'ann', '4000000000'), inTrace('e', null, '7', 't2'), anObservation({ id: 'tool', kind: 'tool', billable: false, attribution: { user: 'ann', traceId: 't3' } }))
        await judge(done({ id: '1', traceId: 't1', value: 1 }), done({ id: '2', observationId: 'd', value: 0 }))
        expect(await store.outcomes('default', asked)).toEqual([
          { group: ['ann'], all: { tasks: 2, nanoUsd: '7000000000', squares: 25 }, judged: { tasks: 2, nanoUsd: '7000000000', squares: 25 }, succeeded: { tasks: 1, nanoUsd: '3000000000', squares: 9 } },
          { group: ['bob'], all: { tasks: 1, nanoUsd: '5000000000', squares: 25 }, judged: { tasks: 1, nanoUsd: '5000000000', squares: 25 }, succeeded: { tasks: 1, nanoUsd: '5000000000', squares: 25 } },
          { group: [null], all: { tasks: 1, nanoUsd: '7', squares: expect.closeTo(4.9e-17, 20) }, judged: { tasks: 0, nanoUsd: '0', squares: 0 }, succeeded: { tasks: 0, nanoUsd: '0', squares: 0 } },
        ])
        expect((await store.outcomes('default', { ...asked, limit: 1 })).map(({ group }) => group)).toEqual([['ann']])
        expect(await store.outcomes('default', { ...asked, by: [] })).toMatchObject([{ group: [], all: { tasks: 3, nanoUsd: '12000000007' }, judged: { tasks: 2 }, succeeded: { tasks: 1, nanoUsd: '8000000000' } }])
      })

      it('the last score of a task counts, on a step of it too; other names, tenants and sessions judge nothing', async () => {
        await add(inTrace('a', 'ann', '1', 't1'), { ...inTrace('root', 'ann', '1', 't1'), kind: 'agent', billable: false }, call('alone', 'ann', '1', { attribution: { session: 's' } }))
        await judge(done({ id: '1', traceId: 't1', at: T0 + 1, value: 1 }), done({ id: '2', observationId: 'root', at: T0 + 2, value: 0 }), done({ id: '3', sessionId: 's' }), done({ id: '4', observationId: 'nowhere' }), aScore({ id: '5', observationId: 'alone' }), done({ id: '6', tenant: 'other', observationId: 'alone' }))
        expect(await store.outcomes('default', asked)).toMatchObject([{ all: { tasks: 2 }, judged: { tasks: 1 }, succeeded: { tasks: 0 } }])
        await judge(done({ id: '7', traceId: 't1', at: T0 + 2, value: 1 }))
        expect(await store.outcomes('default', asked)).toMatchObject([{ judged: { tasks: 1 }, succeeded: { tasks: 1 } }])
      })

      it.each<[string, OutcomeQuery['success'], number]>([
        ['a value above', { above: 0.5 }, 2],
        ['a value of at least', { atLeast: 0.5 }, 3],
        ['a label', { label: "so 'lved" }, 1],
      ])('%s is a success', async (_, success, count) => {
        const values = [{ value: 0.5 }, { value: 0.7 }, { value: 1, label: "so 'lved" }, { value: null, label: 'lost' }, { value: -1 }]
        await add(...values.map((__, n) => call(`c${n}`, 'ann', '1')))
        await judge(...values.map((value, n) => done({ id: `s${n}`, observationId: `c${n}`, ...value })))
        expect(await store.outcomes('default', { ...asked, success })).toMatchObject([{ judged: { tasks: 5 }, succeeded: { tasks: count } }])
      })

      it('a trace and a call of the same id are two tasks', async () => {
        await add(inTrace('x', 'ann', '1', 'same'), call('same', 'ann', '1'))
        await judge(done({ observationId: 'same', value: 1 }))
        expect(await store.outcomes('default', asked)).toMatchObject([{ all: { tasks: 2 }, judged: { tasks: 1 } }])
      })

      it('of nothing are nothing', async () => {
        expect(await store.outcomes('default', asked)).toEqual([])
        expect(await store.outcomes('default', { ...asked, by: [] })).toEqual([{ group: [], ...Object.fromEntries(['all', 'judged', 'succeeded'].map((name) => [name, { tasks: 0, nanoUsd: '0', squares: 0 }])) }])
      })

      it.each<[string, Partial<OutcomeQuery>]>([
        ['no name', { score: '' }],
        ['a limit that is no number', { success: { above: Number.NaN } }],
        ['three dimensions', { by: ['user', 'key', 'pool'] }],
        ['none of the groups', { limit: 0 }],
      ])('%s is refused', async (_, parts) => {
        await expect(store.outcomes('default', { ...asked, ...parts })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
      })
    })

    it('the use of pools is by tenant, of what is billable and in the time', async () => {
      await add(anObservation({ id: '1' }), anObservation({ id: '2', cost: { nanoUsd: '5' } }), anObservation({ id: '3', tenant: 'other' }), anObservation({ id: '4', pool: 'spill' }), anObservation({ id: '5', pool: 'elsewhere' }), anObservation({ id: '6', startedAt: T0 - 1 }), anObservation({ id: '7', kind: 'tool', billable: false }))
      await store.seal(T0 + 2 * DAY)
      expect(await store.poolUse({ from: T0, until: T0 + 1, pools: ['floor', 'spill', "no'ne"] })).toEqual([
        { tenant: 'default', pool: 'floor', nanoUsd: '1500005' },
        { tenant: 'default', pool: 'spill', nanoUsd: '1500000' },
        { tenant: 'other', pool: 'floor', nanoUsd: '1500000' },
      ])
      expect(await store.poolUse({ ...ALL, pools: [] })).toEqual([])
      await expect(store.poolUse({ from: 2, until: 1, pools: [] })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID' })
    })

    it('a distribution has a bar a bucket, zero apart', async () => {
      await add(...[0, 0, 10, 10.01, 500].map((ttftMs, n) => anObservation({ id: `c${n}`, ttftMs })), anObservation({ id: 'none', ttftMs: null }))
      const bars = await store.distribution('default', { ...ALL, metric: 'ttftMs' })
      expect(bars.map(({ calls }) => calls)).toEqual([2, 2, 1])
      expect(bars[0]!.value).toBe(0)
      expect(Math.abs(bars[2]!.value / 500 - 1)).toBeLessThanOrEqual(0.0101)
    })

    describe('sealing and forgetting', () => {
      it('a sealed day answers as before, takes what comes late, and still knows what it has', async () => {
        await add(day(0), day(1), day(2))
        await store.seal(T0 + 2 * DAY)
        expect(await ids()).toEqual(['day-2', 'day-1', 'day-0'])
        expect(await add(day(0), { ...day(0), id: 'late' })).toMatchObject({ added: 1, repeated: 1 })
        expect(await add({ ...day(1), status: 201 })).toMatchObject({ replaced: 1 })
        expect(await total()).toEqual({ calls: 4, costNanoUsd: '6000000' })
        await store.seal(T0 + 2 * DAY)
        await store.seal(T0 + 2 * DAY)
        expect((await store.trace('default', 't0'))!.observations).toEqual([day(0), { ...day(0), id: 'late' }])
        expect(await store.observation('default', 'day-1')).toEqual({ ...day(1), status: 201 })
        expect(await store.aggregate('default', { ...ALL, by: ['tag:team'], bucketMs: DAY, measures: ['calls'] })).toMatchObject([2, 1, 1].map((calls) => ({ group: ['core'], values: { calls } })))
        expect((await store.stats()).observations).toBe(4)
      })

      it('what is older goes, sealed or not, with its scores; the rest stays', async () => {
        await add(day(0), day(1), day(2), day(3))
        await judge(aScore({ traceId: 't0', at: T0 }), aScore({ id: 'kept', traceId: 't3', at: T0 + 3 * DAY }))
        await store.seal(T0 + DAY)
        const midnight = Math.floor((T0 + 2 * DAY) / DAY) * DAY
        await store.retain(midnight)
        expect(await ids()).toEqual(['day-3', 'day-2'])
        expect(await store.trace('default', 't0')).toBeNull()
        expect(await store.stats()).toMatchObject({ observations: 2, scores: 1, position: 20 })
        await store.retain(midnight)
        expect(await ids()).toEqual(['day-3', 'day-2'])
      })
    })

    it('after closing says so', async () => {
      await store.close()
      await expect(store.position()).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' })
      await expect(add(anObservation())).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' })
    })

    it('answers as the plainest store does, whatever comes in whatever batches', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step(), { maxLength: 6 }), fc.array(aggregateQuery(), { minLength: 1, maxLength: 4 }), async (steps, queries) => {
          const [own, plain] = [await open(), memoryTelemetry()]
          try {
            for (const [index, { observations, scores, seal }] of steps.entries()) {
              const batch = { observations, scores, at: index + 1 }
              expect(await own.append(batch)).toEqual(await plain.append(batch))
              if (seal) await own.seal(T0 + 2 * DAY)
            }
            for (const tenant of TENANTS) {
              for (const query of queries) {
                expect(await own.aggregate(tenant, query)).toEqual(await plain.aggregate(tenant, query))
                const tasks = { from: query.from, until: query.until, by: query.by, ...(query.where === undefined ? {} : { where: query.where }), score: 'thumb', success: { above: 0 }, limit: 50 } as const
                expect(rounded(await own.outcomes(tenant, tasks))).toEqual(rounded(await plain.outcomes(tenant, tasks)))
              }
              const page = { ...queries[0]!, limit: 7 }
              expect(await own.calls(tenant, page)).toEqual(await plain.calls(tenant, page))
              const scan = { ...ALL, limit: 5, after: { at: T0 + 1, id: 'c' } }
              expect(await own.scan(tenant, scan)).toEqual(await plain.scan(tenant, scan))
              expect(await own.scores(tenant, scan)).toEqual(await plain.scores(tenant, scan))
              expect(await own.distribution(tenant, { ...ALL, metric: 'costNanoUsd' })).toEqual(await plain.distribution(tenant, { ...ALL, metric: 'costNanoUsd' }))
              for (const trace of TRACES) expect(await own.trace(tenant, trace)).toEqual(await plain.trace(tenant, trace))
            }
            const { bytes: _, sealedDays: __, ...stats } = await own.stats()
            expect(await plain.stats()).toMatchObject(stats)
          } finally {
            await own.close()
          }
        }),
        // Opening stores is slow: a failure is shown as found, not shrunk.
        { numRuns: runs, endOnFailure: true },
      )
    })
  })
}

async function scanned(store: TelemetryStore, limit: number): Promise<string[][]> {
  const pages: string[][] = []
  for (let after: { at: number; id: string } | undefined; ; ) {
    const page = await store.scan('default', { ...ALL, limit, ...(after === undefined ? {} : { after }) })
    pages.push(page.map(({ id }) => id))
    if (page.length < limit) return pages
    after = { at: page.at(-1)!.startedAt, id: page.at(-1)!.id }
  }
}

const TENANTS = ['a', 'b']
const TRACES = ['t1', 't2']

interface Step {
  readonly observations: Observation[]
  readonly scores: Score[]
  readonly seal: boolean
}

/** Few ids, response ids and traces, so that they meet. */
function step(): fc.Arbitrary<Step> {
  const observation = fc
    .record({
      tenant: fc.constantFrom(...TENANTS),
      id: fc.constantFrom(...'abcdefgh'),
      source: fc.constantFrom<Observation['source']>('gateway', 'otlp', 'langfuse'),
      kind: fc.constantFrom<Observation['kind']>('inference', 'inference', 'embedding', 'agent'),
      responseId: maybe('r1', 'r2'),
      startedAt: fc.constantFrom(0, 1, HOUR - 1, HOUR, HOUR + 1, DAY, 3 * DAY).map((after) => T0 + after),
      ttftMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      usage: fc.record({ inputUncached: fc.nat(100_000), output: fc.nat(9) }),
      outcome: fc.constantFrom<Observation['outcome']>('ok', 'client-aborted', 'killed'),
      billable: fc.boolean(),
      who: fc.record({ user: maybe('ann', 'bob'), prompt: maybe('p'), promptVersion: maybe('1', '2'), traceId: maybe(...TRACES), parentSpanId: maybe('s'), tags: fc.constantFrom<Record<string, string>>({}, { team: 'x' }, { team: 'y', env: '' }) }),
      nanoUsd: fc.bigInt({ min: -10n, max: 10n ** 15n }).map(String),
    })
    .map(({ who, nanoUsd, ...parts }) => anObservation({ ...parts, attribution: who, cost: { nanoUsd } }))
  const score = fc.record({ tenant: fc.constantFrom(...TENANTS), id: fc.constantFrom(...'xyz'), value: fc.constantFrom(0, 1), traceId: maybe(...TRACES), observationId: maybe(...'abcdefgh'), at: fc.constantFrom(T0, T0 + 1) }).map(aScore)
  return fc.record({ observations: fc.array(observation, { maxLength: 12 }), scores: fc.array(score, { maxLength: 4 }), seal: fc.boolean() })
}

function aggregateQuery(): fc.Arbitrary<AggregateQuery> {
  const dimension = fc.constantFrom<Dimension>(...DIMENSIONS, 'tag:team', 'tag:env')
  return fc.record(
    {
      from: fc.constant(ALL.from),
      until: fc.constantFrom(T0 + 1, T0 + HOUR, ALL.until),
      by: fc.uniqueArray(dimension, { maxLength: 2 }),
      bucketMs: fc.constantFrom(60_000, HOUR, DAY),
      measures: fc.uniqueArray(fc.constantFrom(...MEASURES)),
      quantiles: fc.record({ metric: fc.constantFrom(...METRICS), at: fc.constant([0, 0.3, 0.5, 0.95, 1]) }),
      where: fc.record({ user: fc.subarray<string | null>(['ann', 'bob', null]) }),
      top: fc.record({ by: fc.constantFrom(...MEASURES), limit: fc.integer({ min: 1, max: 5 }) }),
    },
    { requiredKeys: ['from', 'until', 'by', 'measures'] },
  )
}

const short = (sums: OutcomeRow['all']) => ({ ...sums, squares: sums.squares.toPrecision(9) })

/** Sums of squares are of doubles: their last digits depend on the order. */
function rounded(rows: readonly OutcomeRow[]): unknown {
  return rows.map(({ group, all, judged, succeeded }) => ({ group, all: short(all), judged: short(judged), succeeded: short(succeeded) }))
}

function maybe<T>(...values: readonly T[]): fc.Arbitrary<T | null> {
  return fc.constantFrom(...values, null)
}

function day(n: number): Observation {
  return anObservation({ id: `day-${n}`, startedAt: T0 + n * DAY, attribution: { traceId: `t${n}`, tags: { team: 'core' } } })
}
