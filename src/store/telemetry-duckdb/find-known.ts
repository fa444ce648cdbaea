import type { DuckDBConnection } from '@duckdb/node-api'
import type { Observation } from '../../core/observation.ts'
import { SAME_CALL_MS } from '../telemetry.ts'
import { findByIds, findByResponses, type StoredRow } from './lookup.ts'
import type { SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'

/** What the store has of the ids and of the response ids of a batch. */
export async function findKnown(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, batch: readonly Observation[]): Promise<StoredRow[]> {
  const suspects = batch.filter(({ tenant, id }) => seen.has(...idDigest('observations', tenant, id)))
  const known = suspects.length === 0 ? [] : await findByIds(connection, days, new Set(suspects.map(({ id }) => id)))
  const answered = batch.filter(({ responseId, tenant, source }) => responseId !== null && seen.hasSide(tenant, source !== 'gateway'))
  return [...known, ...(await findViews(connection, days, answered))]
}

/** Views are looked for by response id and time, in groups of neighboring days: a batch of long ago and now would read all between. */
async function findViews(connection: DuckDBConnection, days: SealedDays, answered: readonly Observation[]): Promise<StoredRow[]> {
  const found: StoredRow[] = []
  for (const group of Map.groupBy(answered, ({ startedAt }) => Math.floor(startedAt / SAME_CALL_MS / 24)).values()) {
    let [from, until] = [Infinity, -Infinity]
    for (const { startedAt } of group) [from, until] = [Math.min(from, startedAt), Math.max(until, startedAt)]
    found.push(...(await findByResponses(connection, days, new Set(group.map(({ responseId }) => responseId!)), from - SAME_CALL_MS, until + SAME_CALL_MS)))
  }
  return found
}
