import type { DuckDBConnection } from '@duckdb/node-api'
import type { Observation } from '../../core/observation.ts'
import { SAME_CALL_MS } from '../telemetry.ts'
import { findByIds, findByResponses, type StoredRow } from './lookup.ts'
import type { SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'

export interface Known {
  /** What the store has of the ids and of the response ids of a batch. */
  readonly known: readonly StoredRow[]
  /** Of the ids that the store has not seen: to be added to those seen once they are committed. */
  readonly unseen: readonly (readonly [low: number, high: number])[]
}

export async function findKnown(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, batch: readonly Observation[]): Promise<Known> {
  const unseen: (readonly [number, number])[] = []
  const suspects = new Set<string>()
  for (const { tenant, id } of batch) {
    const digest = idDigest('observations', tenant, id)
    if (seen.has(...digest)) suspects.add(id)
    else unseen.push(digest)
  }
  const known = suspects.size === 0 ? [] : await findByIds(connection, days, suspects)
  const answered = batch.filter(({ responseId, tenant, source }) => responseId !== null && seen.hasSide(tenant, source !== 'gateway'))
  return { known: [...known, ...(await findViews(connection, days, answered))], unseen }
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
