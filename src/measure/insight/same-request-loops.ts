import { BoundedMap } from './bounded-map.ts'
import type { LoopCalls } from './session-loops.ts'
import type { Step } from './step.ts'

const MOST_RUNS = 100_000
const MOST_IDS = 10_000
/** The same request so often, one after the other ... */
const REPEATS = 3
/** ... or so often where nobody says in which session. */
const NAMELESS_REPEATS = 10
/** A pause that ends a run. */
const PAUSE_MS = 600_000
/** Sent again within this after its answer, a request is not waiting for anything. */
const PROMPT_MS = 5000
/** From so many requests on that are all sent equally often, the number is chosen: n answers are sampled on purpose. */
const SAMPLED_GROUPS = 3
const SAMPLED_SHARE = 0.6

interface Run {
  readonly session: string
  readonly nameless: boolean
  readonly fingerprint: string
  readonly place: string
  readonly ids: string[]
  prompt: number
  endedAt: number
  count: number
}

/**
 * Finds the same canonical request sent again at once after it was answered, over and over, in a session (or, at the gateway alone,
 * by a key that does nothing else meanwhile). What only looks like it: requests in parallel are sampling; so are many requests that
 * are each sent equally often; dashboards and polling wait in between; retries follow a failure.
 */
export class SameRequestLoops {
  readonly #runs = new BoundedMap<Run>(MOST_RUNS, 'forget')
  readonly #last = new BoundedMap<{ fingerprint: string }>(MOST_RUNS, 'forget')
  readonly #candidates: Run[] = []
  /** For each place: how many requests were sent so often in a row. */
  readonly #counts = new BoundedMap<Map<number, number>>(10_000, 'refuse')

  get forgotten(): number {
    return this.#runs.dropped
  }

  see({ one, call, conversation, endedAt, placeKey }: Step): void {
    if (!call || one.kind !== 'inference' || one.fingerprint === null || one.outcome !== 'ok') return
    const session = conversation ?? `${one.keyId ?? ''}\n${one.attribution.user ?? ''}`
    const nameless = conversation === null
    const key = `${session}\n${one.fingerprint}`
    if (nameless) {
      // Another request in between shows that it goes on.
      const last = this.#last.claim(session, () => ({ fingerprint: one.fingerprint! }))!
      if (last.fingerprint !== one.fingerprint) this.#end(`${session}\n${last.fingerprint}`)
      last.fingerprint = one.fingerprint
    }
    let run = this.#runs.get(key)
    if (run !== undefined && one.startedAt - run.endedAt > PAUSE_MS) {
      this.#end(key)
      run = undefined
    }
    if (run === undefined) {
      this.#runs.claim(key, () => ({ session, nameless, fingerprint: one.fingerprint!, place: placeKey, ids: [one.id], prompt: 0, endedAt, count: 1 }))
      return
    }
    // What overlaps is sent in parallel, and is no answer's consequence.
    if (one.startedAt >= run.endedAt && one.startedAt - run.endedAt <= PROMPT_MS) run.prompt++
    run.count++
    run.endedAt = Math.max(run.endedAt, endedAt)
    if (run.ids.length < MOST_IDS) run.ids.push(one.id)
  }

  /** The loops, once all was seen. */
  *find(): Iterable<LoopCalls> {
    for (const [key] of this.#runs.entries()) this.#end(key)
    for (const { session, ids, count, place } of this.#candidates) {
      const counts = this.#counts.get(place)
      if (counts !== undefined && isSampled(counts, count)) continue
      yield { session, sure: true, ids: ids.slice(1) }
    }
  }

  #end(key: string): void {
    const run = this.#runs.get(key)
    if (run === undefined) return
    this.#runs.delete(key)
    if (run.count >= 2) {
      const counts = this.#counts.claim(run.place, () => new Map<number, number>())
      counts?.set(run.count, (counts.get(run.count) ?? 0) + 1)
    }
    const repeats = run.nameless ? NAMELESS_REPEATS : REPEATS
    if (run.count >= repeats && run.prompt + 1 >= repeats && run.prompt * 2 > run.count - 1) this.#candidates.push(run)
  }
}

/** Whether most of the requests that were repeated there were so equally often. */
function isSampled(counts: ReadonlyMap<number, number>, count: number): boolean {
  const all = [...counts.values()].reduce((sum, one) => sum + one, 0)
  const alike = counts.get(count) ?? 0
  return alike >= SAMPLED_GROUPS && alike >= SAMPLED_SHARE * all
}
