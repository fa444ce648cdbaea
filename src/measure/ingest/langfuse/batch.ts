import type { Observation, Score } from '../../../core/observation.ts'
import { IngestError } from '../ingest-error.ts'
import type { IngestLimits } from '../limits.ts'
import type { ObserveDeps } from '../normalize/observe-span.ts'
import { BodyMemory } from './body-memory.ts'
import { eventOf, isObject, type Json, type LangfuseEvent, OBSERVATION_TYPES } from './events.ts'
import { idOf, observeBody, observeTrace } from './observe-body.ts'
import { scoreOf } from './score.ts'

/** The answer, with status 207: one entry an event. */
export interface BatchAnswer {
  readonly successes: { readonly id: string; readonly status: number }[]
  readonly errors: { readonly id: string; readonly status: number; readonly message: string; readonly error: string }[]
}

export interface BatchResult {
  readonly observations: readonly Observation[]
  readonly scores: readonly Score[]
  readonly answer: BatchAnswer
}

const MOST_BODIES = 10_000

/** `POST /api/public/ingestion`: each event stands for itself, and what is wrong with one takes no other with it. */
export class LangfuseBatches {
  readonly #bodies = new BodyMemory(MOST_BODIES)

  /** Throws invalid_shape, otlp_too_many. */
  read(body: unknown, limits: IngestLimits, deps: ObserveDeps): BatchResult {
    const batch = isObject(body) ? body['batch'] : undefined
    if (!Array.isArray(batch)) throw new IngestError('invalid_shape', 'The body is no batch: give an object with the list batch.')
    if (batch.length > limits.items) throw new IngestError('otlp_too_many', `The request has more than ${limits.items} events: send them in smaller batches.`)
    const answer: BatchAnswer = { successes: [], errors: [] }
    const observations = new Map<string, Observation>()
    const scores: Score[] = []
    const refuse = (id: string, message: string): void => void answer.errors.push({ id, status: 400, message, error: 'invalid_event' })
    const events: LangfuseEvent[] = []
    for (const value of batch) {
      const event = eventOf(value)
      if (typeof event === 'string') refuse(isObject(value) ? (idOf(value['id']) ?? '') : '', event)
      else events.push(event)
    }
    // Clients may send an update before its create: the time of the events says in which order they happened.
    for (const event of events.sort((a, b) => a.at - b.at)) {
      const taken = this.#take(event, deps)
      if (typeof taken === 'string') {
        refuse(event.id, taken)
        continue
      }
      answer.successes.push({ id: event.id, status: 201 })
      if (taken === null) continue
      if ('source' in taken && 'kind' in taken) observations.set(taken.id, taken)
      else scores.push(taken)
    }
    return { observations: [...observations.values()], scores, answer }
  }

  /** Null = there is nothing to keep of it. A text = what is wrong with it. */
  #take({ id, type, at, body }: LangfuseEvent, deps: ObserveDeps): Observation | Score | string | null {
    if (type === 'sdk-log') return null
    if (type === 'score-create') return scoreOf(body, id, at, deps)
    const own = idOf(body['id'])
    if (type === 'trace-create') return own === null ? 'a trace needs an id' : observeTrace(own, this.#merged(deps.tenant, 'trace', own, body), at, deps)
    const kind = OBSERVATION_TYPES[type]
    if (kind === undefined) return `events of type ${JSON.stringify(type.slice(0, 64))} are not kept`
    return own === null ? 'an observation needs an id' : observeBody(own, this.#merged(deps.tenant, 'observation', own, body), kind, at, deps)
  }

  #merged(tenant: string, what: string, id: string, body: Json): Json {
    return this.#bodies.merge(`${tenant}\n${what}\n${id}`, body)
  }
}
