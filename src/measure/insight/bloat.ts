import type { PromptSegment } from '../../core/observation.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { promptTokens, promptWeight, withoutPrompt } from './load.ts'
import { isNonInferior, isWorse, type Tally } from './non-inferior.ts'
import { SparseSketch } from './sparse-sketch.ts'
import { keyOfSubject, segmentShare, subjectText, type Step } from './step.ts'

const LEAST_CALLS = 50
/** Less than a quarter more than is needed is no bloat. */
const LEAST_RATIO = 1.25
const MOST_VARIANTS = 20_000
/** Variants that nobody named a version are only compared where one followed the other: their times may overlap by so much. */
const MOST_OVERLAP = 0.1

/** Parts whose size is the prompt's author's choice; how long a conversation or a question is, is not. */
const AUTHORED: ReadonlySet<PromptSegment['role']> = new Set(['system', 'tools', 'retrieved', 'tool-result'])

interface Variant {
  readonly family: string
  readonly subject: Subject
  /** A named version; else told apart by the hash of its instructions. */
  readonly named: boolean
  /** What is compared, in tokens; and what it weighs in money, cached tokens at their price. */
  readonly tokens: SparseSketch
  readonly weight: SparseSketch
  readonly bytes: Map<PromptSegment['role'], number>
  /** Every call said what its prompt is made of. */
  partsKnown: boolean
  calls: number
  success: Tally
  endings: Tally
  first: number
  last: number
}

/**
 * Prompts that are longer than they need be, a finding a version of a prompt (where no versions are reported: a set of instructions of
 * a feature that another one followed or went before). Needed is what the cheapest other version takes that succeeds no less often
 * (`isNonInferior`): median against median, cached tokens counted at their price, of the parts that the prompt's author chooses. Where
 * parts are not known, or too few were judged to say so and nothing says the contrary, it is a hypothesis.
 */
export function bloatDetector(): Detector {
  const variants = new BoundedMap<Variant>(MOST_VARIANTS, 'forget')
  const bloated = new Map<string, { readonly suspicion: Suspicion; readonly excess: number }>()
  return {
    see(step: Step): void {
      const { one, call, load, weights, success } = step
      const key = call && one.kind === 'inference' && one.outcome === 'ok' ? variantKey(step) : null
      const prompt = promptTokens(load)
      if (key === null || prompt === 0) return
      const own = variants.claim(key.key, () => ({ ...key, tokens: new SparseSketch(), weight: new SparseSketch(), bytes: new Map<PromptSegment['role'], number>(), partsKnown: true, calls: 0, success: { judged: 0, succeeded: 0 }, endings: { judged: 0, succeeded: 0 }, first: one.startedAt, last: one.startedAt }))
      if (own === null) return
      let [all, authored] = [0, 0]
      for (const { role, bytes } of one.segments) {
        all += bytes
        if (!AUTHORED.has(role)) continue
        authored += bytes
        own.bytes.set(role, (own.bytes.get(role) ?? 0) + (bytes / 1e6))
      }
      const share = all === 0 ? 1 : authored / all
      if (all === 0) own.partsKnown = false
      own.tokens.add(prompt * share)
      own.weight.add(promptWeight(load, weights) * share)
      own.calls++
      own.last = one.startedAt
      own.endings.judged++
      if (one.finishReason === null || /^(?:stop|end_turn|tool_calls|tool_use|completed)$/iu.test(one.finishReason)) own.endings.succeeded++
      if (success === null) return
      own.success.judged++
      if (success) own.success.succeeded++
    },
    find() {
      const families = new Map<string, [string, Variant][]>()
      for (const [key, variant] of variants.entries()) if (variant.calls >= LEAST_CALLS) families.set(variant.family, [...(families.get(variant.family) ?? []), [key, variant]])
      for (const family of families.values()) {
        for (const [key, variant] of family) {
          const found = against(variant, family.map(([, other]) => other))
          if (found !== null) bloated.set(key, found)
        }
      }
      return [...bloated.values()].map(({ suspicion }) => suspicion)
    },
    mender: () => (step, load) => {
      const key = step.call && step.one.kind === 'inference' ? variantKey(step) : null
      const own = key === null ? undefined : bloated.get(key.key)
      if (own === undefined) return null
      const authored = segmentShare(step.one.segments, ({ role }) => AUTHORED.has(role)) ?? 1
      return { suspicion: own.suspicion, load: withoutPrompt(load, Math.min(own.excess, promptTokens(load) * authored), step.weights) }
    },
    limit: () => (variants.dropped === 0 ? null : `bloat: ${variants.dropped} versions beyond ${MOST_VARIANTS} were forgotten, the longest unused first`),
  }
}

function variantKey({ one: { attribution, segments }, place }: Step): { readonly key: string; readonly family: string; readonly subject: Subject; readonly named: boolean } | null {
  const { prompt, promptVersion } = attribution
  if (prompt !== null && promptVersion !== null) {
    const subject: Subject = { dimension: 'prompt', name: prompt, part: `version ${promptVersion}` }
    return { key: keyOfSubject(subject), family: `prompt\n${prompt}`, subject, named: true }
  }
  const hash = segments.filter(({ role }) => role === 'system').map((segment) => segment.hash).join('')
  if (hash === '') return null
  const subject: Subject = { ...place, part: `instructions ${hash.slice(0, 8)}` }
  return { key: `${keyOfSubject(place)}\n${hash}`, family: keyOfSubject(place), subject, named: false }
}

function against(variant: Variant, family: readonly Variant[]): { readonly suspicion: Suspicion; readonly excess: number } | null {
  const [tokens, weight] = [variant.tokens.quantile(0.5), variant.weight.quantile(0.5)]
  if (weight <= 0) return null
  const cheaper = family
    .filter((other) => other !== variant && (variant.named || !overlaps(variant, other)))
    .map((other) => ({ other, weight: other.weight.quantile(0.5), tokens: other.tokens.quantile(0.5) }))
    .filter((other) => weight >= LEAST_RATIO * other.weight && tokens >= LEAST_RATIO * other.tokens)
    .sort((a, b) => a.weight - b.weight)
  // Where parts are not known, it may be longer conversations that make the difference.
  const proven = cheaper.find(({ other }) => variant.partsKnown && other.partsKnown && isNonInferior(other.success, variant.success))
  // Neither proven nor refuted: too few were judged, or none.
  const found = proven ?? cheaper.find(({ other }) => !isWorse(other.success, variant.success) && isNonInferior(other.endings, variant.endings))
  if (found === undefined) return null
  const part = largestPart(variant, found.other)
  const ratio = tokens / found.tokens
  return {
    // The same for every call: what single calls have more or less of it is not to count as waste.
    excess: tokens - found.tokens,
    suspicion: {
      kind: 'bloat',
      subject: variant.subject,
      what: `${subjectText(variant.subject)} takes ${Math.round(tokens)} tokens where ${found.other.subject.part} ${proven === undefined ? 'may do' : 'does'} as well with ${Math.round(found.tokens)}: ${ratio.toFixed(1)} times as many${part === null ? '' : `, most of it in its ${part} part`}.`,
      mend: `Use ${found.other.subject.part}, or cut this one${part === null ? '' : `'s ${part} part`} to its length and compare their success.`,
      confidence: proven === undefined ? 0.4 : variant.named ? 0.85 : 0.7,
      hypothesis: proven === undefined,
      figures: { medianTokens: Math.round(tokens), neededTokens: Math.round(found.tokens), ratio, calls: variant.calls, judged: variant.success.judged, succeeded: variant.success.succeeded, judgedOfCheaper: found.other.success.judged, succeededOfCheaper: found.other.success.succeeded },
    },
  }
}

function overlaps(a: Variant, b: Variant): boolean {
  const shared = Math.min(a.last, b.last) - Math.max(a.first, b.first)
  return shared > MOST_OVERLAP * Math.min(a.last - a.first, b.last - b.first)
}

/** The part that grew the most against the cheaper version, a call; null where parts are not known. */
function largestPart(variant: Variant, cheaper: Variant): string | null {
  const grown = [...variant.bytes].map(([role, bytes]) => ({ role, by: bytes / variant.calls - (cheaper.bytes.get(role) ?? 0) / cheaper.calls })).sort((a, b) => b.by - a.by)[0]
  return grown === undefined || grown.by <= 0 ? null : grown.role
}
