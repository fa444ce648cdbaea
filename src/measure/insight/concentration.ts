import { BoundedMap } from './bounded-map.ts'
import { findJump } from './jump.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { subjectText, type Step } from './step.ts'

const DAY_MS = 86_400_000
const MOST_SUBJECTS = 5000
/** A jump that costs less than this share of all that is spent eats no budget. */
const LEAST_SHARE = 0.02
/** Somebody who spends most of the budget is told only where so many others spend too. */
const DOMINANT_SHARE = 0.5
const LEAST_PEERS = 10
/** Two dimensions that jump on the same day by nearly the same are one story. */
const SAME_STORY = 0.25
const DIMENSIONS = ['user', 'key', 'feature'] as const

interface Spender {
  readonly subject: Subject
  readonly days: Float64Array
  calls: number
}

interface Jumped {
  readonly suspicion: Suspicion
  readonly subject: Subject
  readonly from: number
  readonly share: number
  readonly excess: number
}

/**
 * One user, key or feature that eats the budget. Against its own past: from some day on it spends, every day, at least twice what it
 * did on any day before, and more beside the others than ever (`findJump`); what is above its past counts as lost until somebody says that it was
 * meant. Against the others: more than half of all that at least ten spend; that alone is no loss and costs nothing here.
 */
export function concentrationDetector(from: number, until: number): Detector {
  // Whole days, counted back from the end: the first may be shorter and is left out.
  const days = Math.floor((until - from) / DAY_MS)
  const start = until - days * DAY_MS
  const spenders = new Map(DIMENSIONS.map((dimension) => [dimension, new BoundedMap<Spender>(MOST_SUBJECTS, 'refuse')] as const))
  const total = new Float64Array(days)
  let jumped: Jumped[] = []
  let dominant: { readonly suspicion: Suspicion; readonly subject: Subject }[] = []
  return {
    see({ one, call, load }: Step): void {
      const day = Math.floor((one.startedAt - start) / DAY_MS)
      if (!call || day < 0 || day >= days) return
      total[day]! += load.nanoUsd
      const { user, feature } = one.attribution
      for (const [dimension, name] of [['user', user], ['key', one.keyId], ['feature', feature]] as const) {
        if (name === null) continue
        const own = spenders.get(dimension)!.claim(name, () => ({ subject: { dimension, name }, days: new Float64Array(days), calls: 0 }))
        if (own === null) continue
        own.days[day]! += load.nanoUsd
        own.calls++
      }
    },
    find() {
      const spent = sum(total)
      const found: Jumped[] = []
      dominant = []
      for (const dimension of DIMENSIONS) {
        const peers = [...spenders.get(dimension)!.values()]
        for (const { subject, days: own } of peers) {
          const jump = findJump(own, total)
          if (jump !== null && jump.excess >= LEAST_SHARE * spent) found.push(jumpOf(subject, own, total, jump, start))
          else if (peers.length > LEAST_PEERS && sum(own) > DOMINANT_SHARE * spent) dominant.push({ subject, suspicion: dominantOf(subject, sum(own) / spent, peers.length) })
        }
      }
      // The narrowest that tells the story: a user before a key before a feature.
      jumped = found.filter((one, index) => !found.slice(0, index).some((other) => other.from === one.from && Math.abs(other.excess - one.excess) <= SAME_STORY * one.excess))
      return [...jumped, ...dominant].map(({ suspicion }) => suspicion)
    },
    mender: () => (step, load) => {
      for (const { suspicion, subject, from, share } of jumped) {
        if (!step.call || step.one.startedAt < from || nameOf(step, subject.dimension) !== subject.name) continue
        return { suspicion, load: { ...load, nanoUsd: Math.round(load.nanoUsd * (1 - share)), weight: load.weight * (1 - share) } }
      }
      // Nothing is lost: its calls are named.
      const large = dominant.find(({ subject }) => step.call && nameOf(step, subject.dimension) === subject.name)
      return large === undefined ? null : { suspicion: large.suspicion, load }
    },
    limit: () => {
      const dropped = [...spenders.values()].reduce((all, map) => all + map.dropped, 0)
      return dropped === 0 ? null : `concentration: ${dropped} calls of users, keys or features beyond ${MOST_SUBJECTS} of each`
    },
  }
}

function nameOf({ one }: Step, dimension: Subject['dimension']): string | null {
  return dimension === 'user' ? one.attribution.user : dimension === 'key' ? one.keyId : one.attribution.feature
}

function jumpOf(subject: Subject, own: Float64Array, total: Float64Array, { day, before, after, excess }: NonNullable<ReturnType<typeof findJump>>, start: number): Jumped {
  const from = start + day * DAY_MS
  const later = own.subarray(day)
  const share = sum(later) / sum(total.subarray(day))
  return {
    subject,
    from,
    excess,
    share: excess / sum(later),
    suspicion: {
      kind: 'concentration',
      subject,
      what: `${subjectText(subject)} spends $${(after / 1e9).toFixed(2)} a day since ${new Date(from).toISOString().slice(0, 10)}, $${(before / 1e9).toFixed(2)} before: ${(100 * share).toFixed(0)} % of all.`,
      mend: `Ask who runs it and whether it is meant; give ${subjectText(subject)} a daily budget.`,
      confidence: 0.6,
      hypothesis: false,
      figures: { since: new Date(from).toISOString(), usdADayBefore: before / 1e9, usdADayAfter: after / 1e9, shareOfSpend: share },
      allNanoUsd: excess,
    },
  }
}

function dominantOf(subject: Subject, share: number, peers: number): Suspicion {
  return {
    kind: 'concentration',
    subject,
    what: `${subjectText(subject)} spends ${(100 * share).toFixed(0)} % of all, among ${peers}.`,
    mend: `Check that this is meant; a budget for ${subjectText(subject)} keeps it from the others'.`,
    confidence: 0.5,
    hypothesis: false,
    figures: { shareOfSpend: share, peers },
    freeToo: true,
  }
}

function sum(values: Float64Array): number {
  return values.reduce((all, one) => all + one, 0)
}
