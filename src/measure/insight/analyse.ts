import { createHash } from 'node:crypto'
import type { Observation } from '../../core/observation.ts'
import { abandonedDetector } from './abandoned.ts'
import { bloatDetector } from './bloat.ts'
import { concentrationDetector } from './concentration.ts'
import type { Detector, Mender, Suspicion } from './detector.ts'
import { LEAK_KINDS, MOST_EVIDENCE, type Finding, type LeakReport } from './finding.ts'
import { ASSUMED_WEIGHTS, promptTokens, type Load, type Weights } from './load.ts'
import { loopDetector } from './loops.ts'
import { missedCacheDetector } from './missed-cache.ts'
import { modelChoiceDetector } from './model-choice.ts'
import { monthlyProjection } from './projection.ts'
import { retryStormDetector } from './retry-storms.ts'
import type { InsightSource } from './source.ts'
import { keyOfSubject, loadOf, placeOf, type Step } from './step.ts'
import { Successes } from './success.ts'
import { unusedToolsDetector } from './unused-tools.ts'

const DAY_MS = 86_400_000
/** A leak of less than a cent, or of less than this share of what was spent, is not worth a line. */
const LEAST_NANO_USD = 10_000_000
const LEAST_SHARE = 0.0005
/** Of a claim of which less is left after the other mends nothing new is told. */
const LEAST_LEFT = 0.3

export interface AnalyseOptions {
  /** Prices of a call's buckets against each other; null = not known, `ASSUMED_WEIGHTS` split its cost. */
  readonly weightsOf?: (observation: Observation) => Weights | null
}

/** A request of the trace as it would be without leaks. */
export interface LeanRequest {
  /** Unix ms. */
  readonly at: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly durationMs: number
}

export interface Analysis {
  readonly report: LeakReport
  /**
   * The calls without the waste of these findings (by id; default all but hypotheses), oldest first, for the planner. Deterministic;
   * reads the source again. Where a spender is thinned out to its past, calls are kept by a hash of their ids.
   */
  readonly without: (findings?: readonly string[]) => AsyncGenerator<LeanRequest, void, undefined>
}

/**
 * Finds the leaks of one tenant and counts them in dollars. Pure but for reading; the same source gives the same report.
 *
 * Two readings. In the first each detector learns and says what it suspects. In the second every call goes through the mends of all
 * suspicions, in the order of `LEAK_KINDS`: a suspicion gets what its mend takes off the call *as the mends before it left it*. So a
 * dollar is in one finding, all findings together never lose more than was spent, and the calls at the end of it are the trace
 * without waste.
 */
export async function analyse(source: InsightSource, { weightsOf }: AnalyseOptions = {}): Promise<Analysis> {
  const successes = new Successes()
  for await (const score of source.scores()) successes.add(score)
  const stepOf = stepMaker(successes, weightsOf ?? ((): null => null))
  // In the order of LEAK_KINDS.
  const detectors: readonly Detector[] = [loopDetector(), retryStormDetector(), abandonedDetector(), unusedToolsDetector(), bloatDetector(), missedCacheDetector(), modelChoiceDetector(), concentrationDetector(source.from, source.until)]
  let [calls, unpriced, spent] = [0, 0, 0n]
  for await (const one of source.observations()) {
    const step = stepOf(one)
    if (step.call) {
      calls++
      spent += BigInt(one.cost.nanoUsd)
      if (one.cost.status === 'unknown') unpriced++
    }
    for (const detector of detectors) detector.see(step)
  }
  const losses = new Map(detectors.flatMap((detector) => detector.find()).map((suspicion) => [suspicion, new Loss(source)] as const))
  const proven = detectors.map((detector) => detector.mender())
  for await (const one of source.observations()) {
    const step = stepOf(one)
    if (step.call) mend(step, proven, (suspicion, before, after) => losses.get(suspicion)!.add(one, before, after))
  }
  const least = Math.max(LEAST_NANO_USD, Number(spent) * LEAST_SHARE)
  const kept = [...losses].filter(([suspicion, { lost }]) => isWorth(suspicion, Number(lost), least))
  const findings = kept.map(([suspicion, loss]) => ({ suspicion, finding: findingOf(suspicion, loss) })).sort((a, b) => byRank(a.finding, b.finding))
  const sum = (hypotheses: boolean): string => String(findings.reduce((all, { finding }) => (finding.hypothesis === hypotheses ? all + BigInt(finding.lostNanoUsd) : all), 0n))
  const limits = [...detectors.map((detector) => detector.limit()), successes.dropped === 0 ? null : `${successes.dropped} scores were not looked at`, unpriced === 0 ? null : unpriced === 1 ? '1 call has no known cost and counts as nothing' : `${unpriced} calls have no known cost and count as nothing`]
  return {
    report: { from: source.from, until: source.until, calls, spentNanoUsd: String(spent), lostNanoUsd: sum(false), perhapsNanoUsd: sum(true), findings: findings.map(({ finding }) => finding), limits: limits.filter((limit) => limit !== null) },
    async *without(ids) {
      const wanted = new Set(findings.filter(({ finding }) => (ids === undefined ? !finding.hypothesis : ids.includes(finding.id))).map(({ suspicion }) => suspicion))
      const menders = detectors.map((detector) => detector.mender())
      for await (const one of source.observations()) {
        const step = stepOf(one)
        const load = step.call ? mend(step, menders, null, wanted) : null
        if (load === null || (load.weight < 1 && fractionOf(one.id) >= load.weight)) continue
        yield { at: one.startedAt, inputTokens: Math.round(promptTokens(load)), cachedTokens: Math.round(load.cacheRead), outputTokens: Math.round(load.output), durationMs: one.durationMs }
      }
    },
  }
}

/** The call after all mends (of the `wanted`); null = it would not have been. Each mender sees every call that is left, in order. */
function mend(step: Step, menders: readonly Mender[], tell: ((suspicion: Suspicion, before: Load, after: Load | null) => void) | null, wanted?: ReadonlySet<Suspicion>): Load | null {
  let { load } = step
  for (const mender of menders) {
    const mended = mender(step, load)
    if (mended === null || (wanted !== undefined && !wanted.has(mended.suspicion))) continue
    // A guess takes nothing from what others prove: it is told what it would be worth, and the call stays as it is.
    tell?.(mended.suspicion, load, mended.load)
    if (mended.suspicion.hypothesis && wanted === undefined) continue
    if (mended.load === null) return null
    load = mended.load
  }
  return load
}

function stepMaker(successes: Successes, weightsOf: (observation: Observation) => Weights | null): (one: Observation) => Step {
  return (one) => {
    const place = placeOf(one)
    const { session, traceId } = one.attribution
    const call = one.billable && (one.kind === 'inference' || one.kind === 'embedding')
    return { one, call, load: loadOf(one), weights: (call ? weightsOf(one) : null) ?? ASSUMED_WEIGHTS, place, placeKey: keyOfSubject(place), conversation: session ?? traceId, endedAt: one.startedAt + one.durationMs, success: call ? successes.of(one) : null }
  }
}

/** What one suspicion lost, by day, and the calls that lost the most. */
class Loss {
  lost = 0n
  calls = 0
  readonly days: number[]
  readonly #from: number
  readonly #worst: { readonly id: string; readonly lost: number }[] = []

  constructor({ from, until }: InsightSource) {
    // Whole days: what is left at the end is in no projection.
    this.days = Array.from({ length: Math.floor((until - from) / DAY_MS) }, () => 0)
    this.#from = from
  }

  add({ id, startedAt }: Observation, before: Load, after: Load | null): void {
    const lost = before.nanoUsd - (after?.nanoUsd ?? 0)
    this.lost += BigInt(lost)
    this.calls++
    const day = Math.floor((startedAt - this.#from) / DAY_MS)
    if (day < this.days.length) this.days[day]! += lost
    const worst = this.#worst
    if (worst.length >= MOST_EVIDENCE && lost <= worst.at(-1)!.lost) return
    const place = worst.findIndex((other) => other.lost < lost)
    worst.splice(place < 0 ? worst.length : place, 0, { id, lost })
    if (worst.length > MOST_EVIDENCE) worst.pop()
  }

  get evidence(): string[] {
    return this.#worst.map(({ id }) => id)
  }
}

function isWorth({ freeToo, allNanoUsd }: Suspicion, lost: number, least: number): boolean {
  if (allNanoUsd !== undefined && lost < LEAST_LEFT * allNanoUsd) return false
  return freeToo === true || lost >= least
}

function findingOf({ kind, subject, what, mend, confidence, hypothesis, figures }: Suspicion, { lost, calls, days, evidence }: Loss): Finding {
  const id = createHash('sha256').update(`${kind}\n${keyOfSubject(subject)}`).digest('hex').slice(0, 8)
  return { id, kind, subject, what, mend, lostNanoUsd: String(lost), monthly: monthlyProjection(days), confidence, hypothesis, calls, evidence, figures }
}

/** Proven first, then by dollars, then by kind and name. */
function byRank(a: Finding, b: Finding): number {
  const dollars = BigInt(b.lostNanoUsd) - BigInt(a.lostNanoUsd)
  return Number(a.hypothesis) - Number(b.hypothesis) || (dollars === 0n ? 0 : dollars > 0n ? 1 : -1) || LEAK_KINDS.indexOf(a.kind) - LEAK_KINDS.indexOf(b.kind) || (a.id < b.id ? -1 : 1)
}

/** 0 to 1, of the id alone. */
function fractionOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296
}
