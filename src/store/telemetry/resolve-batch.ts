import { isDeepStrictEqual } from 'node:util'
import type { Observation } from '../../core/observation.ts'
import type { AppendResult } from '../telemetry.ts'
import { mergeViews, viewOf, withView, type CallView } from './same-call.ts'

/** An observation that is in the store; adapters add where. */
export interface Stored {
  readonly observation: Observation
}

export interface Resolved<S extends Stored> {
  /** With ids that the store does not have. */
  readonly fresh: readonly Observation[]
  /** Stored rows, and what takes their place. */
  readonly changed: readonly { readonly stored: S; readonly observation: Observation }[]
  readonly result: AppendResult
}

/** An observation on its way through the batch: as it came or was stored, and what the rule of two views makes of it. */
interface Candidate<S> {
  readonly observation: Observation
  readonly view: CallView
  /** The row of this id that is in the store. */
  readonly stored: S | null
}

/**
 * Of a batch without rows that no store can hold: what is new, what came before, and which are two views of one call. `known` is what
 * the store has of its ids and of its response ids.
 */
export function resolveBatch<S extends Stored>(batch: readonly Observation[], known: readonly S[]): Resolved<S> {
  const byId = new Map<string, Candidate<S>>()
  const byResponse: ByResponse<S> = new Map()
  for (const stored of known) {
    const key = keyOf(stored.observation)
    if (byId.has(key)) continue
    const candidate: Candidate<S> = { observation: stored.observation, view: viewOf(stored.observation), stored }
    byId.set(key, candidate)
    index(byResponse, candidate)
  }
  const result = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: 0 }
  for (const observation of batch) {
    const before = byId.get(keyOf(observation))
    // It is no other view of itself.
    if (before !== undefined) byResponse.get(responseKey(before.observation))?.delete(before)
    const now: Candidate<S> = { observation, view: viewOf(observation), stored: before?.stored ?? null }
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

type ByResponse<S> = Map<string, Set<Candidate<S>>>

function mergeWith<S>(now: Candidate<S>, others: ReadonlySet<Candidate<S>> | undefined): boolean {
  if (others === undefined || others.size === 0) return false
  // Oldest first, whichever order they came in, so that every store fills the same gaps.
  const sorted = [...others].sort((a, b) => a.observation.startedAt - b.observation.startedAt || Buffer.compare(Buffer.from(a.observation.id), Buffer.from(b.observation.id)))
  return sorted.filter((other) => mergeViews(now.view, other.view)).length > 0
}

function index<S>(byResponse: ByResponse<S>, candidate: Candidate<S>): void {
  if (candidate.observation.responseId === null) return
  const key = responseKey(candidate.observation)
  const group = byResponse.get(key)
  if (group === undefined) byResponse.set(key, new Set([candidate]))
  else group.add(candidate)
}

function outcome<S>({ observation, view }: Candidate<S>): Observation {
  return withView(observation, view)
}

function keyOf({ tenant, id }: Observation): string {
  return `${tenant}\n${id}`
}

function responseKey({ tenant, responseId }: Observation): string {
  return `${tenant}\n${responseId ?? ''}`
}
