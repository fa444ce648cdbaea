import type { PromptSegment } from '../../core/observation.ts'
import { BoundedMap } from './bounded-map.ts'
import { promptTokens } from './load.ts'
import { segmentShare, type Step } from './step.ts'

/** Prompt caches keep a prefix for five minutes after its last use (Anthropic: the default; OpenAI: 5 to 10 minutes) ... */
const TTL_MS = 300_000
/** ... and take none that is shorter (OpenAI and most of Anthropic's models: 1,024 tokens). */
const LEAST_TOKENS = 1024
const MOST_PREFIXES = 50_000

const STATIC: ReadonlySet<PromptSegment['role']> = new Set(['system', 'tools'])

/** What of a prompt begins as an earlier one did. */
export interface Prefix {
  /** Of the whole prompt, 0 to 1: what a cache would hold after this call. */
  readonly share: number
  /** Of the whole prompt: what a cache would have held before. */
  readonly reusable: number
}

/**
 * What a prompt cache of the provider would know: instructions and tools that the same model got within the last minutes, and of a
 * conversation everything that its last call began with. By hashes of the parts alone.
 */
export class CacheMemory {
  readonly #prefixes = new BoundedMap<{ at: number }>(MOST_PREFIXES, 'forget')
  readonly #conversations = new BoundedMap<{ at: number; hashes: readonly string[] }>(MOST_PREFIXES, 'forget')

  /** Learns the call; null where the parts of its prompt are not known or too short to be cached. */
  see({ one, load, conversation }: Step): Prefix | null {
    const { segments } = one
    if (segments.length === 0 || segments[0]!.hash === '') return null
    const model = one.modelServed ?? one.modelAsked ?? ''
    let fixed = 0
    while (fixed < segments.length && STATIC.has(segments[fixed]!.role)) fixed++
    const prompt = promptTokens(load)
    const share = this.#leading(segments, fixed)
    let reusable = 0
    if (share * prompt >= LEAST_TOKENS) {
      const known = this.#prefixes.claim(`${model}\n${hashes(segments.slice(0, fixed)).join('')}`, () => ({ at: -Infinity }))!
      if (one.startedAt - known.at <= TTL_MS) reusable = share
      known.at = one.startedAt
    }
    let kept = share
    if (conversation !== null && prompt >= LEAST_TOKENS) {
      const last = this.#conversations.claim(`${model}\n${conversation}`, () => ({ at: -Infinity, hashes: [] }))!
      const common = one.startedAt - last.at <= TTL_MS ? segments.findIndex(({ hash }, index) => hash === '' || hash !== last.hashes[index]) : 0
      const grown = this.#leading(segments, common < 0 ? segments.length : common)
      if (grown * prompt >= LEAST_TOKENS) reusable = Math.max(reusable, grown)
      // The next turn begins with all of this one.
      if (segments.length > fixed + 1) kept = 1
      last.at = one.startedAt
      last.hashes = hashes(segments)
    }
    return kept * prompt < LEAST_TOKENS ? null : { share: kept, reusable }
  }

  #leading(segments: readonly PromptSegment[], count: number): number {
    const leading = new Set(segments.slice(0, count))
    return segmentShare(segments, (segment) => leading.has(segment)) ?? 0
  }
}

function hashes(segments: readonly PromptSegment[]): string[] {
  return segments.map(({ hash }) => hash)
}
