import type { LoopConfig } from '../config-types.ts'
import { type Hash64, hash64 } from './number-table.ts'
import { SeenRequests } from './seen-requests.ts'
import { SessionSpend } from './session-spend.ts'

/** One request in its session, or among its key's calls that name none. */
export interface Watched {
  readonly session: Hash64
  readonly request: Hash64
}

export interface LoopFinding {
  readonly verdict: 'pass' | 'warn' | 'throttle' | 'kill'
  /** How often within the window, this time included. */
  readonly repeats: number
  /** Nano-USD of the session in the last minute. */
  readonly spent: number
  /** Steady ms until it is worth another try. */
  readonly waitMs: number
}

const PASS: LoopFinding = { verdict: 'pass', repeats: 1, spent: 0, waitMs: 0 }

/**
 * Finds agents that send one request over and over. Evidence for stopping a call is twofold, and both must hold: the
 * *same* canonical request `repeats` times within `windowMs`, and a spend of its session (of its key, where it names no
 * session) above the limit over the last minute. Repeats alone only warn: polling, sampling one prompt several times
 * and cheap retries are ordinary. Only calls that were let through and cost something count as repeats.
 */
export class LoopGuard {
  #config: LoopConfig
  #seen: SeenRequests
  readonly #most: number
  readonly #spend: SessionSpend

  /** At most `mostRequests` distinct requests and `mostSessions` sessions are watched, those used of late. */
  constructor(config: LoopConfig, mostRequests: number, mostSessions: number) {
    this.#config = sensible(config)
    this.#most = mostRequests
    this.#seen = new SeenRequests(mostRequests, this.#config.repeats)
    this.#spend = new SessionSpend(mostSessions)
  }

  /** Goes on with what was seen unless the rule needs a longer memory. */
  configure(config: LoopConfig): void {
    this.#config = sensible(config)
    if (this.#config.repeats > this.#seen.depth) this.#seen = new SeenRequests(this.#most, this.#config.repeats)
  }

  get on(): boolean {
    return this.#config.action !== 'off'
  }

  get config(): LoopConfig {
    return this.#config
  }

  /** `key` is the hash of the key's id; `name` of the session null = the key's calls without one. */
  watch(key: Hash64, name: string | null, fingerprint: string): Watched {
    const session = name === null ? key : hash64(key, `\n${name}`)
    return { session, request: hash64(session, fingerprint) }
  }

  /** Judges a request before it is let through; changes nothing. */
  judge({ session, request }: Watched, elapsed: number): LoopFinding {
    const { action, repeats: most, windowMs, spendPerMinute } = this.#config
    const repeats = this.#seen.countSince(request, elapsed - windowMs) + 1
    if (repeats < most) return PASS
    const spent = this.#spend.at(session, elapsed)
    if (action === 'warn' || spent <= spendPerMinute) return { verdict: 'warn', repeats, spent, waitMs: 0 }
    if (action === 'kill') {
      // Until one of the two no longer holds.
      const untilFewer = this.#seen.latest(request, most - 1)! + windowMs - elapsed
      return { verdict: 'kill', repeats, spent, waitMs: Math.min(untilFewer, this.#spend.waitFor(session, elapsed, spendPerMinute) ?? untilFewer) }
    }
    const waitMs = this.#seen.latest(request, 1)! + windowMs / most - elapsed
    return { verdict: waitMs > 0 ? 'throttle' : 'warn', repeats, spent, waitMs: Math.max(0, waitMs) }
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
}

/** One request is no repeat. */
function sensible(config: LoopConfig): LoopConfig {
  return config.repeats < 2 ? { ...config, repeats: 2 } : config
}
