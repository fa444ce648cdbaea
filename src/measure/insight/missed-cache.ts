import { BoundedMap } from './bounded-map.ts'
import { CacheMemory } from './cache-memory.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { promptTokens, withTokens, type Load } from './load.ts'
import { keyOfSubject, subjectText, type Step } from './step.ts'

const LEAST_CALLS = 50
/** Where a fifth of what could be read from a cache is read, it works, perhaps not always. */
const WORKING_SHARE = 0.2
const MOST_PLACES = 10_000

interface Place {
  readonly subject: Subject
  readonly model: string
  cacheable: boolean | null
  calls: number
  reusing: number
  /** Tokens. */
  possible: number
  read: number
}

/**
 * Prompts that begin as others did, paid in full although the price has cache reads, a finding a place and model. That it has them is
 * known from the price, or from other calls of the same model that read from a cache; where neither says so, nothing is claimed.
 */
export function missedCacheDetector(): Detector {
  const memory = new CacheMemory()
  const places = new BoundedMap<Place>(MOST_PLACES, 'refuse')
  const caching = new Set<string>()
  const missed = new Map<string, Suspicion>()
  return {
    see(step: Step): void {
      if (!isServed(step)) return
      const { load, weights } = step
      const { key, subject, model } = placeOf(step)
      if (load.cacheRead > 0 && caching.size < MOST_PLACES) caching.add(model)
      const prefix = memory.see(step)
      if (prefix === null) return
      const own = places.claim(key, () => ({ subject, model, cacheable: weights.cacheable, calls: 0, reusing: 0, possible: 0, read: 0 }))
      if (own === null) return
      own.calls++
      if (prefix.reusable === 0) return
      own.reusing++
      own.possible += prefix.reusable * promptTokens(load)
      own.read += Math.min(load.cacheRead, prefix.reusable * promptTokens(load))
    },
    find() {
      for (const [key, { subject, model, cacheable, calls, reusing, possible, read }] of places.entries()) {
        if (cacheable === false || (cacheable === null && !caching.has(model)) || reusing < LEAST_CALLS || read >= WORKING_SHARE * possible) continue
        missed.set(key, {
          kind: 'missed-cache',
          subject,
          what: `${reusing} of ${calls} calls of ${subjectText(subject)} began with ${Math.round(possible / reusing)} tokens that the same model had read within five minutes, and paid for them in full.`,
          mend: 'Keep what is the same at the start of the prompt, byte for byte, and mark it for caching where the provider asks for that.',
          confidence: cacheable === true ? 0.85 : 0.75,
          hypothesis: false,
          figures: { calls, reusingCalls: reusing, reusableTokens: Math.round(possible), readTokens: read, cachingSeenIn: cacheable === true ? 'price' : 'other calls' },
        })
      }
      return [...missed.values()]
    },
    mender: () => {
      const again = new CacheMemory()
      return (step, load) => {
        const prefix = isServed(step) ? again.see(step) : null
        const suspicion = prefix === null ? undefined : missed.get(placeOf(step).key)
        return suspicion === undefined ? null : { suspicion, load: cached(step, load, prefix!.share, prefix!.reusable) }
      }
    },
    limit: () => (places.dropped === 0 ? null : `missed cache: ${places.dropped} calls of places beyond ${MOST_PLACES}`),
  }
}

/** As a cache would have billed it: what is reusable is read, the rest of what the next call can use is written. */
function cached({ weights }: Step, load: Load, share: number, reusable: number): Load {
  const prompt = promptTokens(load)
  const wanted = Math.max(0, reusable * prompt - load.cacheRead)
  // What was written anew each time could have been read as well.
  const rewritten = Math.min(load.cacheWrite, wanted)
  const read = Math.min(load.input, wanted - rewritten)
  const written = load.cacheWrite - rewritten
  // Where writing costs nothing extra it makes no difference.
  const write = weights.cacheWrite <= weights.input ? 0 : Math.min(load.input - read, Math.max(0, (share - Math.max(reusable, load.cacheRead / prompt)) * prompt - written))
  return withTokens(load, { input: load.input - read - write, cacheRead: load.cacheRead + rewritten + read, cacheWrite: written + write }, weights)
}

/** Calls whose prompt was read. */
function isServed({ call, one, load }: Step): boolean {
  return call && one.kind === 'inference' && promptTokens(load) > 0
}

function placeOf({ one, place }: Step): { readonly key: string; readonly subject: Subject; readonly model: string } {
  const model = one.modelServed ?? one.modelAsked ?? 'unknown model'
  const subject = { ...place, part: model }
  return { key: keyOfSubject(subject), subject, model }
}
