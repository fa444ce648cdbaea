/** What money can leak by. The order is that of their certainty, and the order in which mends are applied (see analyse.ts). */
export const LEAK_KINDS = ['loop', 'retry-storm', 'abandoned', 'unused-tools', 'bloat', 'missed-cache', 'model-choice', 'concentration'] as const
export type LeakKind = (typeof LEAK_KINDS)[number]

/** What a leak is about, as narrow as is known. */
export interface Subject {
  readonly dimension: 'feature' | 'prompt' | 'key' | 'user' | 'none'
  readonly name: string
  /** Narrower still: a prompt's version, a model. */
  readonly part?: string
}

/** A leak as it is told. Plain data; money is a decimal string of nano-USD. */
export interface Finding {
  /** Stable for the same kind and subject. */
  readonly id: string
  readonly kind: LeakKind
  readonly subject: Subject
  /** What happens, in one sentence with its figures. */
  readonly what: string
  /** What to do, in one sentence. */
  readonly mend: string
  /** What the calls of the window would have cost less, after all mends before this one: each dollar is in one finding. */
  readonly lostNanoUsd: string
  readonly monthly: Projection | null
  /**
   * How likely it is (0 to 1) that this is the waste it says, set by rule from the strength of the evidence; how often each level
   * was right on the labelled set is in docs/insights.md.
   */
  readonly confidence: number
  /** Not proven by the tenant's own calls: its dollars are in no total. */
  readonly hypothesis: boolean
  /** Calls that the mend changes or spares. */
  readonly calls: number
  /** Ids of calls, those that lost the most first; at most `MOST_EVIDENCE`. */
  readonly evidence: readonly string[]
  /** The numbers that it stands on, by name. */
  readonly figures: Readonly<Record<string, number | string>>
}

export const MOST_EVIDENCE = 20

/** Over 30 days, if the days to come are as those of the window: mean and 80 % prediction interval. */
export interface Projection {
  readonly nanoUsd: string
  readonly low: string
  readonly high: string
}

export interface LeakReport {
  readonly from: number
  readonly until: number
  /** Billable calls that were read. */
  readonly calls: number
  readonly spentNanoUsd: string
  /** Of all findings but hypotheses; never more than was spent. */
  readonly lostNanoUsd: string
  /** Of hypotheses. */
  readonly perhapsNanoUsd: string
  /** The most dollars first, hypotheses last. */
  readonly findings: readonly Finding[]
  /** What was left out, in words: because memory is bounded, or because its cost is not known; [] = nothing. */
  readonly limits: readonly string[]
}
