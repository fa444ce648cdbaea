import type { TelemetryStats } from '../telemetry.ts'
import type { Server, Statement } from './server.ts'

const DAY_MS = 86_400_000

/** Merges each day that ends at or before `before` (Unix ms) into one part: the least room, and nothing left to merge when it is asked. */
export async function mergeDaysBefore(server: Server, before: number): Promise<void> {
  for (const { day, parts } of await daysOf(server)) {
    if (day < dayOf(before) && parts > 1) await server.run(plain(`OPTIMIZE TABLE observations PARTITION ID '${day}' FINAL`), { upkeep: true })
  }
}

/** Drops the days that end at or before `before` (Unix ms), and the scores that were given before it. */
export async function deleteBefore(server: Server, before: number): Promise<void> {
  for (const { day } of await daysOf(server)) {
    if (day < dayOf(before)) await server.run(plain(`ALTER TABLE observations DROP PARTITION ID '${day}'`), { upkeep: true })
  }
  await deleteWhere(server, 'places', 'started_at < {before:Float64}', dayOf(before) * DAY_MS)
  // By its last content: an older one alone would come to life again.
  await deleteWhere(server, 'scores', '(tenant, id) IN (SELECT tenant, id FROM scores FINAL WHERE judged_at < {before:Float64})', before)
}

/** Lets the server drop what is older by itself. Changes the table only where it says otherwise. */
export async function forgetAfter(server: Server, days: number): Promise<void> {
  const ttl = `toDateTime(toUInt32(least(greatest(started_at / 1000, 0), 4294967295))) + toIntervalDay(${Math.ceil(days)})`
  const [table] = await server.rows(plain("SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = 'observations'"))
  if (String(table!['create_table_query']).includes(`TTL ${ttl} `)) return
  await server.run(plain(`ALTER TABLE observations MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`), { upkeep: true })
}

export async function countStored(server: Server): Promise<Pick<TelemetryStats, 'observations' | 'scores' | 'sealedDays' | 'bytes'>> {
  const [counts, days] = await Promise.all([
    server.rows(plain("SELECT (SELECT count() FROM observations FINAL WHERE NOT dead) AS observations, (SELECT count() FROM scores FINAL) AS scores, (SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active) AS bytes")),
    daysOf(server),
  ])
  const number = (name: string): number => Number(counts[0]![name])
  return { observations: number('observations'), scores: number('scores'), bytes: number('bytes'), sealedDays: days.filter(({ parts }) => parts === 1).length }
}

/** The days that are there (since 1970, oldest first), and in how many parts. */
async function daysOf(server: Server): Promise<{ readonly day: number; readonly parts: number }[]> {
  const rows = await server.rows(plain("SELECT toInt32(partition_id) AS day, count() AS parts FROM system.parts WHERE database = currentDatabase() AND table = 'observations' AND active GROUP BY day ORDER BY day"))
  return rows.map(({ day, parts }) => ({ day: day as number, parts: Number(parts) }))
}

/** Rewriting parts is dear: nothing is done where there is nothing. */
async function deleteWhere(server: Server, table: 'places' | 'scores', condition: string, before: number): Promise<void> {
  const params = { before }
  const [found] = await server.rows({ sql: `SELECT count() AS rows FROM ${table} WHERE ${condition}`, params })
  if (Number(found!['rows']) > 0) await server.run({ sql: `DELETE FROM ${table} WHERE ${condition}`, params }, { upkeep: true })
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

function plain(sql: string): Statement {
  return { sql, params: {} }
}
