import Type from 'typebox'
import type { Metric } from '../../store/telemetry.ts'
import { nearestRank } from '../../store/telemetry/log-bucket.ts'
import { route } from './route.ts'
import { BUCKET, BY, dimensionsOf, FILTERS, selectionOf, TIME, widthOf } from './selection.ts'
import { count, isoTime, list, number, numberOrNull, orNull, textOrNull, time } from './shapes.ts'

const METRICS = { ttft: 'ttftMs', tpot: 'tpotMs', total: 'durationMs', queued: 'queuedMs', input: 'inputTokens', output: 'outputTokens', cost: 'costNanoUsd' } as const satisfies Readonly<Record<string, Metric>>
type MetricName = keyof typeof METRICS
const metric = Type.Optional(Type.Enum(Object.keys(METRICS) as MetricName[], { description: 'what: one of ttft, tpot, total, queued (ms), input, output (tokens), cost (nano-dollars) (default: ttft)' }))
const SHARES = [0.5, 0.9, 0.95, 0.99] as const
const QUANTILES = { p50: numberOrNull('the median'), p90: numberOrNull('90 % are at most this'), p95: numberOrNull('95 % are at most this'), p99: numberOrNull('99 % are at most this') }
const TOP = 20

export const latencyRoute = route({
  path: '/api/v1/latency',
  summary: 'Quantiles of times and sizes by one or two dimensions, over time; right within 1 %',
  query: Type.Object({ ...TIME, ...FILTERS, metric, by: BY, bucket: BUCKET, top: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: `the groups with the most calls, where there is no bucket: a whole number from 1 to 1000 (default: ${TOP})` })) }),
  answer: Type.Object({
    metric: Type.String({ description: 'what was measured' }),
    by: list(Type.String(), 'the dimensions'),
    rows: list(Type.Object({ at: orNull(time('start of the time bucket; null without one')), group: list(textOrNull('a value'), 'a value for each dimension'), calls: count('calls, measured or not'), ...QUANTILES }), 'the groups, the most calls first, or by time'),
  }),
  handle: async (query, { store, tenant, now }) => {
    const name = query.metric ?? 'ttft'
    const selection = selectionOf(query, now)
    const by = dimensionsOf(query.by)
    const bucketMs = widthOf(query.bucket, selection)
    const rows = await store.aggregate(tenant, { ...selection, by, measures: ['calls'], quantiles: { metric: METRICS[name], at: SHARES }, ...(bucketMs === undefined ? { top: { by: 'calls', limit: query.top ?? TOP } } : { bucketMs }) })
    return {
      metric: name,
      by: [...by],
      rows: rows.map(({ at, group, values, quantiles: [p50 = null, p90 = null, p95 = null, p99 = null] }) => ({ at: at === null ? null : isoTime(at), group: [...group], calls: Number(values.calls), p50, p90, p95, p99 })),
    }
  },
})

export const distributionRoute = route({
  path: '/api/v1/distribution',
  summary: 'A histogram of times or sizes, with quantiles; right within 1 %',
  query: Type.Object({ ...TIME, ...FILTERS, metric }),
  answer: Type.Object({
    metric: Type.String({ description: 'what was measured' }),
    measured: count('calls that have it'),
    ...QUANTILES,
    bars: list(Type.Object({ value: number('stands for the values within 1 % of it'), calls: count('calls') }), 'in rising order; widths grow with the value'),
  }),
  handle: async (query, { store, tenant, now }) => {
    const name = query.metric ?? 'ttft'
    const bars = await store.distribution(tenant, { ...selectionOf(query, now), metric: METRICS[name] })
    const measured = bars.reduce((sum, { calls }) => sum + calls, 0)
    const quantile = (share: number): number | null => {
      let left = nearestRank(share, measured)
      return bars.find(({ calls }) => (left -= calls) < 0)?.value ?? null
    }
    const [p50, p90, p95, p99] = SHARES.map(quantile) as [number | null, number | null, number | null, number | null]
    return { metric: name, measured, p50, p90, p95, p99, bars: bars.map(({ value, calls }) => ({ value, calls })) }
  },
})
