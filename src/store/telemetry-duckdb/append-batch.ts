import { BIGINT, BOOLEAN, UINTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api'
import type { Score } from '../../core/observation.ts'
import type { AppendResult, TelemetryBatch } from '../telemetry.ts'
import { scoreProblem } from '../telemetry/row-problem.ts'
import { FILLED } from '../telemetry/same-call.ts'
import { OBSERVATION_COLUMNS, rowOf, SCORE_COLUMNS, type Column } from './columns.ts'
import { inTransaction, rowsOf, type Database } from './database.ts'
import { insertRows } from './insert-rows.ts'
import { resolveBatch, type Resolved } from './resolve-batch.ts'
import { dayOf, type SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'
import { textKey } from './text-key.ts'

type Change = Resolved['changed'][number]

const traceOf = ({ view }: Change): string | null => view.filled[FILLED.indexOf('traceId')]!

const CHANGE_COLUMNS: readonly Column<Change>[] = [
  { name: 'row_id', type: BIGINT, of: ({ stored }) => stored.rowId },
  { name: 'billable', type: BOOLEAN, of: ({ view }) => view.billable },
  ...FILLED.map((field, index): Column<Change> => ({ name: field, type: VARCHAR, of: ({ view }) => view.filled[index]! })),
  {
    name: 'trace_key',
    type: UINTEGER,
    of: (change) => {
      const trace = traceOf(change)
      return trace === null ? null : textKey(trace)
    },
  },
]

const NOTHING: AppendResult = { added: 0, repeated: 0, conflicts: 0, merged: 0, refused: 0 }

/** The batch changes days that are sealed: they have to be unsealed first. */
export class DaysAreSealed {
  readonly days: readonly number[]

  constructor(days: readonly number[]) {
    this.days = days
  }
}

/** Writes a batch and its position in one transaction. Where a second view changes a sealed day, nothing is written. */
export async function appendBatch({ writer }: Database, days: SealedDays, seen: SeenIds, { observations, scores, at }: TelemetryBatch): Promise<AppendResult | DaysAreSealed> {
  const [loaded] = await rowsOf(writer, 'SELECT position FROM loaded')
  if (at <= Number(loaded!['position'])) return NOTHING
  const { fresh, changed, result } = await resolveBatch(writer, days, seen, observations)
  const shut = new Set(changed.filter(({ stored }) => stored.rowId === null).map(({ stored }) => dayOf(stored.observation.startedAt)))
  if (shut.size > 0) return new DaysAreSealed([...shut])
  const sound = scores.filter((score) => scoreProblem(score) === null)
  await inTransaction(writer, async () => {
    await insertRows(writer, 'observations', OBSERVATION_COLUMNS, fresh.map(rowOf))
    await applyChanges(writer, changed)
    await putScores(writer, seen, sound)
    await writer.run(`UPDATE loaded SET position = $1, repeated = repeated + ${result.repeated}, conflicts = conflicts + ${result.conflicts}, merged = merged + ${result.merged}`, [BigInt(at)])
  })
  // Only what is committed has been seen.
  for (const { tenant, id } of fresh) seen.add(...idDigest('observations', tenant, id))
  for (const { tenant, id } of sound) seen.add(...idDigest('scores', tenant, id))
  return { ...result, refused: result.refused + scores.length - sound.length }
}

async function applyChanges(writer: DuckDBConnection, changed: readonly Change[]): Promise<void> {
  if (changed.length === 0) return
  await writer.run(`CREATE OR REPLACE TEMP TABLE changes (${CHANGE_COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`)
  await insertRows(writer, 'changes', CHANGE_COLUMNS, changed)
  const starts = changed.map(({ stored }) => stored.observation.startedAt)
  const [from, until] = starts.reduce(([low, high], start) => [Math.min(low, start), Math.max(high, start)], [Infinity, -Infinity])
  await writer.run(
    `UPDATE observations AS o SET billable = c.billable, user_name = c."user", feature = c.feature, session = c.session, prompt = c.prompt, prompt_version = c."promptVersion",
      trace_id = c."traceId", trace_key = c.trace_key, parent_span_id = c."parentSpanId"
    FROM changes AS c WHERE o.rowid = c.row_id AND o.started_at >= ${from} AND o.started_at <= ${until}`,
  )
}

/** The last content of a score wins. */
async function putScores(writer: DuckDBConnection, seen: SeenIds, scores: readonly Score[]): Promise<void> {
  const last = new Map(scores.map((score) => [JSON.stringify([score.tenant, score.id]), score]))
  for (const { tenant, id } of last.values()) {
    if (seen.has(...idDigest('scores', tenant, id))) await writer.run(`DELETE FROM scores WHERE id_key = ${textKey(id)} AND tenant = $1 AND id = $2`, [tenant, id])
  }
  await insertRows(writer, 'scores', SCORE_COLUMNS, [...last.values()])
}
