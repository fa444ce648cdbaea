import { BoundedMap } from './bounded-map.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { ASSUMED_WEIGHTS, promptTokens, type Load } from './load.ts'
import { isNonInferior, LEAST_JUDGED, type Tally } from './non-inferior.ts'
import { SparseSketch } from './sparse-sketch.ts'
import { keyOfSubject, subjectText, type Step } from './step.ts'

const LEAST_CALLS = 50
/** Cheaper is at most so much of the price. */
const CHEAPER = 0.6
/** Simple work: nine of ten prompts and answers are no longer than this, and no tools. */
const SIMPLE_PROMPT = 2000
const SIMPLE_ANSWER = 300
/** The two models must have had work of about the same size. */
const ALIKE = 2
/** A model from elsewhere is only worth asking about if it is so much cheaper. */
const MUCH_CHEAPER = 0.25
const MOST_PLACES = 10_000

interface Use {
  readonly place: Subject
  readonly placeKey: string
  readonly model: string
  readonly prompts: SparseSketch
  readonly answers: SparseSketch
  calls: number
  tools: number
  nanoUsd: number
  /** Tokens by `ASSUMED_WEIGHTS`: a size of work that is the same for every model. */
  work: number
  success: Tally
}

/**
 * An expensive model on simple work, a finding a place and model. Proven by the tenant's own calls only: a cheaper model did work of
 * the same place and size and was judged to succeed no less often. Where no cheaper model was tried there, a hypothesis at most.
 */
export function modelChoiceDetector(): Detector {
  const uses = new BoundedMap<Use>(MOST_PLACES, 'refuse')
  const found = new Map<string, { readonly suspicion: Suspicion; readonly ratio: number }>()
  return {
    see(step: Step): void {
      const { one, load, success } = step
      const key = useKey(step)
      if (key === null) return
      const own = uses.claim(key, () => ({ place: step.place, placeKey: step.placeKey, model: modelOf(step)!, prompts: new SparseSketch(), answers: new SparseSketch(), calls: 0, tools: 0, nanoUsd: 0, work: 0, success: { judged: 0, succeeded: 0 } }))
      if (own === null) return
      own.calls++
      own.prompts.add(promptTokens(load))
      own.answers.add(load.output)
      own.nanoUsd += load.nanoUsd
      own.work += workOf(load)
      if (one.toolsDeclared.length > 0) own.tools++
      if (success === null) return
      own.success.judged++
      if (success) own.success.succeeded++
    },
    find() {
      const all = [...uses.entries()].filter(([, use]) => use.calls >= LEAST_CALLS && use.work > 0 && use.nanoUsd > 0)
      for (const [key, use] of all) {
        if (!isSimple(use)) continue
        const others = all.map(([, other]) => other).filter((other) => other.model !== use.model).sort((a, b) => priceOf(a) - priceOf(b))
        const here = others.filter((other) => other.placeKey === use.placeKey && priceOf(other) <= CHEAPER * priceOf(use) && areAlike(other, use))
        const proven = here.find((other) => isNonInferior(other.success, use.success))
        // Where a cheaper one was tried and did not do as well, that is the answer.
        const tried = here.some((other) => other.success.judged >= LEAST_JUDGED) && use.success.judged >= LEAST_JUDGED
        const other = proven ?? (tried ? undefined : (here[0] ?? others.find((one) => priceOf(one) <= MUCH_CHEAPER * priceOf(use) && isSimple(one))))
        if (other !== undefined) found.set(key, { ratio: priceOf(other) / priceOf(use), suspicion: suspicionOf(use, other, proven !== undefined) })
      }
      return [...found.values()].map(({ suspicion }) => suspicion)
    },
    mender: () => (step, load) => {
      const key = useKey(step)
      const own = key === null ? undefined : found.get(key)
      return own === undefined ? null : { suspicion: own.suspicion, load: { ...load, nanoUsd: Math.round(load.nanoUsd * own.ratio) } }
    },
    limit: () => (uses.dropped === 0 ? null : `model choice: ${uses.dropped} calls of places beyond ${MOST_PLACES}`),
  }
}

function useKey(step: Step): string | null {
  const model = modelOf(step)
  if (!step.call || step.one.kind !== 'inference' || step.one.outcome !== 'ok' || model === null) return null
  return keyOfSubject({ ...step.place, part: model })
}

function modelOf({ one }: Step): string | null {
  return one.modelServed ?? one.modelAsked
}

function workOf({ input, cacheRead, cacheWrite, output }: Load): number {
  return input + cacheRead * ASSUMED_WEIGHTS.cacheRead + cacheWrite * ASSUMED_WEIGHTS.cacheWrite + output * ASSUMED_WEIGHTS.output
}

/** Nano-USD for the work of one input token. */
function priceOf({ nanoUsd, work }: Use): number {
  return nanoUsd / work
}

function isSimple({ prompts, answers, tools, calls }: Use): boolean {
  return tools <= calls / 100 && prompts.quantile(0.9) <= SIMPLE_PROMPT && answers.quantile(0.9) <= SIMPLE_ANSWER
}

function areAlike(a: Use, b: Use): boolean {
  return [a.prompts.quantile(0.5) / b.prompts.quantile(0.5), a.answers.quantile(0.5) / b.answers.quantile(0.5)].every((ratio) => ratio <= ALIKE && ratio >= 1 / ALIKE)
}

function suspicionOf(use: Use, other: Use, proven: boolean): Suspicion {
  const subject = { ...use.place, part: use.model }
  const size = `prompts of ${Math.round(use.prompts.quantile(0.5))} and answers of ${Math.round(use.answers.quantile(0.5))} tokens`
  const times = (priceOf(use) / priceOf(other)).toFixed(1)
  return {
    kind: 'model-choice',
    subject,
    what: proven
      ? `${use.model} does simple work of ${subjectText(use.place)} (${size}) at ${times} times the price of ${other.model}, which did as well there.`
      : `${use.model} does simple work of ${subjectText(use.place)} (${size}) at ${times} times the price of ${other.model}; nobody has measured whether that would do as well.`,
    mend: proven ? `Route ${subjectText(use.place)} to ${other.model}.` : `Try ${other.model} on a share of these calls and judge both.`,
    // Who chose the model may have chosen the easier calls for the cheaper one.
    confidence: proven ? 0.75 : 0.2,
    hypothesis: !proven,
    figures: { calls: use.calls, priceRatio: priceOf(use) / priceOf(other), cheaperModel: other.model, judged: use.success.judged, succeeded: use.success.succeeded, judgedOfCheaper: other.success.judged, succeededOfCheaper: other.success.succeeded },
  }
}
