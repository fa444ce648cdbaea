import type { Observation, Score } from '../../core/observation.ts'
import { MOST_STEPS, SAME_CALL_MS } from '../telemetry.ts'
import type { Stored } from '../telemetry/resolve-batch.ts'
import { textKey } from '../telemetry/text-key.ts'
import { OBSERVATION_FIELDS, observationOf, scoreOf } from './columns.ts'
import type { Server } from './server.ts'

/** What the store has of the ids and of the response ids of a batch. Keys and times are numbers of ours; texts are parameters. */
export async function findKnown(server: Server, batch: readonly Observation[]): Promise<Stored[]> {
  if (batch.length === 0) return []
  const ids = new Set(batch.map(({ tenant, id }) => pairOf(tenant, id)))
  const answered = batch.filter(({ responseId }) => responseId !== null)
  const responses = new Set(answered.map(({ tenant, responseId }) => pairOf(tenant, responseId!)))
  const places = [`key IN (${keysOf(batch.map(({ id }) => id))})`]
  if (answered.length > 0) {
    let [from, until] = [Infinity, -Infinity]
    for (const { startedAt } of answered) [from, until] = [Math.min(from, startedAt), Math.max(until, startedAt)]
    places.push(`(key IN (${keysOf(answered.map(({ responseId }) => responseId!))}) AND started_at >= ${from - SAME_CALL_MS} AND started_at <= ${until + SAME_CALL_MS})`)
  }
  const rows = await server.rows({
    sql: `SELECT ${OBSERVATION_FIELDS} FROM observations FINAL WHERE NOT dead AND tenant IN {tenants:Array(String)} AND started_at IN (SELECT started_at FROM places WHERE ${places.join(' OR ')})`,
    params: { tenants: [...new Set(batch.map(({ tenant }) => tenant))] },
  })
  return rows
    .filter((row) => ids.has(pairOf(row['tenant'] as string, row['id'] as string)) || responses.has(pairOf(row['tenant'] as string, (row['response_id'] as string | null) ?? '')))
    .map((row) => ({ observation: observationOf(row) }))
}

export async function findById(server: Server, tenant: string, id: string): Promise<Observation | null> {
  const [row] = await server.rows({ sql: `SELECT ${OBSERVATION_FIELDS} FROM observations FINAL WHERE NOT dead AND tenant = {tenant:String} AND started_at IN (${startsOf(id)}) AND id = {id:String}`, params: { tenant, id } })
  return row === undefined ? null : observationOf(row)
}

/** The steps of a trace, oldest first; one more than `MOST_STEPS` at most. */
export async function findTrace(server: Server, tenant: string, traceId: string): Promise<Observation[]> {
  const rows = await server.rows({
    sql: `SELECT ${OBSERVATION_FIELDS} FROM observations FINAL WHERE NOT dead AND tenant = {tenant:String} AND started_at IN (${startsOf(traceId)}) AND trace_id = {trace:String} ORDER BY started_at, id LIMIT ${MOST_STEPS + 1}`,
    params: { tenant, trace: traceId },
  })
  return rows.map(observationOf)
}

/** Scores that name a trace, oldest first. Which scores ever named it is found by an index; which of them still do, by their last content. */
export async function findScores(server: Server, tenant: string, traceId: string): Promise<Score[]> {
  const rows = await server.rows({
    sql: `SELECT * FROM scores FINAL
WHERE tenant = {tenant:String} AND id IN (SELECT id FROM scores WHERE tenant = {tenant:String} AND trace_id = {trace:String}) AND trace_id = {trace:String}
ORDER BY judged_at, id LIMIT ${MOST_STEPS}`,
    params: { tenant, trace: traceId },
  })
  return rows.map(scoreOf)
}

function startsOf(text: string): string {
  return `SELECT started_at FROM places WHERE key = ${textKey(text)}`
}

function keysOf(texts: readonly string[]): string {
  return [...new Set(texts.map(textKey))].join(', ')
}

function pairOf(tenant: string, id: string): string {
  return `${tenant}\n${id}`
}
