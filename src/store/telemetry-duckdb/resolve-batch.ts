import type { DuckDBConnection } from '@duckdb/node-api'
import type { Observation } from '../../core/observation.ts'
import { SAME_CALL_MS, type AppendResult } from '../telemetry.ts'
import { canBeBillable } from '../telemetry/call-figures.ts'
import { rowProblem } from '../telemetry/row-problem.ts'
import { FILLED, mergeViews, viewOf, type CallView } from '../telemetry/same-call.ts'
import { sameContent } from '../telemetry/same-content.ts'
import { findByIds, findByResponses, type Stored } from './lookup.ts'
import type { SealedDays } from './sealed-days.ts'
import { idDigest, type SeenIds } from './seen-ids.ts'

export interface Resolved {
  readonly fresh: readonly Observation[]
  /** Stored observations that a second view changes: as they were, and as they become. */
  readonly changed: readonly { readonly stored: Stored; readonly view: CallView }[]
  readonly result: AppendResult
}

/** Of a batch, what is new, what came before, and which are two views of one call. Reads the store and changes nothing. */
export async function resolveBatch(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, comers: readonly Observation[]): Promise<Resolved> {
  const sound = comers.filter((comer) => rowProblem(comer) === null)
  const known = await knownOf(connection, days, seen, sound)
  const fresh: Observation[] = []
  let conflicts = 0
  for (const comer of sound) {
    const key = keyOf(comer)
    const before = known.get(key)
    if (before !== undefined) {
      if (!sameContent(before, comer)) conflicts++
      continue
    }
    known.set(key, comer)
    fresh.push(comer)
  }
  const merges = await mergeAll(connection, days, fresh)
  return {
    fresh: merges.fresh,
    changed: merges.changed,
    result: { added: fresh.length, repeated: sound.length - fresh.length, conflicts, merged: merges.merged, refused: comers.length - sound.length },
  }
}

async function knownOf(connection: DuckDBConnection, days: SealedDays, seen: SeenIds, comers: readonly Observation[]): Promise<Map<string, Observation>> {
  const suspects = comers.filter(({ tenant, id }) => seen.has(...idDigest('observations', tenant, id)))
  if (suspects.length === 0) return new Map()
  const stored = await findByIds(connection, days, new Set(suspects.map(({ id }) => id)))
  return new Map(stored.map(({ observation }) => [keyOf(observation), observation]))
}

/** A view on its way through the rule: of the batch (`stored` is null) or of the store. */
interface Candidate {
  readonly observation: Observation
  readonly stored: Stored | null
  readonly view: CallView
}

async function mergeAll(connection: DuckDBConnection, days: SealedDays, fresh: readonly Observation[]): Promise<{ readonly fresh: Observation[]; readonly changed: Resolved['changed']; readonly merged: number }> {
  const answered = fresh.filter(({ responseId }) => responseId !== null)
  const stored = answered.length === 0 ? [] : await storedViews(connection, days, answered)
  const byResponse = Map.groupBy(
    stored.map((one): Candidate => ({ observation: one.observation, stored: one, view: viewOf(one.observation) })),
    ({ observation }) => responseKey(observation),
  )
  let merged = 0
  const done = fresh.map((observation) => {
    const view = viewOf(observation)
    if (observation.responseId !== null) {
      const key = responseKey(observation)
      const others = byResponse.get(key) ?? []
      // Oldest first, whichever order they came in, so that every store fills the same gaps.
      const together = others.toSorted((a, b) => a.observation.startedAt - b.observation.startedAt || Buffer.compare(Buffer.from(a.observation.id), Buffer.from(b.observation.id))).filter((other) => mergeViews(view, other.view))
      if (together.length > 0) merged++
      byResponse.set(key, [...others, { observation, stored: null, view }])
    }
    return { observation, view }
  })
  return {
    fresh: done.map(({ observation, view }) => withView(observation, view)),
    changed: [...byResponse.values()].flat().flatMap(({ observation, stored, view }) => (stored !== null && differs(observation, view) ? [{ stored, view }] : [])),
    merged,
  }
}

/** Stored views are looked for by response id and time; a batch of one long ago and one of now would else read all between. */
async function storedViews(connection: DuckDBConnection, days: SealedDays, answered: readonly Observation[]): Promise<Stored[]> {
  const found: Stored[] = []
  for (const group of Map.groupBy(answered, ({ startedAt }) => Math.floor(startedAt / SAME_CALL_MS / 24)).values()) {
    const starts = group.map(({ startedAt }) => startedAt)
    const [from, until] = starts.reduce(([low, high], start) => [Math.min(low, start), Math.max(high, start)], [Infinity, -Infinity])
    found.push(...(await findByResponses(connection, days, new Set(group.map(({ responseId }) => responseId!)), from! - SAME_CALL_MS, until! + SAME_CALL_MS)))
  }
  // Groups of neighboring days may find the same row.
  return [...new Map(found.map((one) => [keyOf(one.observation), one])).values()]
}

function withView(observation: Observation, { billable, filled }: CallView): Observation {
  if (!differs(observation, { billable, filled })) return observation
  return { ...observation, billable: billable && canBeBillable(observation), attribution: { ...observation.attribution, ...Object.fromEntries(FILLED.map((field, index) => [field, filled[index]!])) } }
}

function differs(observation: Observation, { billable, filled }: Pick<CallView, 'billable' | 'filled'>): boolean {
  return billable !== observation.billable || FILLED.some((field, index) => filled[index] !== observation.attribution[field])
}

function keyOf({ tenant, id }: Observation): string {
  return JSON.stringify([tenant, id])
}

function responseKey({ tenant, responseId }: Observation): string {
  return JSON.stringify([tenant, responseId])
}
