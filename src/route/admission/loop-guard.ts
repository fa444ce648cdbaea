import type { LoopConfig, LoopRule } from '../config-types.ts'
import type { RepeatedSteps } from '../protocols/agent-steps.ts'
import { type Hash64, hash64, NumberTable } from './number-table.ts'
import { SeenRequests } from './seen-requests.ts'
import { SessionSpend } from './session-spend.ts'

/** One request in its session, or among its key's calls that name none, and the rule that it goes by. */
export interface Watched {
  readonly session: Hash64
  readonly request: Hash64
  readonly rule: LoopRule
  /** What repeats in the history that it carries, as often as the rule asks; else null. */
  readonly steps: RepeatedSteps | null
}

export interface LoopFinding {
  readonly verdict: 'pass' | 'warn' | 'throttle' | 'kill'
  /** What the finding stands on: the same request, the same steps in its history, or the session's spend alone. */
  readonly by: 'request' | 'steps' | 'spend'
  /** How often within the window, this time included; of steps, how often in a row. */
  readonly repeats: number
  /** Nano-USD of the session in the last minute. */
  readonly spent: number
  /** Steady ms until it is worth another try. */
  readonly waitMs: number
  /** The first of its kind: what follows is the same story. */
  readonly news: boolean
}

const PASS: LoopFinding = { verdict: 'pass', by: 'request', repeats: 1, spent: 0, waitMs: 0, news: false }
const NEWS_MS = 60_000

/**
 * Finds agents that go round in circles. Evidence for stopping a call is twofold, and both must hold: an *exact* repeat (the same
 * canonical request `repeats` times within `windowMs`, or at the end of the request's own history the same tool with the same
 * arguments and the same result so often in a row), and a spend of its session (of its key, where it names no session) above the
 * limit over the last minute. Repeats alone only warn: polling, sampling one prompt several times and cheap retries are ordinary.
 * Spend alone warns or slows down, where that is asked for, and never kills. Only calls that were let through and cost something count.
 */
export class LoopGuard {
  #base!: LoopRule
  #byKey!: ReadonlyMap<string, LoopRule>
  #byFeature!: ReadonlyMap<string, LoopRule>
  #on = false
  #seen: SeenRequests
  readonly #most: number
  readonly #spend: SessionSpend
  /** Steady ms at which a session's spend was told of. */
  readonly #told: NumberTable

  /** At most `mostRequests` distinct requests and `mostSessions` sessions are watched, those used of late. */
  constructor(config: LoopConfig, mostRequests: number, mostSessions: number) {
    this.#most = mostRequests
    this.#seen = new SeenRequests(mostRequests, this.#adopt(config))
    this.#spend = new SessionSpend(mostSessions)
    this.#told = new NumberTable(mostSessions, 1)
  }

  /** Goes on with what was seen unless a rule needs a longer memory. */
  configure(config: LoopConfig): void {
    const depth = this.#adopt(config)
    if (depth > this.#seen.depth) this.#seen = new SeenRequests(this.#most, depth)
  }

  get on(): boolean {
    return this.#on
  }

  /** `hash` is that of the key's id; `session` null = the key's calls without one. A key's rule counts before a feature's. Null = not watched. */
  watch({ id, hash }: { readonly id: string; readonly hash: Hash64 }, name: string | null, feature: string | null, fingerprint: string, steps: RepeatedSteps | null): Watched | null {
    const rule = this.#byKey.get(id) ?? (feature === null ? undefined : this.#byFeature.get(feature)) ?? this.#base
    if (rule.action === 'off' && rule.spend === 'off') return null
    const session = name === null ? hash : hash64(hash, `\n${name}`)
    // Requests whose histories end in the same circle are one request that comes again.
    const circle = steps !== null && steps.times >= rule.repeats ? steps : null
    return { session, request: hash64(session, circle?.signature ?? fingerprint), rule, steps: circle }
  }

  /** Judges a request before it is let through. */
  judge({ session, request, rule, steps }: Watched, elapsed: number): LoopFinding {
    const { action, repeats: most, windowMs, spendPerMinute, spend } = rule
    const seen = action === 'off' ? 0 : this.#seen.countSince(request, elapsed - windowMs)
    const repeats = steps?.times ?? seen + 1
    if (action === 'off' || repeats < most) return spend === 'off' ? PASS : this.#spendAlone(session, rule, elapsed)
    const by = steps === null ? 'request' : 'steps'
    const spent = this.#spend.at(session, elapsed)
    const news = steps === null ? repeats === most : seen === 0
    if (action === 'warn' || spent <= spendPerMinute) return { verdict: 'warn', by, repeats, spent, waitMs: 0, news }
    if (action === 'kill') {
      // Until one of the two no longer holds; what stands in the history stays there.
      const nth = by === 'steps' ? null : this.#seen.latest(request, most - 1)
      const untilFewer = nth === null ? windowMs : nth + windowMs - elapsed
      const untilCalm = this.#spend.waitFor(session, elapsed, spendPerMinute) ?? untilFewer
      return { verdict: 'kill', by, repeats, spent, waitMs: by === 'steps' ? untilCalm : Math.min(untilFewer, untilCalm), news: true }
    }
    const latest = this.#seen.latest(request, 1)
    const waitMs = latest === null ? 0 : latest + windowMs / most - elapsed
    return { verdict: waitMs > 0 ? 'throttle' : 'warn', by, repeats, spent, waitMs: Math.max(0, waitMs), news: waitMs > 0 || news }
  }

  /** Counts a request that is let through. */
  passed({ request }: Watched, elapsed: number): void {
    this.#seen.add(request, elapsed)
  }

  /** Takes a request back that came to nothing (an upstream's 429, say): sending it again is no loop. */
  retract({ request }: Watched, at: number): void {
    this.#seen.remove(request, at)
  }

  /** Money that a watched call has cost. */
  spent({ session }: Watched, nanoUsd: number, elapsed: number): void {
    this.#spend.add(session, elapsed, nanoUsd)
  }

  stats(): { readonly watchedRequests: number; readonly watchedSessions: number } {
    return { watchedRequests: this.#seen.size, watchedSessions: this.#spend.size }
  }

  #spendAlone(session: Hash64, { spend, spendPerMinute }: LoopRule, elapsed: number): LoopFinding {
    const spent = this.#spend.at(session, elapsed)
    if (spent <= spendPerMinute) return PASS
    const at = this.#told.claim(session, elapsed)
    const news = this.#told.numbers[at] === 0 || elapsed - this.#told.numbers[at]! >= NEWS_MS
    if (news) this.#told.numbers[at] = elapsed
    return { verdict: spend === 'throttle' ? 'throttle' : 'warn', by: 'spend', repeats: 1, spent, waitMs: this.#spend.waitFor(session, elapsed, spendPerMinute) ?? NEWS_MS, news }
  }

  /** The most repeats of any rule, which are how long times must be remembered. */
  #adopt({ rules = [], ...base }: LoopConfig): number {
    this.#base = sensible(base)
    this.#byKey = new Map(rules.flatMap((rule) => (rule.key === null ? [] : [[rule.key, sensible(rule)] as const])))
    this.#byFeature = new Map(rules.flatMap((rule) => (rule.feature === null ? [] : [[rule.feature, sensible(rule)] as const])))
    const all = [this.#base, ...this.#byKey.values(), ...this.#byFeature.values()]
    this.#on = all.some(({ action, spend }) => action !== 'off' || spend !== 'off')
    return Math.max(...all.map(({ repeats }) => repeats))
  }
}

/** One request is no repeat. */
function sensible({ action, repeats, windowMs, spendPerMinute, spend = 'off' }: Omit<LoopConfig, 'rules'>): LoopRule {
  return { action, repeats: Math.max(2, repeats), windowMs, spendPerMinute, spend }
}
