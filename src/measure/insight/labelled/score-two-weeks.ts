import { seededRandom } from '../../../core/random.ts'
import { analyse } from '../analyse.ts'
import type { LeakKind, LeakReport } from '../finding.ts'
import { inOrder, START, TraceBuilder, weightsOf } from './builder.ts'
import { isAbout } from './evaluate.ts'
import { twoWeeks, TWO_WEEKS } from './two-weeks.ts'

export interface TwoWeeksScore {
  readonly seed: number
  readonly report: LeakReport
  readonly analyseMs: number
  /** Every leak that was planted, the most dollars first; `said` null = missed, with `perhaps` where a hypothesis names it. */
  readonly leaks: readonly { readonly kind: LeakKind; readonly name: string; readonly planted: number; readonly said: number | null; readonly perhaps: number | null }[]
  /** Findings that are about nothing planted. */
  readonly wrong: readonly { readonly what: string; readonly kind: LeakKind; readonly said: number }[]
}

/** Two weeks with planted leaks, searched. Nano-USD. */
export async function scoreTwoWeeks(seed: number, calls: number, now: () => number): Promise<TwoWeeksScore> {
  const builder = new TraceBuilder(seededRandom(seed))
  twoWeeks(builder, calls)
  const until = START + TWO_WEEKS
  const observations = inOrder(builder.observations.filter(({ startedAt }) => startedAt < until))
  const began = now()
  const { report } = await analyse({ from: START, until, scores: () => builder.scores, observations: () => observations }, { weightsOf })
  const analyseMs = now() - began
  // Where writing to a cache would have cost more than reading it saves, nothing leaks.
  const planted = builder.planted.filter(({ nanoUsd }) => nanoUsd > 0)
  const leaks = planted.map((one) => {
    const finding = report.findings.find((other) => isAbout(other, one))
    const said = finding === undefined ? null : Number(finding.lostNanoUsd)
    return { kind: one.kind, name: one.name, planted: one.nanoUsd, said: finding?.hypothesis === false ? said : null, perhaps: finding?.hypothesis === true ? said : null }
  })
  const wrong = report.findings.filter((finding) => !finding.hypothesis && !planted.some((one) => isAbout(finding, one))).map(({ what, kind, lostNanoUsd }) => ({ what, kind, said: Number(lostNanoUsd) }))
  return { seed, report, analyseMs, leaks: leaks.sort((a, b) => b.planted - a.planted), wrong }
}
