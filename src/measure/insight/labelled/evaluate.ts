import type { Observation } from '../../../core/observation.ts'
import { seededRandom } from '../../../core/random.ts'
import { analyse } from '../analyse.ts'
import { LEAK_KINDS, type Finding, type LeakKind } from '../finding.ts'
import { background } from './background.ts'
import { DAY, hashOf, inOrder, START, TraceBuilder, weightsOf, type Planted } from './builder.ts'
import type { LabelledCase } from './case.ts'
import { LOOP_CASES } from './loop-cases.ts'
import { ABANDONED_CASES, CONCENTRATION_CASES, MODEL_CASES } from './money-cases.ts'
import { BLOAT_CASES, CACHE_CASES, TOOL_CASES } from './prompt-cases.ts'
import { RETRY_CASES } from './retry-cases.ts'

export const LABELLED_CASES: readonly LabelledCase[] = [...LOOP_CASES, ...RETRY_CASES, ...ABANDONED_CASES, ...TOOL_CASES, ...BLOAT_CASES, ...CACHE_CASES, ...MODEL_CASES, ...CONCENTRATION_CASES]

/** What became of one kind over many cases. Findings count, hypotheses do not: they claim nothing. */
export interface KindScore {
  readonly kind: LeakKind
  /** Planted and found on its subject; planted and not; found where it was not planted (on cases of any kind). */
  found: number
  missed: number
  wrong: number
  /** Look-alikes of this kind, and how many of them were left alone. */
  alike: number
  leftAlone: number
  /** Of leaks that were found, nano-USD: planted, and as the finding says. */
  plantedNano: number
  saidNano: number
  hypotheses: number
}

/** Findings of one level of confidence, and how many of them were planted. */
export interface Level {
  readonly confidence: number
  findings: number
  right: number
}

export interface LabelledScore {
  readonly kinds: ReadonlyMap<LeakKind, KindScore>
  readonly levels: readonly Level[]
  /** What went wrong, in words. */
  readonly mistakes: readonly string[]
}

/** How a trace is told: `priced` = prices of the models are known; `scant` = what many clients leave out is missing. */
export interface Telling {
  readonly priced: boolean
  readonly scant: boolean
}

export const FULLY: Telling = { priced: true, scant: false }

/** No parts of prompts, no results and no durations of tools, no word on retries. */
function scant(one: Observation): Observation {
  return { ...one, segments: [], clientRetry: null, ...(one.tool === null ? {} : { durationMs: 0, tool: { ...one.tool, resultHash: null } }) }
}

/** One case in a little healthy traffic, searched. */
async function judge(labelled: LabelledCase, seed: number, telling: Telling): Promise<{ readonly planted: readonly Planted[]; readonly findings: readonly Finding[] }> {
  // Each case has numbers of its own.
  const own = (hashOf(labelled.name) + seed) >>> 0
  const builder = new TraceBuilder(seededRandom(own))
  labelled.build(builder)
  const until = START + labelled.days * DAY
  const around = new TraceBuilder(seededRandom(own + 1), 'around')
  background(around, until, 800)
  const made = inOrder([...builder.observations, ...around.observations].filter(({ startedAt }) => startedAt < until))
  const observations = telling.scant ? made.map(scant) : made
  const scores = [...builder.scores, ...around.scores]
  const { report } = await analyse({ from: START, until, scores: () => scores, observations: () => observations }, telling.priced ? { weightsOf } : {})
  return { planted: labelled.leak ? builder.planted : [], findings: report.findings }
}

export async function scoreKinds(cases: readonly LabelledCase[], seeds: readonly number[], telling: Telling = FULLY): Promise<LabelledScore> {
  const kinds = new Map(LEAK_KINDS.map((kind): [LeakKind, KindScore] => [kind, { kind, found: 0, missed: 0, wrong: 0, alike: 0, leftAlone: 0, plantedNano: 0, saidNano: 0, hypotheses: 0 }]))
  const levels = new Map<number, Level>()
  const mistakes: string[] = []
  for (const labelled of cases) {
    for (const seed of seeds) {
      const { planted, findings } = await judge(labelled, seed, telling)
      const claims = findings.filter(({ hypothesis }) => !hypothesis)
      for (const finding of findings) {
        const right = planted.some((one) => isAbout(finding, one))
        const level = levels.get(finding.confidence) ?? { confidence: finding.confidence, findings: 0, right: 0 }
        levels.set(finding.confidence, level)
        level.findings++
        if (right) level.right++
        if (finding.hypothesis) kinds.get(finding.kind)!.hypotheses++
        else if (!right) {
          kinds.get(finding.kind)!.wrong++
          mistakes.push(`false ${finding.kind} in ${labelled.kind} "${labelled.name}", seed ${seed}: ${finding.what}`)
        }
      }
      const own = kinds.get(labelled.kind)!
      for (const one of planted) {
        const finding = claims.find((claim) => isAbout(claim, one))
        if (finding === undefined) {
          own.missed++
          mistakes.push(`missed ${one.kind} in "${labelled.name}", seed ${seed}: $${(one.nanoUsd / 1e9).toFixed(2)}`)
        } else {
          own.found++
          own.plantedNano += one.nanoUsd
          own.saidNano += Number(finding.lostNanoUsd)
        }
      }
      if (labelled.leak) continue
      own.alike++
      if (!claims.some(({ kind }) => kind === labelled.kind)) own.leftAlone++
    }
  }
  return { kinds, levels: [...levels.values()].sort((a, b) => b.confidence - a.confidence), mistakes }
}

export function isAbout({ kind, subject }: Finding, planted: Planted): boolean {
  return kind === planted.kind && subject.name === planted.name
}
