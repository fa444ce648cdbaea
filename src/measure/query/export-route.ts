import { writeFile } from 'node:fs/promises'
import Type from 'typebox'
import type { Dimension, Measure, Selection } from '../../store/telemetry.ts'
import { type FocusCharge, focusCsv } from './focus-csv.ts'
import { QueryError } from './query-error.ts'
import { type Asking, fileRoute } from './route.ts'
import { FILTERS, selectionOf, TIME } from './selection.ts'

/** Rows of a file. */
const MOST = 1_000_000
const DAY_MS = 86_400_000
const TYPES = { csv: 'text/csv; charset=utf-8', parquet: 'application/vnd.apache.parquet', focus: 'text/csv; charset=utf-8' } as const
const MEASURES: readonly Measure[] = ['costNanoUsd', 'calls', 'inputTokens', 'cacheReadTokens', 'outputTokens', 'incompleteCost']

export const exportRoute = fileRoute({
  path: '/api/v1/export',
  summary: `Calls as a CSV or Parquet file (at most ${MOST} rows), or charges by day and model in the columns of FOCUS`,
  query: Type.Object({ ...TIME, ...FILTERS, format: Type.Optional(Type.Enum(['csv', 'parquet', 'focus'], { description: 'one of csv, parquet, focus (default: csv)' })) }),
  handle: async (query, asking) => {
    const { exports, store, tenant, now } = asking
    const { format = 'csv' } = query
    const selection = selectionOf(query, now)
    if (exports === null) throw new QueryError('telemetry_unavailable', 'This store cannot export.')
    const file = exports.file()
    const name = `spillway-${format === 'focus' ? 'focus' : 'calls'}-${dayOf(selection.from)}-${dayOf(selection.until)}.${format === 'parquet' ? 'parquet' : 'csv'}`
    if (format === 'focus') await writeFile(file, focusCsv(await charges(asking, selection), tenant), { mode: 0o600 })
    else {
      const [row] = await store.aggregate(tenant, { ...selection, by: [], measures: ['calls'] })
      // Refused rather than cut: who adds it up must not miss any.
      if (Number(row!.values.calls) > MOST) throw new QueryError('answer_too_large', `These are ${row!.values.calls} calls, and a file has at most ${MOST}: give a shorter time or a filter.`)
      await exports.calls(tenant, { ...selection, limit: MOST, billableOnly: true }, format, file)
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
