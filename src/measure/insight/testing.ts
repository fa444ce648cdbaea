import { seededRandom } from '../../core/random.ts'
import { analyse, type Analysis, type AnalyseOptions } from './analyse.ts'
import { inOrder, START, TraceBuilder, weightsOf } from './labelled/builder.ts'
import type { LeakKind } from './finding.ts'

const DAY = 86_400_000

/** What is found in traffic that `build` makes, from `START` on. */
export function analysed(build: (builder: TraceBuilder) => void, days = 1, options: AnalyseOptions = { weightsOf }): Promise<Analysis> {
  const builder = new TraceBuilder(seededRandom(7))
  build(builder)
  const observations = inOrder(builder.observations)
  return analyse({ from: START, until: START + days * DAY, scores: () => builder.scores, observations: () => observations }, options)
}

/** The findings of one kind, as lists of what matters most. */
export async function found(kind: LeakKind, build: (builder: TraceBuilder) => void, days = 1): Promise<{ readonly name: string; readonly calls: number; readonly usd: number; readonly maybe: boolean }[]> {
  const { report } = await analysed(build, days)
  return report.findings.filter((finding) => finding.kind === kind).map(({ subject, calls, lostNanoUsd, hypothesis }) => ({ name: subject.part === undefined ? subject.name : `${subject.name}, ${subject.part}`, calls, usd: Number(lostNanoUsd) / 1e9, maybe: hypothesis }))
}
