import type { Observation, Score } from '../../core/observation.ts'

/** Names of scores that say whether a call did its work; others (toxicity, length, cost) may mean anything. */
const SUCCESS_NAME = /^(?:success|task[_ -]?success|outcome|task[_ -]?outcome|resolved|solved|correct|correctness|pass|passed|thumb|thumbs|thumbs[_ -]?up|user[_ -]?feedback|feedback|helpful|quality)$/iu
const GOOD = /^(?:success|succeeded|pass|passed|good|correct|resolved|solved|true|yes|up|positive)$/iu
const BAD = /^(?:failure|failed|fail|bad|incorrect|wrong|unresolved|false|no|down|negative)$/iu
const MOST_SCORES = 500_000

/** Whether a score says success; null where it says neither. Numbers count from 0 to 1: at least a half is success. */
export function successOf({ name, value, label }: Score): boolean | null {
  if (!SUCCESS_NAME.test(name)) return null
  if (value !== null) return value >= 0 && value <= 1 ? value >= 0.5 : null
  if (label === null) return null
  return GOOD.test(label) ? true : BAD.test(label) ? false : null
}

/** What was judged: calls, traces and sessions. A call's own score counts before its trace's, that before its session's; the last wins. */
export class Successes {
  readonly #calls = new Map<string, boolean>()
  readonly #traces = new Map<string, boolean>()
  readonly #sessions = new Map<string, boolean>()
  dropped = 0

  add(score: Score): void {
    const success = successOf(score)
    if (success === null) return
    if (this.#calls.size + this.#traces.size + this.#sessions.size >= MOST_SCORES) this.dropped++
    else if (score.observationId !== null) this.#calls.set(score.observationId, success)
    else if (score.traceId !== null) this.#traces.set(score.traceId, success)
    else if (score.sessionId !== null) this.#sessions.set(score.sessionId, success)
  }

  of({ id, attribution: { traceId, session } }: Observation): boolean | null {
    return this.#calls.get(id) ?? (traceId === null ? undefined : this.#traces.get(traceId)) ?? (session === null ? undefined : this.#sessions.get(session)) ?? null
  }
}
