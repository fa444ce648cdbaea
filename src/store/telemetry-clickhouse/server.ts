import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { SpillwayError } from '../../core/errors.ts'
import { coded } from './server-error.ts'

export interface ServerOptions {
  /** `http://` or `https://`, host and port (8123, or 8443 with TLS); no user or password in it. */
  readonly url: string
  /** Must be there: who may create databases is not for us to say. */
  readonly database: string
  readonly user: string
  readonly password: string
  /** Ms that a question or an insert may take. Default 30,000. */
  readonly timeoutMs?: number
}

/** A statement with its parameters: `{name:Type}` in the text. Values get into SQL in no other way. */
export interface Statement {
  readonly sql: string
  readonly params: Readonly<Record<string, string | number | readonly string[]>>
}

/** As JSON: 64-bit whole numbers are decimal strings. */
export type Row = Readonly<Record<string, unknown>>

export interface Server {
  /** For messages. */
  readonly place: string
  readonly rows: (statement: Statement) => Promise<Row[]>
  /** Writes the answer to a new file, in the format that the statement names. */
  readonly save: (statement: Statement, file: string) => Promise<void>
  /** What changes something and answers nothing. `upkeep` may take long; `token` as for an insert. */
  readonly run: (statement: Statement, options?: { readonly upkeep?: boolean; readonly token?: string }) => Promise<void>
  /** One row in one block, there or not there as a whole. Of a table's inserts with an equal token the first counts; the others are no error. */
  readonly insert: (table: string, row: Row, token: string) => Promise<void>
  readonly close: () => Promise<void>
}

const TIMEOUT_MS = 30_000
const GRACE_MS = 1000
/** Merging a day, deleting one. */
const UPKEEP_MS = 600_000
/** In files: nothing for null, dates as they are written everywhere. */
const SAVED = { format_csv_null_representation: '', output_format_json_quote_64bit_integers: 0, output_format_parquet_compression_method: 'zstd' } as const
/** Longest statement in bytes: the keys of a batch of 20,000 are 220 KB. */
const LONGEST_STATEMENT = 2 ** 24

/** A client of the server, which has not been asked yet. Throws TELEMETRY_UNAVAILABLE for a URL that is none. */
export function connectServer({ url, database, user, password, timeoutMs = TIMEOUT_MS }: ServerOptions): Server {
  const place = placeOf(url, database)
  const client = createClient({
    url,
    database,
    username: user,
    password,
    application: 'spillway',
    // Calls are limited one by one; this is for a connection on which nothing comes.
    request_timeout: UPKEEP_MS + TIMEOUT_MS,
    max_open_connections: 8,
    // Long lists of values do not fit into a URL.
    use_multipart_params_auto: true,
    // It would write statements with their values to the console.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      max_query_size: String(LONGEST_STATEMENT),
      // Days are partitions, and the key of a row holds its time: versions of a row never lie in two of them.
      do_not_merge_across_partitions_select_final: 1,
      // What is joined to nothing is null, as everywhere else.
      join_use_nulls: 1,
      // An index may leave out the newest version of a row, and FINAL would then see an older one.
      use_skip_indexes_if_final: 0,
      // What was said to be written must be there, and tokens must count.
      async_insert: 0,
      // In one piece, however long a row is.
      input_format_parallel_parsing: 0,
      insert_deduplicate: 1,
    },
  })
  const within = <T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => limited(place, ms, work)
  return {
    place,
    rows: ({ sql, params }) =>
      // The server's own limit comes first: it tells a question that is too large from a server that is gone.
      within(timeoutMs + GRACE_MS, async (signal) => {
        const answer = await client.query({ query: sql, query_params: params, format: 'JSONEachRow', abort_signal: signal, clickhouse_settings: { max_execution_time: timeoutMs / 1000 } })
        return answer.json<Row>()
      }),
    save: ({ sql, params }, file) =>
      within(UPKEEP_MS, async (signal) => {
        const { stream } = await client.exec({ query: sql, query_params: params, abort_signal: signal, clickhouse_settings: SAVED })
        await pipeline(stream, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal })
      }),
    run: ({ sql, params }, { upkeep = false, token } = {}) =>
      within(upkeep ? UPKEEP_MS : timeoutMs, async (signal) => {
        await client.command({ query: sql, query_params: params, abort_signal: signal, clickhouse_settings: token === undefined ? {} : { insert_deduplication_token: token } })
      }),
    insert: (table, row, token) =>
      within(timeoutMs, async (signal) => {
        await client.insert({ table, columns: Object.keys(row) as [string, ...string[]], values: [Object.values(row)], format: 'JSONCompactEachRow', abort_signal: signal, clickhouse_settings: { insert_deduplication_token: token } })
      }),
    close: () => client.close(),
  }
}

async function limited<T>(place: string, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms)
  try {
    return await work(signal)
  } catch (error) {
    throw coded(error, place, signal.aborted ? ms : null)
  }
}

function placeOf(url: string, database: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) throw new SpillwayError('TELEMETRY_UNAVAILABLE', 'the URL of ClickHouse is none', 'Give http:// or https://, its host and its HTTP port, as in http://localhost:8123')
  // Whoever writes user and password there must not find them in a log.
  if (parsed.username !== '' || parsed.password !== '') throw new SpillwayError('TELEMETRY_UNAVAILABLE', 'the URL of ClickHouse holds a user or password', 'Give them as user and password', { file: parsed.host })
  return `${parsed.origin}/${database}`
}
