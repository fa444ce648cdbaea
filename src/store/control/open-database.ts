import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SpillwayError } from '../../core/errors.ts'
import { MIGRATIONS } from './migrations.ts'

/** In the file's header, so that `file` and we can tell the database from any other: "SPWY". */
const APPLICATION_ID = 0x53505759

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED = new Set([11, 26])

/** Opens or creates the database, private to its owner, and brings it to the newest schema. Waits `busyMs` for other processes. */
export function openDatabase(file: string, busyMs: number): DatabaseSync {
  let database: DatabaseSync
  try {
    // SQLite gives its -wal and -shm files the mode of the database.
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
    database = new DatabaseSync(file, { timeout: busyMs })
  } catch (error) {
    throw unavailable(file, error)
  }
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF')
    migrate(database, file)
    return database
  } catch (error) {
    database.close()
    if (error instanceof SpillwayError) throw error
    if (!DAMAGED.has((error as { errcode?: number }).errcode ?? 0)) throw unavailable(file, error)
    throw new SpillwayError('CONTROL_NOT_OURS', `the control database cannot be used: ${messageOf(error)}`, 'Restore it from a backup, or move it away to start an empty one', { file }, { cause: error })
  }
}

function migrate(database: DatabaseSync, file: string): void {
  // Fast where there is nothing to do; checked again under the lock, since two processes may start at once.
  if (versionOf(database, file) === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = versionOf(database, file)
    for (const step of MIGRATIONS.slice(version)) database.exec(step)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function versionOf(database: DatabaseSync, file: string): number {
  const version = pragma(database, 'user_version')
  const owner = pragma(database, 'application_id')
  const empty = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()!['tables'] === 0
  if (owner !== APPLICATION_ID && !(empty && owner === 0)) throw new SpillwayError('CONTROL_NOT_OURS', 'the file is a database of another program', 'Name another data directory', { file })
  if (version > MIGRATIONS.length) {
    throw new SpillwayError('CONTROL_SCHEMA_NEWER', `the control database has schema ${version}, and this Spillway knows ${MIGRATIONS.length}`, 'Run the newer Spillway that wrote it, or restore the backup from before the upgrade', { file })
  }
  return version
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()![name])
}

function unavailable(file: string, cause: unknown): SpillwayError {
  return new SpillwayError('CONTROL_UNAVAILABLE', `the control database cannot be opened: ${messageOf(cause)}`, 'Check the data directory, its permissions and other processes that use the file', { file }, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
