import { BIGINT, DOUBLE, LIST, listValue, type DuckDBConnection } from '@duckdb/node-api'
import type { Score } from '../../core/observation.ts'
import type { AppendResult, TelemetryBatch } from '../telemetry.ts'
import { resolveBatch } from '../telemetry/resolve-batch.ts'
import { rowProblem, scoreProblem } from '../telemetry/row-problem.ts'
import { OBSERVATION_COLUMNS, rowOf, SCORE_COLUMNS } from './columns.ts'
import { inTransaction, rowsOf, type Database } from './database.ts'
import { findKnown } from './find-known.ts'
import { insertRows } from './insert-rows.ts'
import type { StoredRow } from './lookup.ts'
import { dayOf, type SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'
import { textKey } from '../telemetry/text-key.ts'

const NOTHING: AppendResult = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: 0 }

/** The batch changes days that are sealed: they have to be unsealed first. */
export class DaysAreSealed {
  readonly days: readonly number[]

  constructor(days: readonly number[]) {
    this.days = days
  }
}

/** Writes a batch and its position in one transaction. Where it changes rows of a sealed day, nothing is written. */
export async function appendBatch({ writer }: Database, days: SealedDays, seen: SeenIds, { observations, scores, at }: TelemetryBatch): Promise<AppendResult | DaysAreSealed> {
  const [loaded] = await rowsOf(writer, 'SELECT position FROM loaded')
  if (at <= Number(loaded!['position'])) return NOTHING
  const sound = observations.filter((observation) => rowProblem(observation) === null)
  const { known, unseen } = await findKnown(writer, days, seen, sound)
  const { fresh, changed, result } = resolveBatch(sound, known)
  const shut = new Set(changed.filter(({ stored }) => stored.rowId === null).map(({ stored }) => dayOf(stored.observation.startedAt)))
  if (shut.size > 0) return new DaysAreSealed([...shut])
  const judged = scores.filter((score) => scoreProblem(score) === null)
  await inTransaction(writer, async () => {
    await removeRows(writer, changed.map(({ stored }) => stored))
    await insertRows(writer, 'observations', OBSERVATION_COLUMNS, [...fresh, ...changed.map(({ observation }) => observation)].map(rowOf))
    await putScores(writer, seen, judged)
    await writer.run(`UPDATE loaded SET position = $1, repeated = repeated + ${result.repeated}, replaced = replaced + ${result.replaced}, merged = merged + ${result.merged}`, [BigInt(at)])
  })
  // Only what is committed has been seen.
  for (const digest of unseen) seen.add(...digest)
  for (const { tenant, source, responseId } of sound) if (responseId !== null) seen.addSide(tenant, source === 'gateway')
  for (const { tenant, id } of judged) seen.add(...idDigest('scores', tenant, id))
  return { ...result, refused: observations.length - sound.length + scores.length - judged.length }
}

/** The time bounds spare the scan of rows that cannot be among them. */
async function removeRows(writer: DuckDBConnection, rows: readonly StoredRow[]): Promise<void> {
  if (rows.length === 0) return
  let [from, until] = [Infinity, -Infinity]
  for (const { observation } of rows) [from, until] = [Math.min(from, observation.startedAt), Math.max(until, observation.startedAt)]
  await writer.run('DELETE FROM observations WHERE rowid IN (SELECT unnest($1)) AND started_at >= $2 AND started_at <= $3', [listValue(rows.map(({ rowId }) => rowId)), from, until], [LIST(BIGINT), DOUBLE, DOUBLE])
}

/** The last content of a score wins. */
async function putScores(writer: DuckDBConnection, seen: SeenIds, scores: readonly Score[]): Promise<void> {
  const last = new Map(scores.map((score) => [JSON.stringify([score.tenant, score.id]), score]))
  for (const { tenant, id } of last.values()) {
    if (seen.has(...idDigest('scores', tenant, id))) await writer.run(`DELETE FROM scores WHERE id_key = ${textKey(id)} AND tenant = $1 AND id = $2`, [tenant, id])
  }
  await insertRows(writer, 'scores', SCORE_COLUMNS, [...last.values()])
}
