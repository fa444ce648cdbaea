import { BoundedMap } from './bounded-map.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { withTokens } from './load.ts'
import { subjectText, type Step } from './step.ts'

/** People press stop now and then: fewer than so many calls, or so small a share of what the place spends, is no leak. */
const LEAST_CALLS = 10
const LEAST_SHARE = 0.01
const MOST_PLACES = 10_000

interface Place {
  readonly subject: Subject
  calls: number
  aborted: number
  spent: number
  lost: number
}

/**
 * Answers that nobody waited for, a finding a place. Only what is certain: the client closed the connection before the end. What
 * leaks is the output, which was generated and paid and read by nobody to its end; the prompt would have been paid anyway.
 */
export function abandonedDetector(): Detector {
  const places = new BoundedMap<Place>(MOST_PLACES, 'refuse')
  const suspicions = new Map<string, Suspicion>()
  return {
    see({ one, call, load, weights, place, placeKey }: Step): void {
      if (!call) return
      const own = places.claim(placeKey, () => ({ subject: place, calls: 0, aborted: 0, spent: 0, lost: 0 }))
      if (own === null) return
      own.calls++
      own.spent += load.nanoUsd
      if (one.outcome !== 'client-aborted' || load.output === 0) return
      own.aborted++
      own.lost += load.nanoUsd - withTokens(load, { output: 0 }, weights).nanoUsd
    },
    find() {
      for (const [key, { subject, calls, aborted, spent, lost }] of places.entries()) {
        if (aborted < LEAST_CALLS || lost < LEAST_SHARE * spent) continue
        suspicions.set(key, {
          kind: 'abandoned',
          subject,
          what: `${aborted} of ${calls} calls of ${subjectText(subject)} were closed by their client before the answer ended.`,
          mend: 'Show answers while they stream, cancel the upstream request with the client, and lower the largest output that is asked for.',
          confidence: 0.95,
          hypothesis: false,
          figures: { calls, aborted, abortedShare: aborted / calls },
        })
      }
      return [...suspicions.values()]
    },
    mender: () => ({ one, placeKey, weights }, load) => {
      const suspicion = one.outcome === 'client-aborted' ? suspicions.get(placeKey) : undefined
      return suspicion === undefined ? null : { suspicion, load: withTokens(load, { output: 0 }, weights) }
    },
    limit: () => (places.dropped === 0 ? null : `abandoned answers: ${places.dropped} calls of places beyond ${MOST_PLACES}`),
  }
}
