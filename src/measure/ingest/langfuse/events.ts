import type { ObservationKind } from '../../../core/observation.ts'

export type Json = Readonly<Record<string, unknown>>

/** One event of `/api/public/ingestion`. */
export interface LangfuseEvent {
  readonly id: string
  readonly type: string
  /** Unix ms. */
  readonly at: number
  readonly body: Json
}

/** Event types that make or change an observation, with what it did where the type says so. */
export const OBSERVATION_TYPES: Readonly<Record<string, ObservationKind | null>> = {
  'span-create': 'chain', 'span-update': 'chain',
  'generation-create': 'inference', 'generation-update': 'inference',
  'event-create': 'other',
  'observation-create': null, 'observation-update': null,
  'agent-create': 'agent', 'tool-create': 'tool', 'chain-create': 'chain', 'retriever-create': 'retrieval',
  'evaluator-create': 'chain', 'embedding-create': 'embedding', 'guardrail-create': 'chain',
}

/** The event that an element of a batch is, or why it is none. */
export function eventOf(value: unknown): LangfuseEvent | string {
  if (!isObject(value)) return 'an event is an object'
  const { id, type, timestamp, body } = value
  if (typeof id !== 'string' || id === '' || id.length > 256) return 'an event needs an id of at most 256 characters'
  if (typeof type !== 'string') return 'an event needs a type'
  const at = timeOf(timestamp)
  if (at === null) return 'an event needs a timestamp in ISO 8601'
  if (!isObject(body)) return 'an event needs a body'
  return { id, type, at, body }
}

/** Unix ms of an ISO 8601 text; null where it is none. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > 40) return null
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? null : ms
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
