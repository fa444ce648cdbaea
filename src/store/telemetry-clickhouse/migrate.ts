import { SpillwayError } from '../../core/errors.ts'
import { MIGRATIONS } from './migrations.ts'
import type { Server } from './server.ts'

/** The oldest that has everything that is used: the long-term release of the year before. */
const OLDEST = [25, 8] as const

/**
 * Brings the database to the newest schema. Several may do so at once: each statement does nothing where it has been done.
 * Throws TELEMETRY_VERSION_UNSUPPORTED, TELEMETRY_SCHEMA_NEWER.
 */
export async function migrate(server: Server): Promise<void> {
  const [said] = await server.rows({ sql: 'SELECT version() AS version', params: {} })
  checkVersion(String(said!['version']), server.place)
  await server.run({ sql: 'CREATE TABLE IF NOT EXISTS schema_version (version UInt32) ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1', params: {} })
  const [row] = await server.rows({ sql: 'SELECT max(version) AS version FROM schema_version', params: {} })
  const version = row!['version'] as number
  if (version > MIGRATIONS.length) {
    throw new SpillwayError('TELEMETRY_SCHEMA_NEWER', `the telemetry database has schema ${version}, and this Spillway knows ${MIGRATIONS.length}`, 'Run the newer Spillway that wrote it, or name another database: a new one is loaded from the journal', { file: server.place })
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue
    for (const sql of statements) await server.run({ sql, params: {} })
    await server.insert('schema_version', { version: index + 1 }, `schema ${index + 1}`)
  }
}

export function checkVersion(version: string, place: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  throw new SpillwayError('TELEMETRY_VERSION_UNSUPPORTED', `ClickHouse is version ${version}, and ${OLDEST.join('.')} or newer is needed`, 'Upgrade the server', { file: place })
}
