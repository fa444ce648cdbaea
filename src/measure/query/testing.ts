import type { Observation, Score } from '../../core/observation.ts'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { T0 } from '../../store/telemetry/testing.ts'
import { answerQuery, type QueryAnswer } from './answer-query.ts'
import type { Asking } from './route.ts'

/** An hour after `T0`. */
export const NOW = T0 + 3_600_000

export interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Questions to a store in memory that holds these; `default` asks, an hour after `T0`. */
export async function asked(observations: readonly Observation[], scores: readonly Score[] = [], parts: Partial<Asking> = {}): Promise<(target: string, tenant?: string) => Promise<Answered>> {
  const store = memoryTelemetry()
  await store.append({ observations, scores, at: 1 })
  return async (target, tenant = 'default') => bodyOf(await answerQuery(...split(target), { tenant, admin: false, store, now: NOW, asOf: NOW - 1, behindBytes: 3, exports: null, prices: [], dedicated: [], ...parts }))
}

export function split(target: string): [path: string, search: string] {
  const mark = target.indexOf('?')
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

function bodyOf(answer: QueryAnswer): Answered {
  if (answer.type === 'file') return { status: 200, body: { ...answer.answer } }
  return { status: answer.status, body: JSON.parse(answer.text) as Answered['body'] }
}
