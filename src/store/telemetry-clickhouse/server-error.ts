import { ClickHouseError } from '@clickhouse/client'
import { SpillwayError, type ErrorCode } from '../../core/errors.ts'

/** What ClickHouse refuses with, by its own number; what is not named here is unavailable by the server's words. */
const REFUSALS: Readonly<Record<string, readonly [code: ErrorCode, message: string, mend: string]>> = {
  81: ['TELEMETRY_DATABASE_MISSING', 'the database is not there', 'Create it (CREATE DATABASE ...), or name another'],
  192: ['TELEMETRY_ACCESS_DENIED', 'ClickHouse does not know the user', 'Check user and password'],
  193: ['TELEMETRY_ACCESS_DENIED', 'ClickHouse refuses the password', 'Check user and password'],
  194: ['TELEMETRY_ACCESS_DENIED', 'ClickHouse wants a password', 'Check user and password'],
  516: ['TELEMETRY_ACCESS_DENIED', 'ClickHouse refuses user or password', 'Check user and password'],
  497: ['TELEMETRY_ACCESS_DENIED', 'the user lacks a right', 'Grant SELECT, INSERT, CREATE, ALTER and OPTIMIZE on the database'],
  164: ['TELEMETRY_ACCESS_DENIED', 'the user may only read', 'Grant SELECT, INSERT, CREATE, ALTER and OPTIMIZE on the database'],
  158: ['TELEMETRY_QUERY_TOO_LARGE', 'the question reads more rows than ClickHouse allows', 'Ask about a shorter time, or raise the limits of the user'],
  159: ['TELEMETRY_QUERY_TOO_LARGE', 'the question took longer than it may', 'Ask about a shorter time'],
  160: ['TELEMETRY_QUERY_TOO_LARGE', 'the question would take longer than it may', 'Ask about a shorter time'],
  241: ['TELEMETRY_QUERY_TOO_LARGE', 'the question needs more memory than ClickHouse allows', 'Ask about a shorter time, or raise the limits of the user'],
  202: ['TELEMETRY_UNAVAILABLE', 'ClickHouse answers too many questions at once', 'It is tried again; raise max_concurrent_queries if it stays so'],
  243: ['TELEMETRY_UNAVAILABLE', 'the disk of ClickHouse is full', 'Make room there; what waits in the journal is loaded then'],
  252: ['TELEMETRY_UNAVAILABLE', 'ClickHouse does not keep up with merging', 'It is tried again; check the disk and processor of the server'],
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the name service does not answer',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
}

/** What the client throws, as an error of ours that names the server. `limitMs`: the limit of ours that ended it. */
export function coded(error: unknown, place: string, limitMs: number | null = null): SpillwayError {
  if (error instanceof SpillwayError) return error
  const at = { file: place }
  const because = { cause: error }
  if (limitMs !== null) return new SpillwayError('TELEMETRY_UNAVAILABLE', `ClickHouse did not answer within ${limitMs / 1000} s`, 'It is tried again; check the server and the way to it', at, because)
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ClickHouseError) {
    const [code, what, mend] = REFUSALS[error.code] ?? ['TELEMETRY_UNAVAILABLE', `ClickHouse refused (${error.code}): ${message.split('\n')[0]}`, "Check the server's log"]
    return new SpillwayError(code, what, mend, at, because)
  }
  const network = NETWORK[(error as NodeJS.ErrnoException).code ?? '']
  return new SpillwayError('TELEMETRY_UNAVAILABLE', `ClickHouse cannot be reached: ${network ?? message.split('\n')[0]}`, 'Check the URL, and that the server runs; what waits in the journal is loaded then', at, because)
}
