import type { Score } from '../../../core/observation.ts'
import { clean } from '../normalize/facts.ts'
import { timeFault } from '../normalize/time.ts'
import { type Json, timeOf } from './events.ts'
import { idOf } from './observe-body.ts'

/** A score as Langfuse clients send it (`score-create`, `POST /api/public/scores`), or why it is none. */
export function scoreOf(body: Json, fallbackId: string, at: number, sender: { readonly tenant: string; readonly now: number }, source: Score['source'] = 'langfuse'): Score | string {
  const { name, value } = body
  if (typeof name !== 'string' || name === '') return 'a score needs a name'
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'number' && Number.isFinite(value) ? value : null
  const label = typeof value === 'string' && value !== '' ? clean(value) : null
  if (number === null && label === null) return 'a score needs a value: a number, true, false or a category'
  const traceId = idOf(body['traceId'])
  const observation = idOf(body['observationId'])
  const sessionId = idOf(body['sessionId'])
  if (traceId === null && observation === null && sessionId === null) return 'a score needs a traceId, observationId or sessionId'
  const when = timeOf(body['timestamp']) ?? at
  const fault = timeFault(when, sender.now)
  if (fault !== null) return `the score ${fault}`
  return {
    tenant: sender.tenant,
    id: idOf(body['id']) ?? fallbackId,
    name: clean(name),
    source,
    value: number,
    label,
    at: when,
    traceId,
    // Observations are known by trace and span.
    observationId: observation === null || traceId === null ? observation : `${traceId}:${observation}`,
    sessionId,
  }
}
