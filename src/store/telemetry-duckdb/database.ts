import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { Row } from './columns.ts'
import { MIGRATIONS } from './migrations.ts'

export interface DatabaseOptions {
  /** A folder of its own; made where it is not there. */
  readonly folder: string
  /** MiB that DuckDB may use, at least 128: beyond it, it writes to the folder. Default 512. */
  readonly memoryMb?: number
  /** Default 2. */
  readonly threads?: number
}

export interface Database {
  readonly folder: string
  readonly writer: DuckDBConnection
  /** A connection each for queries that run at once. */
  readonly readers: readonly DuckDBConnection[]
  readonly close: () => void
}

const READERS = 2

/**
 * Opens or creates the database and brings it to the newest schema. DuckDB keeps other processes out, but not a second opening in
 * this one: there must be none. Throws TELEMETRY_LOCKED, TELEMETRY_SCHEMA_NEWER, TELEMETRY_UNAVAILABLE.
 */
export async function openDatabase({ folder, memoryMb = 512, threads = 2 }: DatabaseOptions): Promise<Database> {
  let instance: DuckDBInstance | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    instance = await DuckDBInstance.create(join(folder, 'telemetry.duckdb'), {
      threads: String(threads),
      memory_limit: `${memoryMb}MiB`,
      temp_directory: join(folder, 'tmp'),
      // Each checkpoint compresses the last 122,880 rows anew: by the default of 16 MB it would do so eight times over.
      checkpoint_threshold: '128MB',
      // Nothing is fetched from anywhere: what is not in the binary is not used.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const writer = await instance.connect()
    await migrate(writer, folder)
    const readers = await Promise.all(Array.from({ length: READERS }, () => instance!.connect()))
    const opened = instance
    return {
      folder,
      writer,
      readers,
      close: () => {
        for (const connection of [...readers, writer]) connection.closeSync()
        opened.closeSync()
      },
    }
  } catch (error) {
    instance?.closeSync()
    throw coded(error, folder)
  }
}

async function migrate(connection: DuckDBConnection, folder: string): Promise<void> {
  await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)')
  const version = ((await rowsOf(connection, 'SELECT max(version) AS version FROM schema_version'))[0]!['version'] as number | null) ?? 0
  if (version > MIGRATIONS.length) {
    throw new SpillwayError('TELEMETRY_SCHEMA_NEWER', `the telemetry database has schema ${version}, and this Spillway knows ${MIGRATIONS.length}`, 'Run the newer Spillway that wrote it, or move the folder away: a new one is loaded from the journal', { file: folder })
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) await inTransaction(connection, () => connection.run(`${step}; INSERT INTO schema_version VALUES (${index + 1})`))
  }
}

export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    // A failed commit has rolled back by itself.
    await connection.run('ROLLBACK').catch(() => {})
    throw error
  }
}

export async function rowsOf(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<Row[]> {
  return (await connection.runAndReadAll(sql, values)).getRowObjects()
}

/** Ends what runs on a connection after so long: then it throws TELEMETRY_QUERY_TOO_LARGE. */
export async function within<T>(connection: DuckDBConnection, ms: number, work: () => Promise<T>): Promise<T> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    connection.interrupt()
  }, ms)
  try {
    return await work()
  } catch (error) {
    throw late ? new SpillwayError('TELEMETRY_QUERY_TOO_LARGE', `the question took longer than ${ms / 1000} s`, 'Choose a shorter time, a filter or fewer groups', {}, { cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}

/** What DuckDB throws, as an error of ours. */
export function coded(error: unknown, folder: string): SpillwayError {
  if (error instanceof SpillwayError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (/could not set lock/iu.test(message)) return new SpillwayError('TELEMETRY_LOCKED', 'another process has the telemetry database open', 'Stop it, or ask it: one process at a time may open the database', { file: folder }, { cause: error })
  return new SpillwayError('TELEMETRY_UNAVAILABLE', `the telemetry database refused: ${message.split('\n')[0]}`, 'Check the disk, its free space and permissions; moved away, the database is loaded again from the journal', { file: folder }, { cause: error })
}
