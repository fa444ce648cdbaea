import type { Observation } from '../../core/observation.ts'
import { BoundedMap } from './bounded-map.ts'
import { Claims } from './claims.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { subjectText, type Step } from './step.ts'

/** The same request so soon after it failed is the client's retry, if the client does not count its retries itself. */
const RETRY_WINDOW_MS = 60_000
const BIN_MS = 300_000
/** Five minutes are a storm from so many retries on, with so many attempts a success. Careful clients stay far below both. */
const STORM_RETRIES = 20
const STORM_ATTEMPTS_PER_SUCCESS = 2
const MOST_CHAINS = 100_000
const MOST_BINS = 200_000

interface Chain {
  id: string
  endedAt: number
  failed: boolean
}

interface Bin {
  readonly number: number
  readonly place: string
  attempts: number
  retries: number
  successes: number
  /** Upstream tries that the gateway made for these attempts. */
  upstream: number
}

/** Whether this ending makes careful clients try again: 408, 429 and server errors, timeouts and broken connections. */
export function asksForRetry({ outcome, status }: Observation): boolean {
  if (outcome === 'upstream-failed' || outcome === 'timed-out') return true
  return outcome !== 'ok' && outcome !== 'client-aborted' && (status === null || status === 408 || status === 429 || status >= 500)
}

/**
 * Retry storms, a finding a place. An attempt is a retry if the client says so (`x-stainless-retry-count`), else if it is the same
 * canonical request within a minute of a failure. What leaks is the money of attempts that were tried again: most failures cost
 * nothing, those that ran into a timeout do.
 */
export function retryStormDetector(): Detector {
  const chains = new BoundedMap<Chain>(MOST_CHAINS, 'forget')
  const bins = new BoundedMap<Bin>(MOST_BINS, 'refuse')
  const places = new Map<string, Subject>()
  const claims = new Claims()
  const storms: Bin[] = []
  const suspicions = new Map<string, Suspicion>()
  return {
    see({ one, call, place, placeKey, endedAt }: Step): void {
      if (!call) return
      const bin = bins.claim(`${placeKey}\n${Math.floor(one.startedAt / BIN_MS)}`, () => {
        const made = { number: storms.length, place: placeKey, attempts: 0, retries: 0, successes: 0, upstream: 0 }
        storms.push(made)
        return made
      })
      if (bin === null) return
      places.set(placeKey, place)
      bin.attempts++
      bin.upstream += Math.max(1, one.attempts)
      if (one.outcome === 'ok') bin.successes++
      const said = one.clientRetry !== null && one.clientRetry > 0
      if (one.fingerprint === null) {
        if (said) bin.retries++
        return
      }
      const key = `${one.keyId ?? ''}\n${one.attribution.session ?? ''}\n${one.fingerprint}`
      const before = chains.get(key)
      const soon = before !== undefined && one.startedAt - before.endedAt <= RETRY_WINDOW_MS
      // A client that counts and says 0 begins anew.
      const retry = said || (soon && before.failed && one.clientRetry === null)
      if (retry) bin.retries++
      if (retry && soon) claims.claim(before.id, bin.number)
      const chain = chains.claim(key, () => ({ id: '', endedAt: 0, failed: false }))!
      chain.id = one.id
      chain.endedAt = endedAt
      chain.failed = asksForRetry(one)
    },
    find() {
      const stormy = new Map<string, Bin[]>()
      for (const bin of bins.values()) if (isStorm(bin)) stormy.set(bin.place, [...(stormy.get(bin.place) ?? []), bin])
      for (const [place, own] of stormy) {
        const sum = (of: (bin: Bin) => number): number => own.reduce((total, bin) => total + of(bin), 0)
        const [attempts, successes, retries] = [sum((bin) => bin.attempts), sum((bin) => bin.successes), sum((bin) => bin.retries)]
        const subject = places.get(place)!
        const ratio = successes === 0 ? 'none succeeded' : `${(attempts / successes).toFixed(1)} attempts for each success`
        suspicions.set(place, {
          kind: 'retry-storm',
          subject,
          what: `Clients of ${subjectText(subject)} sent ${retries} retries in ${own.length * 5} minutes of storm: ${ratio}.`,
          mend: 'Cap retries at two, back off exponentially with jitter, honor Retry-After, and retry in one layer only.',
          confidence: 0.95,
          hypothesis: false,
          freeToo: true,
          figures: { attempts, successes, retries, attemptsPerSuccess: successes === 0 ? 'none' : attempts / successes, upstreamTriesPerSuccess: successes === 0 ? 'none' : sum((bin) => bin.upstream) / successes, stormMinutes: own.length * 5 },
        })
      }
      return [...suspicions.values()]
    },
    mender: () => ({ one }) => {
      const number = claims.of(one.id)
      const bin = number === undefined ? undefined : storms[number]
      const suspicion = bin !== undefined && isStorm(bin) ? suspicions.get(bin.place) : undefined
      return suspicion === undefined ? null : { suspicion, load: null }
    },
    limit: () => claims.limit('retried attempts') ?? (bins.dropped === 0 ? null : `retry storms: ${bins.dropped} calls lie beyond ${MOST_BINS} watched stretches of five minutes`),
  }
}

function isStorm({ attempts, retries, successes }: Bin): boolean {
  return retries >= STORM_RETRIES && attempts >= STORM_ATTEMPTS_PER_SUCCESS * successes
}
