import { DOUBLE, LIST, listValue, UINTEGER, VARCHAR, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { Observation } from '../../core/observation.ts'
import { MOST_STEPS } from '../telemetry.ts'
import { OBSERVATION_FIELDS, observationOf, type Row } from './columns.ts'
import type { SealedDays } from './sealed-days.ts'
import type { Stored } from '../telemetry/resolve-batch.ts'
import { textKey } from '../telemetry/text-key.ts'

/** `rowId` is null where it lies in a sealed day. */
export interface StoredRow extends Stored {
  readonly rowId: bigint | null
}

/** The observations with these ids, of any tenant. */
export function findByIds(connection: DuckDBConnection, days: SealedDays, ids: ReadonlySet<string>): Promise<StoredRow[]> {
  const keys = [...new Set([...ids].map(textKey))]
  return findByKeys(connection, days, keys, { sql: 'id_key IN (SELECT unnest($1))', values: [listValue(keys)], types: [LIST(UINTEGER)] }, (row) => ids.has(row['id'] as string))
}

export async function findById(connection: DuckDBConnection, days: SealedDays, tenant: string, id: string): Promise<Observation | null> {
  const key = textKey(id)
  const found = await findByKeys(connection, days, [key], { sql: 'id_key = $1 AND id = $2 AND tenant = $3', values: [key, id, tenant], types: [UINTEGER, VARCHAR, VARCHAR] })
  return found[0]?.observation ?? null
}

/** The steps of a trace, oldest first; one more than `MOST_STEPS` at most. */
export async function findTrace(connection: DuckDBConnection, days: SealedDays, tenant: string, traceId: string): Promise<Observation[]> {
  const key = textKey(traceId)
  const sql = `trace_key = $1 AND trace_id = $2 AND tenant = $3 ORDER BY started_at, id LIMIT ${MOST_STEPS + 1}`
  const found = await findByKeys(connection, days, [key], { sql, values: [key, traceId, tenant], types: [UINTEGER, VARCHAR, VARCHAR] })
  return found
    .map(({ observation }) => observation)
    .sort((a, b) => a.startedAt - b.startedAt || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
    .slice(0, MOST_STEPS + 1)
}

/** The observations with these response ids, of any tenant, that started in a time (both ends included). */
export async function findByResponses(connection: DuckDBConnection, days: SealedDays, responseIds: ReadonlySet<string>, from: number, until: number): Promise<StoredRow[]> {
  const keys = [...new Set([...responseIds].map(textKey))]
  const condition: Condition = { sql: 'response_key IN (SELECT unnest($1)) AND started_at >= $2 AND started_at <= $3', values: [listValue(keys), from, until], types: [LIST(UINTEGER), DOUBLE, DOUBLE] }
  const rows = await select(connection, 'observations', condition)
  const sealed = days.within(from, until + 1)
  if (sealed.length > 0) rows.push(...(await select(connection, days.parquet(sealed), condition)))
  return rows.filter((row) => responseIds.has(row['response_id'] as string)).map(storedOf)
}

interface Condition {
  readonly sql: string
  readonly values: DuckDBValue[]
  readonly types: DuckDBType[]
}

/** Scans 4 bytes a row of the table, and of sealed days the list of their keys, which tells the few files to read. */
async function findByKeys(connection: DuckDBConnection, days: SealedDays, keys: readonly number[], condition: Condition, keep: (row: Row) => boolean = () => true): Promise<StoredRow[]> {
  const rows = await select(connection, 'observations', condition)
  if (days.days.length > 0) {
    const [match, value, type] = keys.length === 1 ? ['= $1', keys[0]!, UINTEGER] : ['IN (SELECT unnest($1))', listValue(keys), LIST(UINTEGER)]
    const holding = (await read(connection, { sql: `SELECT DISTINCT day FROM sealed_keys WHERE key ${match}`, values: [value], types: [type] })).map(({ day }) => day as number)
    if (holding.length > 0) rows.push(...(await select(connection, days.parquet(holding), condition)))
  }
  return rows.filter(keep).map(storedOf)
}

function select(connection: DuckDBConnection, source: string, { sql, values, types }: Condition): Promise<Row[]> {
  return read(connection, { sql: `SELECT ${source === 'observations' ? 'rowid' : 'NULL::BIGINT'} AS row_id, ${OBSERVATION_FIELDS} FROM ${source} WHERE ${sql}`, values, types })
}

async function read(connection: DuckDBConnection, { sql, values, types }: Condition): Promise<Row[]> {
  return (await connection.runAndReadAll(sql, values, types)).getRowObjects()
}

function storedOf(row: Row): StoredRow {
  return { observation: observationOf(row), rowId: row['row_id'] as bigint | null }
}
