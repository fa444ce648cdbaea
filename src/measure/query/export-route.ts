import { writeFile } from 'node:fs/promises'
import Type from 'typebox'
import type { Dimension, Measure, Selection } from '../../store/telemetry.ts'
import { type FocusCharge, focusCsv } from './focus-csv.ts'
import { QueryError } from './query-error.ts'
import { type Asking, fileRoute } from './route.ts'
import { FILTERS, selectionOf, TIME } from './selection.ts'

/** Rows of a file. */
const MOST = 1_000_000
/** Of the lean rows that a plan is made from. */
const MOST_REQUESTS = 5_000_000
const DAY_MS = 86_400_000
const TYPES = { csv: 'text/csv; charset=utf-8', parquet: 'application/vnd.apache.parquet', focus: 'text/csv; charset=utf-8', requests: 'application/jsonl' } as const
const ENDINGS = { csv: 'csv', parquet: 'parquet', focus: 'csv', requests: 'jsonl' } as const
const MEASURES: readonly Measure[] = ['costNanoUsd', 'calls', 'inputTokens', 'cacheReadTokens', 'outputTokens', 'incompleteCost']

export const exportRoute = fileRoute({
  path: '/api/v1/export',
  summary: `Calls as a CSV or Parquet file (at most ${MOST} rows), charges by day and model in the columns of FOCUS, or requests to plan on`,
  query: Type.Object({ ...TIME, ...FILTERS, format: Type.Optional(Type.Enum(['csv', 'parquet', 'focus', 'requests'], { description: 'one of csv, parquet, focus, requests (JSON lines of time, input, output and cached tokens, where they are known) (default: csv)' })) }),
  handle: async (query, asking) => {
    const { exports, store, tenant, now } = asking
    const { format = 'csv' } = query
    const selection = selectionOf(query, now)
    if (exports === null) throw new QueryError('telemetry_unavailable', 'This store cannot export.')
    const file = exports.file()
    const name = `spillway-${format === 'csv' || format === 'parquet' ? 'calls' : format}-${dayOf(selection.from)}-${dayOf(selection.until)}.${ENDINGS[format]}`
    if (format === 'focus') await writeFile(file, focusCsv(await charges(asking, selection), tenant), { mode: 0o600 })
    else {
      const [row] = await store.aggregate(tenant, { ...selection, by: [], measures: ['calls'] })
      const most = format === 'requests' ? MOST_REQUESTS : MOST
      // Refused rather than cut: who adds it up must not miss any.
      if (Number(row!.values.calls) > most) throw new QueryError('answer_too_large', `These are ${row!.values.calls} calls, and a file has at most ${most}: give a shorter time or a filter.`)
      await exports.calls(tenant, { ...selection, limit: most, billableOnly: true }, format, file)
    }
    return { file, type: TYPES[format], name }
  },
})

/** Pools know what the gateway served, providers what was reported from elsewhere. */
async function charges({ store, tenant }: Asking, selection: Selection): Promise<FocusCharge[]> {
  const asked = selection.where?.source
  const of = async (by: Dimension, sources: readonly string[]): Promise<FocusCharge[]> => {
    const source = asked === undefined ? sources : sources.filter((one) => asked.includes(one))
    const rows = await store.aggregate(tenant, { ...selection, where: { ...selection.where, source }, by: [by, 'modelAsked'], bucketMs: DAY_MS, measures: MEASURES })
    return rows.map((row) => ({ servedBy: row.group[0]!, isPool: by === 'pool', model: row.group[1]!, row }))
  }
  return [...(await of('pool', ['gateway'])), ...(await of('provider', ['otlp', 'langfuse', 'api']))]
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
