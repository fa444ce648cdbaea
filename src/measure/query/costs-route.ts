import Type, { type Static } from 'typebox'
import { usdText } from '../../core/catalog/usd-text.ts'
import type { AggregateRow, Dimension, Measure, Selection } from '../../store/telemetry.ts'
import { QueryError } from './query-error.ts'
import { type Asking, route } from './route.ts'
import { BUCKET, BY, dimensionsOf, FILTERS, selectionOf, TIME, widthOf } from './selection.ts'
import { count, isoTime, list, nano, numberOrNull, orNull, textOrNull, time, usd } from './shapes.ts'
import { SUCCESS, SUCCESS_FIGURES, successes } from './success.ts'

const TOP = 20
const MOST_GROUPS = 1000
const COUNTS = ['calls', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'failed', 'aborted', 'incompleteCost'] as const
const MEASURES: readonly Measure[] = ['costNanoUsd', ...COUNTS]
const ORDERS: Readonly<Record<'cost' | 'calls' | 'input' | 'output' | 'failed', Measure>> = { cost: 'costNanoUsd', calls: 'calls', input: 'inputTokens', output: 'outputTokens', failed: 'failed' }

const FIGURES = {
  at: orNull(time('start of the time bucket; null without one')),
  costUsd: usd('the cost'),
  costNanoUsd: nano('the cost'),
  share: numberOrNull('of the cost of all, 0 to 1'),
  calls: count('calls'),
  inputTokens: count('all prompt tokens'),
  cacheReadTokens: count('prompt tokens read from a cache'),
  cacheWriteTokens: count('prompt tokens written to a cache'),
  outputTokens: count('all tokens of answers'),
  reasoningTokens: count('of these: reasoning'),
  failed: count('calls that failed'),
  aborted: count('calls whose client went away'),
  incompleteCost: count('calls whose cost is estimated, partial or unknown'),
}
const FIGURES_OF_ALL = Type.Object(FIGURES)
type Figures = Static<typeof FIGURES_OF_ALL>

export const costsRoute = route({
  path: '/api/v1/costs',
  summary: 'Cost, calls and tokens by one or two dimensions, over time',
  query: Type.Object({
    ...TIME,
    ...FILTERS,
    by: BY,
    bucket: BUCKET,
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_GROUPS, description: `how many groups, the largest first; the rest is summed up in "other": a whole number from 1 to ${MOST_GROUPS} (default: ${TOP})` })),
    ...SUCCESS,
    order: Type.Optional(Type.Enum(['cost', 'calls', 'input', 'output', 'failed'], { description: 'what the largest is by: one of cost, calls, input, output, failed (default: cost)' })),
  }),
  answer: Type.Object({
    from: time('the start'),
    to: time('the end, which is not in it'),
    by: list(Type.String(), 'the dimensions'),
    rows: list(Type.Object({ group: list(textOrNull('a value'), 'a value for each dimension'), ...FIGURES, success: orNull(SUCCESS_FIGURES) }), 'the groups, by time; at a time the largest of all times first'),
    other: list(FIGURES_OF_ALL, 'all that is in no row, by time'),
    total: list(FIGURES_OF_ALL, 'everything, by time'),
    success: orNull(SUCCESS_FIGURES),
  }),
  handle: async (query, asking) => {
    const selection = selectionOf(query, asking.now)
    const by = dimensionsOf(query.by)
    if (query.success !== undefined && query.bucket !== undefined) throw new QueryError('invalid_parameter', 'Cost per success has no time buckets: leave out bucket, or success.', 'bucket')
    const { rows, other, total } = await costs(asking, { selection, by, bucketMs: widthOf(query.bucket, selection), top: query.top ?? TOP, order: ORDERS[query.order ?? 'cost'] })
    const judged = query.success === undefined ? null : await successes(asking, { selection, by, success: query.success, unjudged: query.unjudged ?? 'ignore' }, rows.map(({ group }) => group))
    const totals = new Map(total.map((sums) => [sums.at, sums]))
    return {
      from: isoTime(selection.from),
      to: isoTime(selection.until),
      by: [...by],
      rows: rows.map((row) => Object.assign(figuresOf(row, totals.get(row.at)), { group: [...row.group], success: judged?.of(row.group) ?? null })),
      other: other.map((row) => figuresOf(row, totals.get(row.at))),
      total: total.map((row) => figuresOf(row, row)),
      success: judged?.all ?? null,
    }
  },
})

interface CostQuery {
  readonly selection: Selection
  readonly by: readonly Dimension[]
  readonly bucketMs: number | undefined
  readonly top: number
  readonly order: Measure
}

type Sums = Pick<AggregateRow, 'at' | 'values'>

/** All from one look at the store, so that the parts are the whole. */
async function costs({ store, tenant }: Asking, { selection, by, bucketMs, top, order }: CostQuery): Promise<{ readonly rows: readonly (Sums & { readonly group: AggregateRow['group'] })[]; readonly other: readonly Sums[]; readonly total: readonly Sums[] }> {
  const query = { ...selection, measures: MEASURES, ...(bucketMs === undefined ? {} : { bucketMs }) }
  if (by.length === 0) return { rows: [], other: [], total: await store.aggregate(tenant, { ...query, by: [] }) }
  const found = await store.breakdown(tenant, { ...query, by, top: { by: order, limit: top } })
  const rows = found.flatMap(({ group, ...sums }) => (group === null ? [] : [{ ...sums, group }]))
  const times = Map.groupBy(found, ({ at }) => at)
  if (bucketMs === undefined && !times.has(null)) times.set(null, [])
  return { rows, other: [...times].map(([at, parts]) => sumOf(at, parts.filter(({ group }) => group === null))), total: [...times].map(([at, parts]) => sumOf(at, parts)) }
}

/** Of no rows, zero. */
function sumOf(at: number | null, rows: readonly Sums[]): Sums {
  return { at, values: Object.fromEntries(MEASURES.map((measure) => [measure, String(rows.reduce((sum, { values }) => sum + BigInt(values[measure]!), 0n))])) }
}

function figuresOf({ at, values }: Sums, total: Sums | undefined): Figures {
  const nanoUsd = BigInt(values.costNanoUsd!)
  const all = BigInt(total?.values.costNanoUsd ?? 0)
  return {
    at: at === null ? null : isoTime(at),
    costUsd: usdText(nanoUsd),
    costNanoUsd: String(nanoUsd),
    share: all > 0n ? Number(nanoUsd) / Number(all) : null,
    ...(Object.fromEntries(COUNTS.map((name) => [name, Number(values[name])])) as Record<(typeof COUNTS)[number], number>),
  }
}
