import { BoundedMap } from './bounded-map.ts'
import type { LoopCalls } from './session-loops.ts'
import type { Step } from './step.ts'

const MOST_SESSIONS = 50_000
const REPEATS = 3
/** A tool that answers later than this is taken for one that waits: its own time is not in the record. */
const WAITING_MS = 10_000

interface Session {
  /** The call that would be the second time round; part of a loop if there is a third. */
  pending: string | null
  endedAt: number
}

/**
 * Finds agents that go round in circles where only the gateway sees them: by what it noted of each request's own history. Of a tool
 * that was asked n times it takes n - 1 calls, those from the second answer on. Where the tools report steps of their own, those tell
 * more, and this says nothing.
 */
export class HistoryLoops {
  readonly #sessions = new BoundedMap<Session>(MOST_SESSIONS, 'forget')
  readonly #found: (loop: LoopCalls) => void
  readonly #hasSteps: (conversation: string) => boolean

  constructor(found: (loop: LoopCalls) => void, hasSteps: (conversation: string) => boolean) {
    this.#found = found
    this.#hasSteps = hasSteps
  }

  see({ one, call, conversation, endedAt }: Step): void {
    if (!call || (conversation !== null && this.#hasSteps(conversation))) return
    const session = conversation ?? `${one.keyId ?? ''}\n${one.attribution.user ?? ''}`
    const repeats = one.stepRepeats ?? 1
    const own = this.#sessions.claim(session, () => ({ pending: null, endedAt: one.startedAt }))!
    const waited = one.startedAt - own.endedAt > WAITING_MS
    own.endedAt = endedAt
    if (repeats < REPEATS || waited) {
      own.pending = repeats === REPEATS - 1 && !waited ? one.id : null
      return
    }
    this.#found({ session, sure: true, ids: own.pending === null ? [one.id] : [own.pending, one.id] })
    own.pending = null
  }
}
