import type { DuckDBConnection } from '@duckdb/node-api'
import { isDeepStrictEqual } from 'node:util'
import type { Observation } from '../../core/observation.ts'
import { SAME_CALL_MS, type AppendResult } from '../telemetry.ts'
import { rowProblem } from '../telemetry/row-problem.ts'
import { mergeViews, viewOf, withView, type CallView } from '../telemetry/same-call.ts'
import { findByIds, findByResponses, type Stored } from './lookup.ts'
import type { SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'

export interface Resolved {
  /** With ids that the store does not have. */
  readonly fresh: readonly Observation[]
  /** Stored rows, and what takes their place. */
  readonly changed: readonly { readonly stored: Stored; readonly observation: Observation }[]
  readonly result: AppendResult
}

/** An observation on its way through the batch: as it came or was stored, and what the rule of two views makes of it. */
interface Candidate {
  readonly observation: Observation
  readonly view: CallView
  /** The row of this id that is in the store. */
  readonly stored: Stored | null
}

/** Of a batch, what is new, what came before, and which are two views of one call. Reads the store and changes nothing. */
export async function resolveBatch(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, comers: readonly Observation[]): Promise<Resolved> {
  const sound = comers.filter((comer) => rowProblem(comer) === null)
  const { byId, byResponse } = await candidatesFor(connection, days, seen, sound)
  const result = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: comers.length - sound.length }
  for (const observation of sound) {
    const before = byId.get(keyOf(observation))
    // It is no other view of itself.
    if (before !== undefined) byResponse.get(responseKey(before.observation))?.delete(before)
    const now: Candidate = { observation, view: viewOf(observation), stored: before?.stored ?? null }
    const merged = mergeWith(now, byResponse.get(responseKey(observation)))
    byId.set(keyOf(observation), now)
    index(byResponse, now)
    const kind = before === undefined ? 'added' : isDeepStrictEqual(outcome(before), outcome(now)) ? 'repeated' : 'replaced'
    result[kind]++
    if (merged && kind !== 'repeated') result.merged++
  }
  const all = [...byId.values()]
  return {
    fresh: all.filter(({ stored }) => stored === null).map(outcome),
    changed: all.flatMap((candidate) => (candidate.stored === null || isDeepStrictEqual(outcome(candidate), candidate.stored.observation) ? [] : { stored: candidate.stored, observation: outcome(candidate) })),
    result,
  }
}

type ByResponse = Map<string, Set<Candidate>>

/** What the store has of these ids and of these responses. */
async function candidatesFor(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, sound: readonly Observation[]): Promise<{ readonly byId: Map<string, Candidate>; readonly byResponse: ByResponse }> {
  const suspects = sound.filter(({ tenant, id }) => seen.has(...idDigest('observations', tenant, id)))
  const known = suspects.length === 0 ? [] : await findByIds(connection, days, new Set(suspects.map(({ id }) => id)))
  const answered = sound.filter(({ responseId, tenant, source }) => responseId !== null && seen.hasSide(tenant, source !== 'gateway'))
  const byId = new Map<string, Candidate>()
  const byResponse: ByResponse = new Map()
  for (const stored of [...known, ...(await storedViews(connection, days, answered))]) {
    const key = keyOf(stored.observation)
    if (byId.has(key)) continue
    const candidate: Candidate = { observation: stored.observation, view: viewOf(stored.observation), stored }
    byId.set(key, candidate)
    index(byResponse, candidate)
  }
  return { byId, byResponse }
}

/** Views are looked for by response id and time, in groups of neighboring days: a batch of long ago and now would read all between. */
async function storedViews(connection: DuckDBConnection, days: SealedDays, answered: readonly Observation[]): Promise<Stored[]> {
  const found: Stored[] = []
  for (const group of Map.groupBy(answered, ({ startedAt }) => Math.floor(startedAt / SAME_CALL_MS / 24)).values()) {
    let [from, until] = [Infinity, -Infinity]
    for (const { startedAt } of group) [from, until] = [Math.min(from, startedAt), Math.max(until, startedAt)]
    found.push(...(await findByResponses(connection, days, new Set(group.map(({ responseId }) => responseId!)), from - SAME_CALL_MS, until + SAME_CALL_MS)))
  }
  return found
}

function mergeWith(now: Candidate, others: ReadonlySet<Candidate> | undefined): boolean {
  if (others === undefined || others.size === 0) return false
  // Oldest first, whichever order they came in, so that every store fills the same gaps.
  const sorted = [...others].sort((a, b) => a.observation.startedAt - b.observation.startedAt || Buffer.compare(Buffer.from(a.observation.id), Buffer.from(b.observation.id)))
  return sorted.filter((other) => mergeViews(now.view, other.view)).length > 0
}

function index(byResponse: ByResponse, candidate: Candidate): void {
  if (candidate.observation.responseId === null) return
  const key = responseKey(candidate.observation)
  const group = byResponse.get(key)
  if (group === undefined) byResponse.set(key, new Set([candidate]))
  else group.add(candidate)
}

function outcome({ observation, view }: Candidate): Observation {
  return withView(observation, view)
}

function keyOf({ tenant, id }: Observation): string {
  return `${tenant}\n${id}`
}

function responseKey({ tenant, responseId }: Observation): string {
  return `${tenant}\n${responseId ?? ''}`
}
