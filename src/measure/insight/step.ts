import type { Observation, PromptSegment } from '../../core/observation.ts'
import type { Subject } from './finding.ts'
import type { Load, Weights } from './load.ts'

/** An observation as the detectors see it: what several of them need is worked out once. */
export interface Step {
  readonly one: Observation
  /** A call that can cost; else a step of another kind, or a second view. */
  readonly call: boolean
  readonly load: Load
  readonly weights: Weights
  /** The feature, else the prompt, else the key. */
  readonly place: Subject
  readonly placeKey: string
  /** The session, else the trace: where an agent's steps follow one another; null = not said. */
  readonly conversation: string | null
  readonly endedAt: number
  /** From scores; null = nobody judged. */
  readonly success: boolean | null
}

export function placeOf({ attribution, keyId }: Observation): Subject {
  if (attribution.feature !== null) return { dimension: 'feature', name: attribution.feature }
  if (attribution.prompt !== null) return { dimension: 'prompt', name: attribution.prompt }
  return keyId === null ? { dimension: 'none', name: '' } : { dimension: 'key', name: keyId }
}

export function keyOfSubject({ dimension, name, part }: Subject): string {
  return part === undefined ? `${dimension}\n${name}` : `${dimension}\n${name}\n${part}`
}

/** As text: `feature "search"`. */
export function subjectText({ dimension, name, part }: Subject): string {
  const text = dimension === 'none' ? 'calls that say nothing of themselves' : `${dimension} "${name}"`
  return part === undefined ? text : `${text}, ${part}`
}

export function loadOf({ usage, cost }: Observation): Load {
  return {
    nanoUsd: Number(cost.nanoUsd),
    input: (usage.inputUncached ?? 0) + (usage.audioInput ?? 0) + (usage.imageInput ?? 0),
    cacheRead: usage.cacheRead ?? 0,
    cacheWrite: usage.cacheWrite ?? 0,
    output: (usage.output ?? 0) + (usage.reasoning ?? 0) + (usage.audioOutput ?? 0),
    weight: 1,
  }
}

/** Bytes of the segments that `take` wants, as a share of all; null where the parts are not known. */
export function segmentShare(segments: readonly PromptSegment[], take: (segment: PromptSegment) => boolean): number | null {
  let [all, taken] = [0, 0]
  for (const segment of segments) {
    all += segment.bytes
    if (take(segment)) taken += segment.bytes
  }
  return all === 0 ? null : taken / all
}
